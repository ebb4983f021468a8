// AES-256-GCM (NIST SP 800-38D) over small secrets, with a random 96-bit nonce.
#pragma once

#include <nettle/gcm.h>

#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"
#include "crypto/locked_memory.h"

namespace simbiont::crypto {

// The key's tables are made once and only read; every operation has its own state, so threads need no lock.
class GcmKey final : public InLockedMemory {
 public:
  static constexpr std::size_t nonce_size = GCM_IV_SIZE, tag_size = GCM_DIGEST_SIZE;

  explicit GcmKey(const Secret& key);  // 32 octets (assert)
  GcmKey(const GcmKey&) = delete;
  GcmKey& operator=(const GcmKey&) = delete;
  ~GcmKey();

  // header || nonce || ciphertext || tag; header and context are authenticated.
  Bytes seal(ByteView header, std::string_view context, ByteView plain) const;
  // corrupt when the octets were changed, moved, or sealed under another key.
  Result<Secret> open(std::size_t header_size, ByteView sealed, std::string_view context) const;

 private:
  gcm_ctx begin(ByteView nonce, ByteView header, std::string_view context) const;

  aes256_ctx aes_{};
  gcm_key key_{};
};

}  // namespace simbiont::crypto

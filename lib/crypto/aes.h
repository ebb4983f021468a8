// The AES block cipher (FIPS 197), forwards. The way back is aes_decrypt.h: only a resynchronisation takes
// it.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/secret.h"

namespace simbiont::crypto {

// AES-128 or AES-256 by the key's size, with the key schedule made once. The schedule is zeroised at the end.
class Aes {
 public:
  // key: 16 or 32 octets (assert).
  explicit Aes(const Secret& key);
  Aes(const Aes&) = default;
  Aes& operator=(const Aes&) = default;
  ~Aes();

  Block encrypt(const Block& in) const;

 private:
  static constexpr std::size_t schedule_size = 240;  // 60 words: nettle's struct aes256_ctx, the larger
  alignas(16) std::array<std::uint8_t, schedule_size> schedule_{};
  bool is_256_ = false;
};

// AES-CMAC (RFC 4493; NIST SP 800-38B), 16 octets. Block encryptions only, so a token that holds the key can
// do it.
Block cmac(const Aes& aes, ByteView message);

}  // namespace simbiont::crypto

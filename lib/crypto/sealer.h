// Sealing of stored key material. A Sealer holds the key-encryption key; the store sees only sealed octets.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace simbiont::crypto {

class Sealer {
 public:
  virtual ~Sealer() = default;
  // context binds the sealed octets to their place ("subscriber|001010000000001|k"): they open nowhere else.
  virtual Result<Bytes> seal(const Secret& secret, std::string_view context) = 0;
  // corrupt when the octets were changed, moved, or sealed under another key.
  virtual Result<Secret> open(ByteView sealed, std::string_view context) = 0;
};

// AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; sealed form: version (1) || nonce (12) ||
// ciphertext || tag (16). Thread-safe.
std::unique_ptr<Sealer> make_key_sealer(const Secret& kek);

// The embedded default: a file of 64 hexadecimal digits, mode 0600.
// create: already_exists when there is one. The file and its directory are synced.
Status create_key_file(const std::string& path);
// refused when the file can be read by others than its owner.
Result<Secret> read_key_file(const std::string& path);

}  // namespace simbiont::crypto

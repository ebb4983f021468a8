// Sealing of stored key material. A Sealer holds the key that seals; the store sees only sealed octets.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace simbiont::crypto {

// What a data key seals: K and OPc of SIMs, or K_MEs and every other key of devices.
enum class Purpose : std::uint8_t { subscriber, device };
std::string_view name(Purpose);  // "subscriber"

// A data key as the store keeps it: wrapped under a key-encryption key (KEK). At most one of a purpose is
// active: what is sealed now is sealed under it; the others only open, until nothing is sealed under them.
struct WrappedKey {
  std::uint32_t id = 0;  // from 1; never used again
  Purpose purpose{};
  bool active = true;
  std::string kek;  // "file:..." or "pkcs11:...", KekProvider::id()
  Bytes wrapped;
};

class Sealer {
 public:
  virtual ~Sealer() = default;
  // context binds the sealed octets to their place ("subscriber|001010000000001|k"): they open nowhere else.
  // unavailable: the key that seals cannot be had now.
  virtual Result<Bytes> seal(const Secret& secret, std::string_view context) = 0;
  // corrupt when the octets were changed, moved, or sealed under another key; unavailable as above.
  virtual Result<Secret> open(ByteView sealed, std::string_view context) = 0;

  // The store's data keys, as it keeps them, before the first use and after each change of them. Those that
  // cannot be unwrapped now stay closed, without an error. A sealer that has none ignores them.
  virtual void load(std::span<const WrappedKey>) {}
  // What all octets begin with that are sealed now for this purpose; empty when a sealer cannot say.
  virtual Bytes mark(Purpose) { return {}; }
};

// One key for everything, as stores had it before schema 8. Sealed form: version 1 || nonce (12) ||
// ciphertext || tag (16). Thread-safe.
std::unique_ptr<Sealer> make_key_sealer(const Secret& kek);

// The embedded default: a file of 64 hexadecimal digits, mode 0600.
// create: already_exists when there is one. The file and its directory are synced.
Status create_key_file(const std::string& path);
Status write_key_file(const std::string& path, const Secret& key);  // the same with a key that there is
// refused when the file can be read by others than its owner.
Result<Secret> read_key_file(const std::string& path);

}  // namespace simbiont::crypto

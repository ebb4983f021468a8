// AES-CMAC (RFC 4493; with AES-256 where the key has 32 octets) and the KDF of DESIGN 3, over block
// encryptions of a key that may never leave its store.
#pragma once

#include <cstddef>
#include <cstdint>

#include "me/simbiont_me.h"

namespace simbiont::me {

// A key where it lives.
struct Key {
  const simbiont_me_keys* store;
  std::uint32_t handle;

  bool run(int direction, const std::uint8_t* in, std::uint8_t* out) const {
    return store->block(store->user, handle, direction, in, out) == 0;
  }
};

// A key of 16 or 32 octets in this object, gone with it.
class LocalKey {
 public:
  explicit LocalKey(std::uint8_t size);
  ~LocalKey();
  LocalKey(const LocalKey&) = delete;
  LocalKey& operator=(const LocalKey&) = delete;

  std::uint8_t* octets() { return slot_.octets; }
  Key key() const { return {&store_, 1}; }

 private:
  simbiont_me_soft_key slot_;  // the octets are whoever fills them in
  simbiont_me_soft_keys keys_;
  simbiont_me_keys store_;  // of which only block is used
};

// False when the key store refuses.
bool cmac(Key key, const std::uint8_t* message, std::size_t size, std::uint8_t out[16]);

// AES-CMAC(K, 0xF0 || label || len16(label) || context || len16(context)); label and context: at most 16
// characters.
bool kdf(Key key, const char* label, const char* context, std::uint8_t out[16]);

}  // namespace simbiont::me

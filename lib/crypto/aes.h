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
  // Independent blocks, in flight together. in, out: count blocks of 16 octets each; they may be the same.
  void encrypt(const std::uint8_t* in, std::uint8_t* out, std::size_t count) const;

 private:
  bool expand_natively(const std::uint8_t* key);

  static constexpr std::size_t schedule_size = 240;  // 15 round keys, those of AES-256
  alignas(16) std::array<std::uint8_t, schedule_size> schedule_{};
  bool is_256_ = false;
  bool native_ = false;  // the schedule is the CPU instructions', not the library's
};

// AES-CMAC (RFC 4493; NIST SP 800-38B), 16 octets. Block encryptions only, so a token that holds the key can
// do it.
Block cmac(const Aes& aes, ByteView message);

}  // namespace simbiont::crypto

// AES-128 and AES-256 (FIPS 197), one block, without tables and without branches on key or data: the time
// depends on the key's size and the direction only. Slow on purpose: a few hundred octets of code, and one
// block a challenge.
#pragma once

#include <cstddef>
#include <cstdint>

namespace simbiont::me {

// key_size 16 or 32; in and out may be the same memory.
void aes_block(const std::uint8_t* key, std::size_t key_size, int direction, const std::uint8_t* in,
               std::uint8_t* out);

}  // namespace simbiont::me

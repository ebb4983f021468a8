// The few memory and text functions the core needs, small enough for a ROM: no C library is linked for them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace simbiont::me {

// Towards lower addresses they may overlap.
void copy(void* to, const void* from, std::size_t size);
// As fill with 0, but the compiler keeps it.
void wipe(void* memory, std::size_t size);
// Bit by bit, in GF(2).
void add(std::uint8_t* to, const std::uint8_t* octets, std::size_t size);
std::size_t length(const char* text);
// The first `size` characters are the same.
bool same(const char* a, const char* b, std::size_t size);

}  // namespace simbiont::me

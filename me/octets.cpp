#include "me/octets.h"

namespace simbiont::me {

void copy(void* to, const void* from, std::size_t size) {
  auto* out = static_cast<std::uint8_t*>(to);
  const auto* in = static_cast<const std::uint8_t*>(from);
  while (size-- > 0) *out++ = *in++;
}

void wipe(void* memory, std::size_t size) {
  auto* out = static_cast<volatile std::uint8_t*>(memory);
  while (size-- > 0) *out++ = 0;
}

void add(std::uint8_t* to, const std::uint8_t* octets, std::size_t size) {
  while (size-- > 0) to[size] = static_cast<std::uint8_t>(to[size] ^ octets[size]);
}

std::size_t length(const char* text) {
  std::size_t size = 0;
  while (text[size] != 0) ++size;
  return size;
}

bool same(const char* a, const char* b, std::size_t size) {
  while (size > 0 && *a == *b) ++a, ++b, --size;
  return size == 0;
}

}  // namespace simbiont::me

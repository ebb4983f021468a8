#include "aka/sqn.h"

namespace simbiont::aka {

unsigned ind_of_node(std::string_view origin_host) {
  std::uint32_t hash = 0x811C9DC5U;  // FNV-1a, 32 bits
  for (const char c : origin_host) {
    const bool upper = c >= 'A' && c <= 'Z';
    hash ^= static_cast<std::uint8_t>(upper ? c - 'A' + 'a' : c);
    hash *= 0x01000193U;
  }
  return hash % (1U << ind_bits);
}

}  // namespace simbiont::aka

// The AVPs of S6a and of the base protocol, one list (avp_list.inc): the table, its lookups and the constants
// avp::user_name, ... all come from it.
#pragma once

#include <array>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace simbiont::diameter {

inline constexpr std::uint32_t vendor_3gpp = 10415;
inline constexpr std::uint8_t avp_v = 0x80, avp_m = 0x40, avp_reserved = 0x1f;  // RFC 6733 4.1

enum class AvpType : std::uint8_t {
  octet_string,
  utf8_string,
  identity,
  address,
  unsigned32,
  enumerated,
  time,
  grouped
};

struct AvpDef {
  std::uint32_t code;
  std::uint32_t vendor;  // 0: base protocol
  std::string_view name;
  AvpType type;
  std::uint8_t flags;  // as we send it; on receipt the M bit of a known AVP is not judged
  std::string_view clause;

  constexpr bool has_fixed_size() const {
    return type == AvpType::unsigned32 || type == AvpType::enumerated || type == AvpType::time;
  }
  // Octets of the shortest value of this type, for the minimum form in a Failed-AVP (RFC 6733 7.5).
  constexpr std::size_t minimum_size() const {
    return has_fixed_size() ? 4U : type == AvpType::address ? 6U : 0U;
  }
};

// Ascending by (vendor, code).
inline constexpr AvpDef avp_table[] = {
#define AVP(identifier, code, vendor, name, type, flags, clause) \
  {code, vendor, name, AvpType::type, flags, clause},
#include "diameter/avp_list.inc"
#undef AVP
};
inline constexpr std::size_t avp_count = std::size(avp_table);

namespace avp {
namespace index {
enum : std::size_t {
#define AVP(identifier, code, vendor, name, type, flags, clause) identifier,
#include "diameter/avp_list.inc"
#undef AVP
};
}  // namespace index
#define AVP(identifier, code, vendor, name, type, flags, clause) \
  inline constexpr const AvpDef& identifier = avp_table[index::identifier];
#include "diameter/avp_list.inc"
#undef AVP
}  // namespace avp

// nullptr when not in the table. Constant time.
const AvpDef* find_avp(std::uint32_t code, std::uint32_t vendor);

constexpr std::size_t index_of(const AvpDef& def) { return static_cast<std::size_t>(&def - avp_table); }

}  // namespace simbiont::diameter

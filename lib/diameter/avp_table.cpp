#include "diameter/avp_table.h"

#include <cstddef>

namespace simbiont::diameter {
namespace {

static_assert(avp_count < 255, "an index of the table fits one octet, 255 means absent");

// Table positions by code, for one vendor.
template <std::size_t Codes>
constexpr std::array<std::uint8_t, Codes> positions(std::uint32_t vendor) {
  std::array<std::uint8_t, Codes> out{};
  for (auto& position : out) position = 255;
  for (std::size_t i = 0; i < avp_count; ++i) {
    if (avp_table[i].vendor == vendor) out[avp_table[i].code] = static_cast<std::uint8_t>(i);
  }
  return out;
}
constexpr auto base_positions = positions<512>(0);
constexpr auto tgpp_positions = positions<1792>(vendor_3gpp);

template <std::size_t Codes>
const AvpDef* look_up(const std::array<std::uint8_t, Codes>& positions, std::uint32_t code) {
  if (code >= Codes || positions[code] == 255) return nullptr;
  return &avp_table[positions[code]];
}

}  // namespace

const AvpDef* find_avp(std::uint32_t code, std::uint32_t vendor) {
  if (vendor == 0) return look_up(base_positions, code);
  if (vendor == vendor_3gpp) return look_up(tgpp_positions, code);
  return nullptr;
}

}  // namespace simbiont::diameter

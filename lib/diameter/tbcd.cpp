#include "diameter/tbcd.h"

#include <cassert>

#include "base/digits.h"

namespace simbiont::diameter {

Bytes encode_tbcd(std::string_view digits) {
  assert(all_digits(digits));
  Bytes out((digits.size() + 1) / 2, 0xf0);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto digit = static_cast<unsigned>(digits[i] - '0');
    std::uint8_t& octet = out[i / 2];
    octet = static_cast<std::uint8_t>(i % 2 == 0 ? (octet & 0xf0U) | digit : (octet & 0x0fU) | digit << 4U);
  }
  return out;
}

std::optional<std::string> decode_tbcd(ByteView octets) {
  std::string digits;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const std::uint8_t low = octets[i] & 0x0fU, high = octets[i] >> 4U;
    const bool filler = high == 0x0f && i + 1 == octets.size();
    if (low > 9 || (high > 9 && !filler)) return std::nullopt;
    digits.push_back(static_cast<char>('0' + low));
    if (!filler) digits.push_back(static_cast<char>('0' + high));
  }
  return digits;
}

}  // namespace simbiont::diameter

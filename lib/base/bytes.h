// Byte strings and their hexadecimal form.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace simbiont {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;
template <std::size_t N>
using ByteArray = std::array<std::uint8_t, N>;
using Block = ByteArray<16>;  // one AES block; RAND, CK, IK, AUTN

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Lower-case hexadecimal, two digits an octet.
std::string to_hex(ByteView bytes);

// Upper or lower case, no separators. invalid_argument on an odd length or another character.
Result<Bytes> from_hex(std::string_view text);

// Writes exactly out.size() octets; invalid_argument when text is not 2 x out.size() hexadecimal digits.
Status from_hex(std::string_view text, std::span<std::uint8_t> out);

// Big-endian integers of 1 to 8 octets.
inline std::uint64_t load_be(ByteView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t octet : bytes) value = value << 8 | octet;
  return value;
}
inline void store_be(std::uint64_t value, std::span<std::uint8_t> out) {
  for (std::size_t i = out.size(); i-- > 0; value >>= 8) out[i] = static_cast<std::uint8_t>(value);
}

}  // namespace simbiont

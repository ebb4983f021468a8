#include "base/bytes.h"

namespace simbiont {
namespace {

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t octet : bytes) {
    text.push_back(digits[octet >> 4]);
    text.push_back(digits[octet & 15]);
  }
  return text;
}

Status from_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != out.size() * 2) {
    return error(Errc::invalid_argument, "expected " + std::to_string(out.size() * 2) +
                                             " hexadecimal digits, got " + std::to_string(text.size()));
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = nibble(text[2 * i]);
    const int low = nibble(text[2 * i + 1]);
    if (high < 0 || low < 0) return error(Errc::invalid_argument, "not hexadecimal");
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return {};
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return error(Errc::invalid_argument, "odd number of hexadecimal digits");
  Bytes out(text.size() / 2);
  if (auto parsed = from_hex(text, out); !parsed) return parsed.error();
  return out;
}

}  // namespace simbiont

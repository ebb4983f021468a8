#include "base/digits.h"

#include <algorithm>

namespace simbiont {
namespace {

std::uint64_t to_integer(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

std::string padded(std::uint64_t value, std::size_t width) {
  std::string text(width, '0');
  for (std::size_t i = width; i-- > 0; value /= 10) text[i] = static_cast<char>('0' + value % 10);
  return text;
}

// TS 23.003 annex B: Luhn over the 14 digits.
char check_digit(std::string_view digits14) {
  int sum = 0;
  for (std::size_t i = 0; i < digits14.size(); ++i) {
    int digit = digits14[i] - '0';
    if (i % 2 == 1) digit = digit * 2 / 10 + digit * 2 % 10;
    sum += digit;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

}  // namespace

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<Imsi> Imsi::parse(std::string_view digits) {
  if (digits.size() < 6 || digits.size() > 15 || !all_digits(digits)) {
    return error(Errc::invalid_argument, "an IMSI is 6 to 15 digits");
  }
  return Imsi(static_cast<std::uint64_t>(digits.size()) << 60 | to_integer(digits));
}

std::string Imsi::str() const { return padded(key_ & ((1ULL << 60) - 1), key_ >> 60); }

Result<Imei> Imei::parse(std::string_view digits) {
  if (digits.size() < 14 || digits.size() > 16 || !all_digits(digits)) {
    return error(Errc::invalid_argument, "an IMEI is 14, 15 or 16 (IMEISV) digits");
  }
  const std::string_view identity = digits.substr(0, 14);
  if (digits.size() == 15 && digits[14] != '0' && digits[14] != check_digit(identity)) {
    return error(Errc::invalid_argument, std::string("the IMEI's check digit is ") + digits[14] +
                                             ", it should be " + check_digit(identity));
  }
  return Imei(to_integer(identity));
}

std::optional<Imei> Imei::from_signalling(std::string_view text) {
  if (text.size() < 14 || text.size() > 16 || !all_digits(text)) return std::nullopt;
  return Imei(to_integer(text.substr(0, 14)));
}

std::string Imei::digits14() const { return padded(key_, 14); }

std::string Imei::str() const {
  std::string text = digits14();
  text.push_back(check_digit(text));
  return text;
}

Result<Plmn> Plmn::parse(std::string_view text) {
  std::string digits(text);
  if (digits.size() > 3 && digits[3] == '-') digits.erase(3, 1);
  if ((digits.size() != 5 && digits.size() != 6) || !all_digits(digits)) {
    return error(Errc::invalid_argument, "a PLMN is MCC and MNC: 26201, 262-01 or 310410");
  }
  const auto digit = [&](std::size_t i) { return i < digits.size() ? digits[i] - '0' : 15; };
  return Plmn{{static_cast<std::uint8_t>(digit(1) << 4 | digit(0)),
               static_cast<std::uint8_t>(digit(5) << 4 | digit(2)),
               static_cast<std::uint8_t>(digit(4) << 4 | digit(3))}};
}

std::string Plmn::str() const {
  const int nibbles[] = {octets[0] & 15, octets[0] >> 4, octets[1] & 15,
                         octets[2] & 15, octets[2] >> 4, octets[1] >> 4};
  std::string text;
  for (int i = 0; i < 6; ++i) {
    if (i == 3) text.push_back('-');
    if (i == 5 && nibbles[i] == 15) break;
    if (nibbles[i] > 9) return to_hex(octets);
    text.push_back(static_cast<char>('0' + nibbles[i]));
  }
  return text;
}

}  // namespace simbiont

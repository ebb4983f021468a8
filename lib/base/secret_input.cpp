#include "base/secret_input.h"

#include <algorithm>
#include <fstream>
#include <iostream>

#include "base/bytes.h"

namespace simbiont {
namespace {

constexpr std::size_t longest = 2048;

Result<std::string> read_all(std::istream& in) {
  std::string text(longest, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  const auto got = static_cast<std::size_t>(in.gcount());
  if (got == longest) {
    zeroise_text(text);
    return error(Errc::invalid_argument, "the input is too long");
  }
  text.resize(got);
  return text;
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

bool is_hex(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

Result<std::string> read_input(const std::string& argument) {
  if (argument != "-" && !argument.starts_with('@'))
    return error(Errc::refused,
                 "@FILE or - is wanted, for everybody on this machine may read a command line");
  if (argument == "-") return read_all(std::cin);
  // The file's name is not repeated: it may be a key.
  std::ifstream file(argument.substr(1), std::ios::binary);
  if (!file) return error(Errc::not_found, "the file cannot be read");
  return read_all(file);
}

}  // namespace

Result<std::string> read_hex(const std::string& argument, bool octets) {
  Result<std::string> text = read_input(argument);
  if (!text) return text;
  std::string digits;
  digits.reserve(2 * longest);
  std::copy_if(text->begin(), text->end(), std::back_inserter(digits), [](char c) { return !is_space(c); });
  const bool hexadecimal = is_hex(digits);
  if (!hexadecimal && octets) digits = to_hex(as_bytes(*text));
  zeroise_text(*text);
  if (hexadecimal || (octets && !digits.empty())) return digits;
  zeroise_text(digits);
  return error(Errc::invalid_argument, "the input does not hold hexadecimal digits");
}

Result<Secret> read_pin(const std::string& argument) {
  Result<std::string> text = read_input(argument);
  if (!text) return text.error();
  std::size_t size = text->size();
  while (size > 0 && is_space((*text)[size - 1])) --size;
  const bool fits = size > 0 && size <= Secret::max_size;
  Secret pin = fits ? Secret(as_bytes(*text).first(size)) : Secret();
  zeroise_text(*text);
  if (!fits) return error(Errc::invalid_argument, "a PIN has 1 to 32 characters");
  return pin;
}

}  // namespace simbiont

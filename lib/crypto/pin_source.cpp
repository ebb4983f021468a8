#include "crypto/pin_source.h"

#include <algorithm>
#include <cstdlib>

#include "crypto/secret_file.h"

namespace simbiont::crypto {
namespace {

struct Parts {
  std::string_view kind, name;
};

Parts split(std::string_view source) {
  const std::size_t colon = source.find(':');
  if (colon == std::string_view::npos) return {};
  return {source.substr(0, colon), source.substr(colon + 1)};
}

}  // namespace

Status check_pin_source(const std::string& source) {
  const auto [kind, name] = split(source);
  const bool known = kind == "file" || kind == "credential" || kind == "env";
  const bool plain = kind == "file" || name.find('/') == std::string_view::npos;
  if (known && plain && !name.empty()) return {};
  return error(Errc::invalid_argument,
               "a PIN's source is file:PATH, credential:NAME or env:NAME (a variable that names a file)");
}

Result<std::string> pin_source_file(const std::string& source) {
  if (Status right = check_pin_source(source); !right) return right.error();
  const auto [kind, name] = split(source);
  if (kind == "file") return std::string(name);
  const std::string variable = kind == "env" ? std::string(name) : "CREDENTIALS_DIRECTORY";
  const char* value = std::getenv(variable.c_str());
  if (value == nullptr) return error(Errc::not_found, "the PIN's source: " + variable + " is not set");
  return kind == "env" ? std::string(value) : value + ("/" + std::string(name));
}

Result<Secret> read_pin_source(const std::string& source) {
  const auto path = pin_source_file(source);
  if (!path) return path.error();
  ByteArray<Secret::max_size + 2> text{};
  const auto size = read_secret_file(*path, "PIN file", text);
  if (!size) return size.error();
  std::size_t length = *size;
  while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r')) --length;
  const bool fits = length > 0 && length <= Secret::max_size;
  Secret pin = fits ? Secret(ByteView(text).first(length)) : Secret();
  zeroise(text);
  if (!fits) return error(Errc::invalid_argument, *path + ": a PIN has 1 to 32 characters");
  return pin;
}

}  // namespace simbiont::crypto

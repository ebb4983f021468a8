#include "crypto/random.h"
#include "crypto/sealer.h"
#include "crypto/secret_file.h"

namespace simbiont::crypto {
namespace {

constexpr std::size_t digits = 64;
constexpr std::string_view what = "key file";

}  // namespace

Status create_key_file(const std::string& path) {
  ByteArray<digits / 2> key{};
  SystemRandom random;
  random.fill(key);
  Status written = write_key_file(path, Secret(key));
  zeroise(key);
  return written;
}

Status write_key_file(const std::string& path, const Secret& key) {
  std::string text = to_hex(key.reveal()) + '\n';
  Status written = write_secret_file(path, what, text);
  zeroise_text(text);
  return written;
}

Result<Secret> read_key_file(const std::string& path) {
  ByteArray<digits + 2> text{};
  const auto size = read_secret_file(path, what, text);
  if (!size) return size.error();
  const std::string_view line = as_text(ByteView(text).first(*size));
  const bool whole = line.size() == digits || (line.size() == digits + 1 && line.back() == '\n');
  auto key = whole ? Secret::from_hex(line.substr(0, digits)) : Result<Secret>(error(Errc::corrupt, ""));
  zeroise(text);
  if (!key) return error(Errc::corrupt, path + ": a key file holds 64 hexadecimal digits");
  return key;
}

}  // namespace simbiont::crypto

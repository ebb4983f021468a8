#include "base/secret.h"

#include <cstring>

namespace simbiont {

void zeroise(std::span<std::uint8_t> memory) {
  if (!memory.empty()) explicit_bzero(memory.data(), memory.size());
}

void zeroise_text(std::string& text) { zeroise({reinterpret_cast<std::uint8_t*>(text.data()), text.size()}); }

bool equal_constant_time(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

Secret::Secret(ByteView octets) : size_(static_cast<std::uint8_t>(octets.size())) {
  assert(octets.size() <= max_size);
  std::memcpy(octets_.data(), octets.data(), octets.size());
}

Result<Secret> Secret::from_hex(std::string_view text) {
  if (text.size() % 2 != 0 || text.size() > 2 * max_size) {
    return error(Errc::invalid_argument, "a key is an even number of hexadecimal digits, 64 at most");
  }
  Secret secret;
  secret.size_ = static_cast<std::uint8_t>(text.size() / 2);
  if (auto parsed = simbiont::from_hex(text, std::span(secret.octets_).first(secret.size_)); !parsed) {
    return parsed.error();
  }
  return secret;
}

Secret::Secret(Secret&& other) noexcept : octets_(other.octets_), size_(other.size_) {
  zeroise(other.octets_);
  other.size_ = 0;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    octets_ = other.octets_;
    size_ = other.size_;
    zeroise(other.octets_);
    other.size_ = 0;
  }
  return *this;
}

}  // namespace simbiont

// Key material is one type: zeroised when it goes, compared in constant time, never printed. Whoever reads
// the octets writes `.reveal()`, so that every such place can be found with grep.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"

namespace simbiont {

// Overwrites memory in a way the compiler keeps.
void zeroise(std::span<std::uint8_t> memory);
void zeroise_text(std::string& text);

// True when equal; the time depends on the sizes only.
bool equal_constant_time(ByteView a, ByteView b);

class Secret {
 public:
  static constexpr std::size_t max_size = 32;

  Secret() = default;
  // Takes at most max_size octets (assert).
  explicit Secret(ByteView octets);
  // 32, 64 hexadecimal digits and so on: any even number up to 2 x max_size.
  static Result<Secret> from_hex(std::string_view text);

  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { zeroise(octets_); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  ByteView reveal() const { return {octets_.data(), size_}; }

  friend bool operator==(const Secret& a, const Secret& b) {
    return equal_constant_time(a.reveal(), b.reveal());
  }

 private:
  std::array<std::uint8_t, max_size> octets_{};
  std::uint8_t size_ = 0;
};

}  // namespace simbiont

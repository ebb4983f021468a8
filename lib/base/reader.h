// Bounds-checked reading of network-order fields. A read past the end sets failed() and yields zeros or empty
// views: a parser reads on and asks once at the end.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace simbiont {

class Reader {
 public:
  explicit Reader(ByteView input) : rest_(input) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u24() { return static_cast<std::uint32_t>(integer(3)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
  std::uint64_t u64() { return integer(8); }

  ByteView bytes(std::size_t count) {
    if (count > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  void skip(std::size_t count) { (void)bytes(count); }

  ByteView rest() const { return rest_; }
  bool empty() const { return rest_.empty(); }
  bool failed() const { return failed_; }

 private:
  std::uint64_t integer(std::size_t count) { return load_be(bytes(count)); }

  ByteView rest_;
  bool failed_ = false;
};

}  // namespace simbiont

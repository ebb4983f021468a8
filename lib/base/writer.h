// Appends network-order fields to a buffer the caller owns.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace simbiont {

class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}

  void u8(std::uint8_t value) { out_.push_back(value); }
  void u16(std::uint16_t value) { integer(value, 2); }
  void u24(std::uint32_t value) { integer(value, 3); }
  void u32(std::uint32_t value) { integer(value, 4); }
  void u64(std::uint64_t value) { integer(value, 8); }
  void bytes(ByteView octets) { out_.insert(out_.end(), octets.begin(), octets.end()); }
  void zeros(std::size_t count) { out_.insert(out_.end(), count, 0); }

  std::size_t position() const { return out_.size(); }
  // Overwrites three octets written before, for a length known only afterwards.
  void patch_u24(std::size_t at, std::uint32_t value) { store_be(value, std::span(out_).subspan(at, 3)); }

 private:
  void integer(std::uint64_t value, std::size_t count) {
    const std::size_t at = out_.size();
    out_.resize(at + count);
    store_be(value, std::span(out_).subspan(at, count));
  }

  Bytes& out_;
};

}  // namespace simbiont

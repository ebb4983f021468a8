// Token buckets of many keys in a fixed piece of memory. A key that finds no place of its own shares one that
// is in use: who presses others out gains no token by it.
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace simbiont::hss {

// `count` a period, all of them at once if none was used for that long; count 0: no limit.
struct Rate {
  std::uint64_t count = 0;
  std::int64_t period_ms = 1000;
};

class RateTable {
 public:
  // Of so many places, rounded up to a power of two, memory is taken at the first use. seed: what makes it
  // hard to choose keys that meet in one set.
  RateTable(std::size_t places, std::uint64_t seed) : wanted_(places), seed_(seed) {}

  // Takes a token of the key, if there is one.
  bool take(std::uint64_t key, const Rate& rate, MonotonicMs now);
  std::size_t places() const { return slots_.size(); }

 private:
  static constexpr std::size_t ways = 8;
  // A bucket is the moment at which it would be full again: 0, or any in the past, is a full one.
  struct Slot {
    std::uint64_t key = 0;
    std::int64_t full_at_ns = 0;
  };
  Slot& slot_of(std::uint64_t key, std::int64_t now_ns);

  std::size_t wanted_;
  std::uint64_t seed_;
  std::vector<Slot> slots_;
};

}  // namespace simbiont::hss

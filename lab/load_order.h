// In which order the subscribers are asked for. `random` is a permutation: every one comes once before any
// comes again.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace simbiont::lab {

class LoadOrder {
 public:
  enum class Kind : std::uint8_t { sequential, random };

  // Of 0..count-1 those that leave `part` modulo `parts`: threads never ask for the same subscriber.
  LoadOrder(Kind kind, std::uint64_t count, std::uint64_t seed, std::uint64_t part = 0,
            std::uint64_t parts = 1)
      : kind_(kind),
        size_(count / parts + (part < count % parts ? 1 : 0)),
        part_(part),
        parts_(parts),
        bits_(static_cast<unsigned>(std::bit_width(std::max<std::uint64_t>(size_, 2) - 1))),
        mask_((std::uint64_t{1} << bits_) - 1),
        state_(kind == Kind::random ? mixed(seed) & mask_ : 0),
        seed_(mixed(~seed)) {}

  bool empty() const { return size_ == 0; }
  // Not to be called when empty.
  std::uint64_t next() {
    return (kind_ == Kind::random ? next_random() : next_sequential()) * parts_ + part_;
  }

 private:
  static std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }
  std::uint64_t next_sequential() {
    const std::uint64_t now = state_;
    state_ = now + 1 == size_ ? 0 : now + 1;
    return now;
  }
  // A full-period congruential generator over the next power of two, its state shuffled by bijections; what
  // lies beyond the count is skipped.
  std::uint64_t next_random() {
    while (true) {
      state_ = (state_ * 0x5851f42d4c957f2dU + 0x14057b7ef767814fU) & mask_;
      std::uint64_t x = state_;
      x ^= x >> ((bits_ + 1) / 2);
      x = (x * 0x9e3779b97f4a7c15U + seed_) & mask_;
      x ^= x >> ((bits_ + 1) / 2);
      x = (x * 0xbf58476d1ce4e5b9U) & mask_;
      x ^= x >> ((bits_ + 1) / 2);
      if (x < size_) return x;
    }
  }

  Kind kind_;
  std::uint64_t size_, part_, parts_;
  unsigned bits_;
  std::uint64_t mask_, state_, seed_;
};

}  // namespace simbiont::lab

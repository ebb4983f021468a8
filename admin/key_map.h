// Sets and maps of IMSIs and IMEIs small enough for an import of ten million rows: open addressing over
// 64-bit keys.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace simbiont::admin {

// Keys are not 0. A value starts as 0.
class KeyMap {
 public:
  std::uint64_t& operator[](std::uint64_t key) {
    if (used_ * 4 >= slots_.size() * 3) grow();
    Slot& slot = find(slots_, key);
    if (slot.key == 0) {
      slot.key = key;
      ++used_;
    }
    return slot.value;
  }

 private:
  struct Slot {
    std::uint64_t key = 0, value = 0;
  };

  static Slot& find(std::vector<Slot>& slots, std::uint64_t key) {
    const std::size_t mask = slots.size() - 1;
    std::size_t at = static_cast<std::size_t>((key * 0x9E3779B97F4A7C15U) >> 20) & mask;
    while (slots[at].key != 0 && slots[at].key != key) at = (at + 1) & mask;
    return slots[at];
  }

  void grow() {
    std::vector<Slot> larger(slots_.size() * 2);
    for (const Slot& slot : slots_) {
      if (slot.key != 0) find(larger, slot.key) = slot;
    }
    slots_ = std::move(larger);
  }

  std::vector<Slot> slots_ = std::vector<Slot>(64);
  std::size_t used_ = 0;
};

// Numbers in the order in which they came. Those that follow each other share 16 octets.
class KeyRuns {
 public:
  void push_back(std::uint64_t key) {
    if (!runs_.empty() && runs_.back().first + runs_.back().count == key) {
      ++runs_.back().count;
    } else {
      runs_.push_back({key, 1});
    }
    ++size_;
  }
  void shorten(std::size_t size) {
    while (size_ > size) {
      const std::uint64_t gone = std::min<std::uint64_t>(runs_.back().count, size_ - size);
      size_ -= gone;
      if ((runs_.back().count -= gone) == 0) runs_.pop_back();
    }
  }
  // At most `count`, the last one first.
  std::vector<std::uint64_t> last(std::size_t count) const {
    std::vector<std::uint64_t> keys;
    for (auto run = runs_.rbegin(); run != runs_.rend(); ++run)
      for (std::uint64_t left = run->count; left > 0; --left) {
        if (keys.size() == count) return keys;
        keys.push_back(run->first + left - 1);
      }
    return keys;
  }
  std::size_t size() const { return size_; }

 private:
  struct Run {
    std::uint64_t first, count;
  };
  std::vector<Run> runs_;
  std::size_t size_ = 0;
};

// Numbers that come in runs, as SIM orders do, share a slot: 64 of them.
class KeySet {
 public:
  // False when it was there.
  bool insert(std::uint64_t key) {
    std::uint64_t& bits = blocks_[(key >> 6) + 1];
    const std::uint64_t bit = 1ULL << (key & 63);
    const bool fresh = (bits & bit) == 0;
    bits |= bit;
    return fresh;
  }

 private:
  KeyMap blocks_;
};

}  // namespace simbiont::admin

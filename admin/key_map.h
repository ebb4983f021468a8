// Sets and maps of IMSIs and IMEIs small enough for an import of ten million rows: open addressing over
// 64-bit keys.
#pragma once

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

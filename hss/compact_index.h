// Open addressing from a 64-bit hash to the number of an item in a slab: 4 octets a slot. A slot holds the
// item's number and, in the bits left over, a tag of its hash: a probe seldom touches an item that is not
// meant. Sized once for its bound and touched lazily, so that it never stalls to grow.
#pragma once

#include <bit>
#include <cstdint>

#include "hss/mapped_memory.h"

namespace simbiont::hss {

// Spreads keys that differ in few low bits over all bits.
constexpr std::uint64_t spread(std::uint64_t key) {
  key ^= key >> 32;
  key *= 0x9E3779B97F4A7C15U;
  key ^= key >> 29;
  return key * 0xBF58476D1CE4E5B9U;
}

class CompactIndex {
 public:
  static constexpr std::uint32_t none = 0xffffffff;
  static constexpr std::size_t most_items = (std::size_t{1} << 30) - 1;

  // items: the most there will ever be, most_items at most; numbers are below it.
  explicit CompactIndex(std::size_t items)
      : bits_(static_cast<unsigned>(std::bit_width(items + items / 2 + 1))),
        item_bits_(static_cast<unsigned>(std::bit_width(items))),
        memory_((std::size_t{1} << bits_) * sizeof(std::uint32_t)) {
    memory_.erase_on_release(false);
  }

  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots()[home(hash)]); }
  // What stands first where this hash belongs: most often the item itself; nothing is compared.
  std::uint32_t guess(std::uint64_t hash) const { return (slots()[home(hash)] & item_mask()) - 1; }

  // is(item): whether this is the one.
  template <class Is>
  std::uint32_t find(std::uint64_t hash, Is&& is) const {
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t at = home(hash); slots()[at] != 0; at = next(at)) {
      if ((slots()[at] & ~item_mask()) != tag) continue;
      const std::uint32_t item = (slots()[at] & item_mask()) - 1;
      if (is(item)) return item;
    }
    return none;
  }

  void insert(std::uint64_t hash, std::uint32_t item) {
    std::size_t at = home(hash);
    while (slots()[at] != 0) at = next(at);
    slots()[at] = tag_of(hash) | (item + 1);
  }

  // The item must be there. hash_of(item): the hash it was inserted with. What follows moves up: no slot is
  // left marked.
  template <class HashOf>
  void erase(std::uint64_t hash, std::uint32_t item, HashOf&& hash_of) {
    std::size_t hole = home(hash);
    while ((slots()[hole] & item_mask()) != item + 1) hole = next(hole);
    for (std::size_t at = next(hole); slots()[at] != 0; at = next(at)) {
      const std::size_t wanted = home(hash_of((slots()[at] & item_mask()) - 1));
      if (((at - wanted) & mask()) < ((at - hole) & mask())) continue;
      slots()[hole] = slots()[at];
      hole = at;
    }
    slots()[hole] = 0;
  }

 private:
  std::uint32_t* slots() const { return memory_.as<std::uint32_t>(); }
  std::size_t mask() const { return (std::size_t{1} << bits_) - 1; }
  std::size_t home(std::uint64_t hash) const { return static_cast<std::size_t>(hash >> (64 - bits_)); }
  std::size_t next(std::size_t at) const { return (at + 1) & mask(); }
  std::uint32_t item_mask() const { return (1U << item_bits_) - 1; }
  std::uint32_t tag_of(std::uint64_t hash) const { return static_cast<std::uint32_t>(hash) & ~item_mask(); }

  unsigned bits_, item_bits_;
  MappedMemory memory_;
};

}  // namespace simbiont::hss

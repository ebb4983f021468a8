// The records of the subscribers at hand: a slab that does not move, found by IMSI through a compact index,
// bounded, with second-chance eviction. At 10 million subscribers it is 175 octets each.
#pragma once

#include <cstddef>
#include <vector>

#include "hss/compact_index.h"
#include "hss/hot_record.h"
#include "hss/ulr_note.h"

namespace simbiont::hss {

class HotTable {
 public:
  // Pinned records may exceed the bound by `slack`.
  explicit HotTable(std::size_t bound);

  // For a request that comes soon: first the index, a little later the record.
  void prefetch_index(std::uint64_t imsi_key) const { index_.prefetch(spread(imsi_key)); }
  void prefetch_record(std::uint64_t imsi_key) const {
    const std::uint32_t guess = index_.guess(spread(imsi_key));
    if (guess >= used_) return;
    const HotRecord* record = &at(guess);
    __builtin_prefetch(record, 1);
    __builtin_prefetch(reinterpret_cast<const char*>(record) + 64, 1);
  }
  void prefetch_note(std::uint64_t imsi_key) const {
    const std::uint32_t guess = index_.guess(spread(imsi_key));
    if (guess < used_) __builtin_prefetch(&note_at(guess), 1);
  }
  UlrNote& note_of(const HotRecord& record) { return note_at(number_of(record)); }
  // nullptr: not at hand.
  HotRecord* find(std::uint64_t imsi_key);

  bool is_full() const { return size_ >= bound_; }
  // One that is not pinned and was not used lately; nullptr when there is none near.
  HotRecord* victim();
  // A fresh record; the IMSI has none. nullptr when bound and slack are used up.
  HotRecord* insert(const Imsi& imsi);
  void erase(HotRecord& record);  // zeroised
  void clear();
  std::size_t size() const { return size_; }

  static constexpr std::size_t slack = 131072;

 private:
  static constexpr unsigned chunk_bits = 14;  // 16384 records: one huge page
  static constexpr std::size_t chunk_size = std::size_t{1} << chunk_bits;
  static constexpr std::size_t max_second_chances = 64, max_steps = 4096;  // the hand never stalls a request

  HotRecord& at(std::uint32_t number) const {
    return chunks_[number >> chunk_bits].as<HotRecord>()[number & (chunk_size - 1)];
  }
  UlrNote& note_at(std::uint32_t number) const {
    return notes_[number >> chunk_bits].as<UlrNote>()[number & (chunk_size - 1)];
  }
  std::uint32_t number_of(const HotRecord& record) const;

  std::size_t bound_;
  CompactIndex index_;
  std::vector<MappedMemory> chunks_, notes_;
  std::vector<std::uint32_t> free_;
  std::uint32_t used_ = 0;  // records of the slab that were ever in use
  std::uint32_t hand_ = 0;
  std::size_t size_ = 0;
  std::uint32_t serial_ = 0;
};

}  // namespace simbiont::hss

#include "hss/hot_table.h"

#include <algorithm>
#include <new>

#include "base/secret.h"

namespace simbiont::hss {

void HotRecord::note(NodeId node, bool plain, UnixMs at) {
  const auto known =
      std::find_if(notes.begin(), notes.end(), [&](const NodeNote& each) { return each.node == node; });
  const auto place = known == notes.end() ? std::prev(notes.end()) : known;
  NodeNote fresh = known == notes.end() ? NodeNote{node, 0, 0} : *known;
  std::uint32_t& stamp = plain ? fresh.plain_s : fresh.bound_s;
  stamp = std::max(stamp, static_cast<std::uint32_t>(at / 1000));
  std::move_backward(notes.begin(), place, std::next(place));
  notes.front() = fresh;
}

HotTable::HotTable(std::size_t bound)
    : bound_(std::min(bound, CompactIndex::most_items - slack)), index_(bound_ + slack) {}

HotRecord* HotTable::find(std::uint64_t imsi_key) {
  const std::uint32_t found =
      index_.find(spread(imsi_key), [&](std::uint32_t number) { return at(number).imsi == imsi_key; });
  if (found == CompactIndex::none) return nullptr;
  HotRecord& record = at(found);
  record.flags |= HotRecord::touched;
  return &record;
}

HotRecord* HotTable::victim() {
  std::size_t chances = 0;
  for (std::size_t steps = 0; steps < std::min<std::size_t>(max_steps, 2 * std::size_t{used_}); ++steps) {
    hand_ = hand_ + 1 < used_ ? hand_ + 1 : 0;
    HotRecord& record = at(hand_);
    if (record.imsi == 0 || record.is_pinned()) continue;
    if ((record.flags & HotRecord::touched) == 0 || ++chances > max_second_chances) return &record;
    record.set(HotRecord::touched, false);
  }
  return nullptr;
}

HotRecord* HotTable::insert(const Imsi& imsi) {
  if (size_ >= bound_ + slack) return nullptr;
  std::uint32_t number = used_;
  if (!free_.empty()) {
    number = free_.back();
    free_.pop_back();
  } else {
    if (number >> chunk_bits == chunks_.size()) {
      chunks_.emplace_back(chunk_size * sizeof(HotRecord));
      notes_.emplace_back(chunk_size * sizeof(UlrNote));
      notes_.back().erase_on_release(false);
    }
    ++used_;
  }
  HotRecord* record = new (&at(number)) HotRecord;
  record->imsi = imsi.key();
  record->serial = ++serial_;
  index_.insert(spread(record->imsi), number);
  ++size_;
  return record;
}

std::uint32_t HotTable::number_of(const HotRecord& record) const {
  return index_.find(spread(record.imsi), [&](std::uint32_t number) { return &at(number) == &record; });
}

void HotTable::erase(HotRecord& record) {
  const std::uint32_t number = number_of(record);
  index_.erase(spread(record.imsi), number, [&](std::uint32_t other) { return spread(at(other).imsi); });
  note_at(number) = {};
  zeroise({reinterpret_cast<std::uint8_t*>(&record), sizeof record});
  free_.push_back(number);
  --size_;
}

void HotTable::clear() {
  index_ = CompactIndex(bound_ + slack);
  chunks_.clear();
  notes_.clear();
  free_.clear();
  used_ = hand_ = 0;
  size_ = 0;
}

}  // namespace simbiont::hss

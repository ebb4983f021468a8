#include "hss/key_slots.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "hss/log.h"

namespace simbiont::hss {

KeySlots::KeySlots(std::size_t bound)
    : bound_(std::min(bound, CompactIndex::most_items)), index_(bound_), schedules_(schedules) {}

// FNV-1a, 64 bits. Slots of one tag are told apart by their keys.
std::uint64_t KeySlots::tag_of(std::string_view kme, binding::EpochNumber epoch) {
  std::uint64_t hash = 0xcbf29ce484222325U ^ epoch * 0x9E3779B97F4A7C15U;
  for (const char c : kme) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
  return hash;
}

Secret KeySlots::secret_of(const Slot& slot) {
  return Secret(ByteView(slot.key).first(binding::key_size(slot.algorithm)));
}

KeyRef KeySlots::take(const Result<KeyChoice>& choice) {
  if (!choice) return {};
  if (choice->plain()) return KeyRef(KeyRef::plain_value);
  const bool in_token = choice->token != nullptr;
  auto octets = octets_of(*choice);
  const std::uint64_t tag = tag_of(choice->pair->kme, choice->pair->epoch);
  std::uint32_t number = index_.find(spread(tag), [&](std::uint32_t other) {
    const Slot& slot = at(other);
    return slot.tag == tag && slot.algorithm == choice->algorithm && slot.in_token == in_token &&
           equal_constant_time(slot.key, octets);
  });
  zeroise(octets);
  if (number == CompactIndex::none) {
    if (size_ >= bound_) return {};
    number = make(tag, *choice);
  }
  ++at(number).references;
  return KeyRef((number + KeyRef::first_slot) | (in_token ? KeyRef::in_token : 0));
}

ByteArray<Secret::max_size> KeySlots::octets_of(const KeyChoice& choice) {
  ByteArray<Secret::max_size> octets{};
  const ByteView from = choice.token != nullptr ? ByteView(choice.token->id) : choice.k_me->reveal();
  std::copy_n(from.begin(), std::min(from.size(), octets.size()), octets.begin());
  return octets;
}

std::uint32_t KeySlots::make(std::uint64_t tag, const KeyChoice& choice) {
  std::uint32_t number = used_;
  if (!free_.empty()) {
    number = free_.back();
    free_.pop_back();
  } else {
    if (number / chunk_size == chunks_.size()) add_chunk();
    ++used_;
  }
  Slot& slot = at(number);
  slot.tag = tag;
  slot.algorithm = choice.algorithm;
  slot.in_token = choice.token != nullptr;
  slot.key = octets_of(choice);
  index_.insert(spread(tag), number);
  ++size_;
  return number;
}

// DESIGN 10: a user may lock 8 MiB; what goes beyond is not locked, and said once.
void KeySlots::add_chunk() {
  MappedMemory& chunk = chunks_.emplace_back(chunk_size * sizeof(Slot));
  if (!locks_ || chunk.lock()) return;
  locks_ = false;
  log(LogLevel::warn, "keys-not-locked",
      {{"keys", std::to_string(size_)}, {"action", "raise RLIMIT_MEMLOCK, or have no swap"}});
}

KeyRef KeySlots::again(KeyRef key) {
  if (key.in_slot()) ++at(key.slot()).references;
  return key;
}

void KeySlots::release(KeyRef key) {
  if (key.in_slot() && --at(key.slot()).references == 0) erase(key.slot());
}

void KeySlots::erase(std::uint32_t number) {
  Slot& slot = at(number);
  Schedule& schedule = schedules_[number % schedules];
  if (schedule.key == KeyRef(number + KeyRef::first_slot)) schedule = {};
  index_.erase(spread(slot.tag), number, [&](std::uint32_t other) { return spread(at(other).tag); });
  zeroise({reinterpret_cast<std::uint8_t*>(&slot), sizeof slot});
  free_.push_back(number);
  --size_;
}

void KeySlots::clear() {
  index_ = CompactIndex(bound_);
  chunks_.clear();
  free_.clear();
  schedules_ = std::vector<Schedule>(schedules);
  used_ = 0;
  size_ = 0;
}

bool KeySlots::is_of(KeyRef key, std::string_view kme, binding::EpochNumber epoch) const {
  return key.in_slot() && at(key.slot()).tag == tag_of(kme, epoch);
}

const binding::KeyedTransform* KeySlots::transform(KeyRef key) {
  assert(key.usable());
  if (key.plain()) return nullptr;
  Schedule& schedule = schedules_[key.slot() % schedules];
  if (!(schedule.key == key)) {
    const Slot& slot = at(key.slot());
    schedule.transform.emplace(slot.algorithm, secret_of(slot));
    schedule.key = key;
  }
  return &*schedule.transform;
}

}  // namespace simbiont::hss

#include "hss/rate_table.h"

#include <algorithm>
#include <bit>

namespace simbiont::hss {
namespace {

constexpr std::int64_t ns_a_ms = 1'000'000;

std::uint64_t mixed(std::uint64_t value) {  // each bit of the value moves half of the result's
  value = (value ^ value >> 32) * 0xd6e8feb86659fd93U;
  value = (value ^ value >> 32) * 0xd6e8feb86659fd93U;
  return value ^ value >> 32;
}

}  // namespace

RateTable::Slot& RateTable::slot_of(std::uint64_t key, std::int64_t now_ns) {
  if (slots_.empty()) slots_.resize(std::bit_ceil(std::max(wanted_, ways)));
  const std::size_t set = mixed(key ^ seed_) & (slots_.size() / ways - 1);
  Slot* const begin = slots_.data() + set * ways;
  Slot* const end = begin + ways;
  Slot* const own = std::find_if(begin, end, [&](const Slot& slot) { return slot.key == key; });
  if (own != end) return *own;
  Slot* const fullest =
      std::min_element(begin, end, [](const Slot& a, const Slot& b) { return a.full_at_ns < b.full_at_ns; });
  fullest->key = key;
  fullest->full_at_ns = std::max(fullest->full_at_ns, now_ns);
  return *fullest;
}

bool RateTable::take(std::uint64_t key, const Rate& rate, MonotonicMs now) {
  if (rate.count == 0) return true;
  const std::int64_t now_ns = now * ns_a_ms;
  const auto token_ns =
      std::max<std::int64_t>(1, rate.period_ms * ns_a_ms / static_cast<std::int64_t>(rate.count));
  Slot& slot = slot_of(key, now_ns);
  const std::int64_t after = std::max(slot.full_at_ns, now_ns) + token_ns;
  if (after - now_ns > token_ns * static_cast<std::int64_t>(rate.count)) return false;
  slot.full_at_ns = after;
  return true;
}

}  // namespace simbiont::hss

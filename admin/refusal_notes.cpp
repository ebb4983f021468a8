#include "admin/refusal_notes.h"

namespace simbiont::admin {

std::optional<std::uint64_t> RefusalNotes::note(std::uint32_t uid, const std::string& what, UnixMs now) {
  const std::lock_guard lock(mutex_);
  const auto found = last_.find({uid, what});
  if (found != last_.end() && now >= found->second.at && now - found->second.at < quiet_ms) {
    ++found->second.unsaid;
    return std::nullopt;
  }
  if (found == last_.end() && last_.size() >= max_remembered) {
    // All are of the last minute: more users and commands than a person has.
    std::erase_if(last_, [&](const auto& each) { return now - each.second.at >= quiet_ms; });
    if (last_.size() >= max_remembered) return std::nullopt;
  }
  Last& last = last_[{uid, what}];
  const std::uint64_t unsaid = last.unsaid;
  last = {now, 0};
  return unsaid;
}

}  // namespace simbiont::admin

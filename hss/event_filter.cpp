#include "hss/event_filter.h"

#include "hss/events.h"

namespace simbiont::hss {
namespace {

std::string same(const store::Event& event) { return event.kind + '|' + event.imsi + '|' + event.detail; }
// No detail: of all events of a kind and IMSI.
std::string alike(const store::Event& event) { return event.kind + '|' + event.imsi; }

}  // namespace

EventFilter::Window* EventFilter::open(const std::string& key, MonotonicMs now) {
  const auto found = windows_.find(key);
  return found != windows_.end() && now - found->second.begun < window_ms ? &found->second : nullptr;
}

bool EventFilter::admit(const store::Event& event, MonotonicMs now) {
  if (Window* window = open(same(event), now)) {
    ++window->more;
    return false;
  }
  Window* window = open(alike(event), now);
  if (window != nullptr && window->details >= max_details) {
    ++window->more;
    return false;
  }
  if (window != nullptr || windows_.size() + 2 <= max_windows_) return true;
  ++overflow_;
  return false;
}

void EventFilter::stored(const store::Event& event, MonotonicMs now) {
  if (Window* window = open(alike(event), now)) {
    ++window->details;
  } else {
    windows_.insert_or_assign(alike(event), Window{event, now});
  }
  windows_.insert_or_assign(same(event), Window{event, now});
}

std::vector<store::Event> EventFilter::settle(MonotonicMs now, UnixMs at) {
  std::vector<store::Event> rows;
  for (auto it = windows_.begin(); it != windows_.end();) {
    const Window& window = it->second;
    if (now - window.begun < window_ms) {
      ++it;
      continue;
    }
    if (window.more != 0) {
      rows.push_back(window.first);
      rows.back().at = at;
      rows.back().detail = std::to_string(window.more) + " more within a minute, as: " + window.first.detail;
    }
    it = windows_.erase(it);
  }
  if (overflow_ != 0 && now - settled_at_ >= window_ms) {
    rows.push_back({0, at, std::string(info(EventKind::events_dropped).kind), "",
                    std::to_string(overflow_) + " within a minute" + what_});
    overflow_ = 0;
    settled_at_ = now;
  }
  return rows;
}

}  // namespace simbiont::hss

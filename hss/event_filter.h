// Which events become rows: of the same again within a window the first, and at the window's end one that
// counts the others. So a storm costs two rows a window, and what was dropped is told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "store/records.h"

namespace simbiont::hss {

class EventFilter {
 public:
  static constexpr std::int64_t window_ms = 60'000;
  // Different details of one kind and IMSI in a window; beyond them they are alike.
  static constexpr std::uint32_t max_details = 8;

  // windows: at most so many at a time, a kind and IMSI or detail each; what: of which events, as the row
  // that counts those beyond says.
  EventFilter(std::size_t windows, std::string what) : max_windows_(windows), what_(std::move(what)) {}

  // Whether this one may become a row. What may not is counted.
  bool admit(const store::Event& event, MonotonicMs now);
  // It became one: its window begins.
  void stored(const store::Event& event, MonotonicMs now);
  // The rows that are due for what was counted in windows that have ended; at: their time.
  std::vector<store::Event> settle(MonotonicMs now, UnixMs at);

 private:
  struct Window {
    store::Event first;
    MonotonicMs begun;
    std::uint64_t more = 0;     // not stored
    std::uint32_t details = 1;  // of a window of a kind and IMSI: how many different ones were stored
  };
  Window* open(const std::string& key, MonotonicMs now);

  const std::size_t max_windows_;
  const std::string what_;
  std::unordered_map<std::string, Window> windows_;
  std::uint64_t overflow_ = 0;
  MonotonicMs settled_at_ = 0;
};

}  // namespace simbiont::hss

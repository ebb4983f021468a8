// Counts resynchronisations of each IMSI in windows of ten minutes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "base/clock.h"

namespace simbiont::hss {

class AutsStorms {
 public:
  // threshold: how many make a storm; 0: none do.
  explicit AutsStorms(std::uint64_t threshold) : threshold_(threshold) {}

  // True for the one that makes the window's storm.
  bool count(std::uint64_t imsi, MonotonicMs now) {
    if (threshold_ == 0) return false;
    if (windows_.size() >= max_windows)
      std::erase_if(windows_, [&](const auto& each) { return now - each.second.begun >= window_ms; });
    auto found = windows_.find(imsi);
    if (found == windows_.end()) {
      if (windows_.size() >= max_windows) return false;
      found = windows_.emplace(imsi, Window{now, 0}).first;
    }
    Window& window = found->second;
    if (now - window.begun >= window_ms) window = {now, 0};
    return ++window.count == threshold_;
  }

  static constexpr std::int64_t window_ms = 600'000;
  static constexpr std::size_t max_windows = 4096;

 private:
  struct Window {
    MonotonicMs begun;
    std::uint64_t count;
  };
  const std::uint64_t threshold_;
  std::unordered_map<std::uint64_t, Window> windows_;
};

}  // namespace simbiont::hss

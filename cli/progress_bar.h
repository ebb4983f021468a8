// How far a long command is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace simbiont::cli {

// On a terminal only; drawn over itself on stderr.
class ProgressBar {
 public:
  explicit ProgressBar(std::string_view what);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar() { clear(); }

  void draw(std::uint64_t done, std::uint64_t all);
  void clear();

 private:
  const std::string what_;
  const bool shown_;
};

}  // namespace simbiont::cli

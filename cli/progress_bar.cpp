#include "cli/progress_bar.h"

#include <unistd.h>

#include <iostream>

namespace simbiont::cli {
namespace {

constexpr std::size_t width = 40;

}  // namespace

ProgressBar::ProgressBar(std::string_view what) : what_(what), shown_(isatty(STDERR_FILENO) == 1) {}

void ProgressBar::draw(std::uint64_t done, std::uint64_t all) {
  if (!shown_) return;
  const std::uint64_t percent = all == 0 ? 100 : done * 100 / all;
  const std::size_t filled = static_cast<std::size_t>(percent) * width / 100;
  std::cerr << '\r' << what_ << " [" << std::string(filled, '#') << std::string(width - filled, '.') << "] "
            << percent << "% " << std::flush;
}

void ProgressBar::clear() {
  if (shown_) std::cerr << '\r' << std::string(width + 24, ' ') << '\r' << std::flush;
}

}  // namespace simbiont::cli

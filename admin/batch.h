// How many rows one transaction of an import or a job has: as many as a running HSS's peers may wait for.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "hss/live.h"

namespace simbiont::admin {

class Batch {
 public:
  explicit Batch(std::size_t rows_alone) : rows_alone_(rows_alone) {}

  // With nobody waiting, a sync to disk less often.
  std::size_t rows(const hss::Live& live) const { return live.running() ? rows_ : rows_alone_; }

  // One transaction, and from the time it took the size of the next: at most doubled, as one may have waited
  // for somebody else.
  Status transact(hss::Live& live, const hss::Live::Decide& decide) {
    const auto begun = std::chrono::steady_clock::now();
    Status done = live.transact(decide);
    took_ = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
    const auto fit = rows_ * static_cast<std::size_t>(longest_stall.count()) /
                     static_cast<std::size_t>(std::max<std::int64_t>(took_.count(), 1));
    rows_ = std::clamp(fit, least_rows, std::min(2 * rows_, most_rows));
    return done;
  }
  std::chrono::microseconds took() const { return took_; }  // the last transaction

 private:
  static constexpr std::size_t least_rows = 10, most_rows = 1000;
  static constexpr std::chrono::microseconds longest_stall{20'000};

  std::size_t rows_alone_;
  std::size_t rows_ = 100;
  std::chrono::microseconds took_{0};
};

}  // namespace simbiont::admin

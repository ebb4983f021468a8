#include "lab/load_histogram.h"

#include <cmath>

namespace simbiont::lab {

void LoadHistogram::merge(const LoadHistogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

std::uint64_t LoadHistogram::highest_of(std::size_t bucket) {
  if (bucket < sub_count) return bucket;
  const std::size_t shift = (bucket >> sub_bits) - 1;
  const std::uint64_t lowest = static_cast<std::uint64_t>(bucket - (shift << sub_bits)) << shift;
  return lowest + (std::uint64_t{1} << shift) - 1;
}

std::uint64_t LoadHistogram::percentile(double percent) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(static_cast<double>(count_) * percent / 100));
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    below += counts_[i];
    if (below >= std::max<std::uint64_t>(wanted, 1)) return std::min(highest_of(i), max_);
  }
  return max_;
}

}  // namespace simbiont::lab

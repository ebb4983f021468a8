// Latencies in bounded memory: below 128 ns one bucket a value, above 128 buckets an octave, so a percentile
// is at most 1/128 too high.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace simbiont::lab {

class LoadHistogram {
 public:
  static constexpr unsigned sub_bits = 7,
                            max_bits = 42;  // the last bucket takes all above 2^42 ns: 73 minutes

  void record(std::uint64_t ns) {
    ++counts_[bucket(ns)];
    ++count_;
    sum_ += ns;
    max_ = std::max(max_, ns);
  }
  void merge(const LoadHistogram& other);

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }
  double mean() const { return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_); }
  // The value in ns that `percent` of all do not exceed; 0 when nothing was recorded.
  std::uint64_t percentile(double percent) const;

 private:
  static constexpr std::size_t sub_count = 1U << sub_bits;
  static constexpr std::size_t bucket_count = (max_bits - sub_bits + 1) * sub_count;

  static std::size_t bucket(std::uint64_t ns) {
    const std::uint64_t value = std::min(ns, (std::uint64_t{1} << max_bits) - 1);
    if (value < sub_count) return static_cast<std::size_t>(value);
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - 1 - sub_bits;
    return (static_cast<std::size_t>(shift) << sub_bits) + static_cast<std::size_t>(value >> shift);
  }
  static std::uint64_t highest_of(std::size_t bucket);

  std::array<std::uint64_t, bucket_count> counts_{};
  std::uint64_t count_ = 0, sum_ = 0, max_ = 0;
};

}  // namespace simbiont::lab

// Vectors kept for judgement after the run: all of some IMSIs, in bounded memory.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "lab/load_answer.h"

namespace simbiont::lab {

struct LoadSample {
  std::uint64_t index = 0;  // of the IMSI
  std::uint64_t sent_ns = 0, received_ns = 0;
  std::uint32_t item = 0;  // position in its answer
  bool complete = false;   // false: a part was missing or had a wrong size
  LoadVector vector;
};

// Every 2^n-th IMSI is sampled, so that about `wanted` of `count` are.
inline std::uint64_t sample_mask(std::uint64_t count, std::uint64_t wanted) {
  return wanted == 0 ? ~std::uint64_t{0} : std::bit_ceil((count + wanted - 1) / wanted) - 1;
}
inline bool is_sampled(std::uint64_t index, std::uint64_t mask) {
  return mask + 1 != 0 && (index & mask) == 0;
}

class LoadSamples {
 public:
  static constexpr std::size_t max_samples = 100'000;

  void add(std::uint64_t index, std::uint64_t sent_ns, std::uint64_t received_ns, ByteView answer) {
    const auto vectors = read_vectors(answer);
    const std::size_t count = vectors ? vectors->size() : 1;
    full_ = full_ || samples_.size() + count > max_samples;
    if (full_) return;
    if (!vectors || vectors->empty()) samples_.push_back({index, sent_ns, received_ns, 0, false, {}});
    for (std::size_t i = 0; vectors && i < count; ++i)
      samples_.push_back({index, sent_ns, received_ns, static_cast<std::uint32_t>(i), true, (*vectors)[i]});
  }
  bool full() const { return full_; }
  std::vector<LoadSample>& samples() { return samples_; }

 private:
  std::vector<LoadSample> samples_;
  bool full_ = false;
};

}  // namespace simbiont::lab

// Random octets from the system's CSPRNG (getrandom), drawn in bulk. A child of fork() draws afresh.
#pragma once

#include <span>

#include "base/bytes.h"

namespace simbiont::crypto {

// Where a RAND comes from: an interface, so that a test of a pure function can give numbers.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

// Not thread-safe: one per thread. Octets handed out are erased from the buffer. Ends the process when the
// kernel refuses random numbers: there is no safe way on.
class SystemRandom final : public RandomSource {
 public:
  SystemRandom();
  SystemRandom(const SystemRandom&) = delete;
  SystemRandom& operator=(const SystemRandom&) = delete;
  ~SystemRandom() override;
  void fill(std::span<std::uint8_t> out) override;

 private:
  ByteArray<4096> buffer_{};
  std::size_t used_ = 4096;
  unsigned forks_seen_ = 0;
};

}  // namespace simbiont::crypto

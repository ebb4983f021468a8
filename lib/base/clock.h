// Time is an argument: libraries take it from a Clock that a test can turn by hand.
#pragma once

#include <cstdint>
#include <string>

namespace simbiont {

using MonotonicMs = std::int64_t;  // milliseconds from an arbitrary start, never back
using UnixMs = std::int64_t;       // milliseconds since 1970-01-01 UTC

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicMs monotonic_ms() const = 0;
  virtual UnixMs unix_ms() const = 0;
};

class SystemClock final : public Clock {
 public:
  MonotonicMs monotonic_ms() const override;
  UnixMs unix_ms() const override;
};

class ManualClock final : public Clock {
 public:
  MonotonicMs monotonic_ms() const override { return now_; }
  UnixMs unix_ms() const override { return epoch_ + now_; }
  void advance_ms(std::int64_t ms) { now_ += ms; }

 private:
  static constexpr UnixMs epoch_ = 1'700'000'000'000;
  MonotonicMs now_ = 1'000;
};

// "2026-01-31T12:34:56.789Z"
std::string format_utc(UnixMs time);

}  // namespace simbiont

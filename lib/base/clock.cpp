#include "base/clock.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace simbiont {
namespace {

template <class C>
std::int64_t milliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(C::now().time_since_epoch()).count();
}

}  // namespace

MonotonicMs SystemClock::monotonic_ms() const { return milliseconds<std::chrono::steady_clock>(); }
UnixMs SystemClock::unix_ms() const { return milliseconds<std::chrono::system_clock>(); }

std::string format_utc(UnixMs time) {
  const std::time_t seconds = static_cast<std::time_t>(time / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + length, text.size() - length, ".%03dZ", static_cast<int>(time % 1000));
  return text.data();
}

}  // namespace simbiont

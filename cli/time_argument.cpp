#include "cli/time_argument.h"

#include <charconv>
#include <ctime>

#include "base/clock.h"

namespace simbiont::cli {
namespace {

Error not_a_time() {
  return error(Errc::invalid_argument,
               "--since: this is not a time as 2026-01-31T12:00:00Z, nor 90m, 36h, 7d");
}

std::int64_t unit_ms(char unit) {
  switch (unit) {
    case 's':
      return 1000;
    case 'm':
      return 60'000;
    case 'h':
      return 3'600'000;
    case 'd':
      return 86'400'000;
    default:
      return 0;
  }
}

}  // namespace

Result<std::int64_t> since_ms(const std::string& text) {
  if (text.empty()) return std::int64_t{0};
  if (const std::int64_t unit = unit_ms(text.back()); unit != 0) {
    std::int64_t count = 0;
    const char* const end = text.data() + text.size() - 1;
    const auto [stop, failed] = std::from_chars(text.data(), end, count);
    if (failed != std::errc() || stop != end || count < 0 || count > 100'000'000) return not_a_time();
    return SystemClock().unix_ms() - count * unit;
  }
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%d", &parts);
  if (rest != nullptr && *rest == 'T') rest = strptime(rest, "T%H:%M:%S", &parts);
  std::int64_t fraction_ms = 0;
  if (rest != nullptr && *rest == '.') {
    const char* const digits = ++rest;
    std::int64_t unit = 100;
    for (; *rest >= '0' && *rest <= '9'; ++rest, unit /= 10) fraction_ms += (*rest - '0') * unit;
    if (rest == digits) return not_a_time();
  }
  if (rest == nullptr || (*rest != '\0' && std::string(rest) != "Z")) return not_a_time();
  return static_cast<std::int64_t>(timegm(&parts)) * 1000 + fraction_ms;
}

}  // namespace simbiont::cli

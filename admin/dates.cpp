#include "admin/dates.h"

#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "base/digits.h"

namespace simbiont::admin {
namespace {

constexpr std::int64_t day_ms = 86'400'000;

std::optional<int> number(std::string_view digits, int most) {
  int value = 0;
  if (digits.empty() || digits.size() > 4 || !all_digits(digits)) return std::nullopt;
  (void)std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value <= most ? std::optional(value) : std::nullopt;
}

// "2027-01-31", as its beginning.
std::optional<UnixMs> day_of(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = number(text.substr(0, 4), 9999), month = number(text.substr(5, 2), 12),
             day = number(text.substr(8, 2), 31);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * day_ms;
}

// "T12:00:00Z", as milliseconds of the day.
std::optional<std::int64_t> time_of(std::string_view text) {
  if (text.size() != 10 || text[0] != 'T' || text[3] != ':' || text[6] != ':' || text[9] != 'Z')
    return std::nullopt;
  const auto hour = number(text.substr(1, 2), 23), minute = number(text.substr(4, 2), 59),
             second = number(text.substr(7, 2), 59);
  if (!hour || !minute || !second) return std::nullopt;
  return ((*hour * 60 + *minute) * 60 + *second) * std::int64_t{1000};
}

}  // namespace

Result<UnixMs> parse_until(std::string_view text, UnixMs now) {
  if (text == "never") return UnixMs{0};
  const auto day = day_of(text.substr(0, 10));
  const auto time = text.size() > 10 ? time_of(text.substr(10)) : std::optional(day_ms);
  if (!day || !time)
    return error(Errc::invalid_argument,
                 "a date is YYYY-MM-DD (its end, UTC), YYYY-MM-DDThh:mm:ssZ, or never");
  if (*day + *time > now) return *day + *time;
  return error(Errc::invalid_argument, "the date is in the past");
}

Result<std::int64_t> parse_span(std::string_view text) {
  struct Unit {
    char letter;
    std::int64_t ms;
  };
  constexpr std::array<Unit, 4> units{{{'d', day_ms}, {'h', 3'600'000}, {'m', 60'000}, {'s', 1000}}};
  if (text == "0") return std::int64_t{0};
  for (const Unit& unit : units) {
    if (text.empty() || text.back() != unit.letter) continue;
    const auto value = number(text.substr(0, text.size() - 1), 9999);
    if (value && *value * unit.ms <= 366 * day_ms) return *value * unit.ms;
  }
  return error(Errc::invalid_argument, "a span is a number with d, h, m or s, at most 366d");
}

}  // namespace simbiont::admin

// Dates and spans of time as operators write them.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace simbiont::admin {

// "2027-01-31": the end of that day, UTC; "2027-01-31T12:00:00Z"; "never": 0. Later than now.
Result<UnixMs> parse_until(std::string_view text, UnixMs now);
// "7d", "12h", "30m", "45s", "0": milliseconds, at most a year.
Result<std::int64_t> parse_span(std::string_view text);

}  // namespace simbiont::admin

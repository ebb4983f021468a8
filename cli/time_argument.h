// Times on the command line.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace simbiont::cli {

// Unix milliseconds of "2026-01-31T12:00:00Z" (or the day alone), or of so long ago: "90s", "90m", "36h",
// "7d". Empty: 0.
Result<std::int64_t> since_ms(const std::string& text);

}  // namespace simbiont::cli

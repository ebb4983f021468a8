// The log: one structured line an event, to standard error. Key material and vectors never go here.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace simbiont::hss {

enum class LogLevel : std::uint8_t { debug, info, warn, error, off };
std::optional<LogLevel> log_level(std::string_view name);

void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);

// 2026-01-31T12:34:56.789Z level=warn event=imei-mismatch imsi=001010000000001 detail="two words"
using LogField = std::pair<std::string_view, std::string>;
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields);

// The value as it stands in a line: quoted where it holds more than plain characters, control characters
// escaped.
std::string log_value(std::string_view value);

}  // namespace simbiont::hss

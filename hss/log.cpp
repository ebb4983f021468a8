#include "hss/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>

#include "base/bytes.h"

namespace simbiont::hss {
namespace {

struct Level {
  std::string_view name;
  spdlog::level::level_enum spdlog;
};
// In the order of LogLevel.
constexpr std::array<Level, 5> levels{{{"debug", spdlog::level::debug},
                                       {"info", spdlog::level::info},
                                       {"warn", spdlog::level::warn},
                                       {"error", spdlog::level::err},
                                       {"off", spdlog::level::off}}};

const Level& entry(LogLevel level) { return levels[static_cast<std::size_t>(level)]; }

spdlog::logger& logger() {
  static spdlog::logger instance = [] {
    spdlog::logger made("simbiont", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made.set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc);
    made.flush_on(spdlog::level::debug);
    return made;
  }();
  return instance;
}

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("._-:/@+").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<LogLevel> log_level(std::string_view name) {
  for (std::size_t i = 0; i < levels.size(); ++i)
    if (levels[i].name == name) return static_cast<LogLevel>(i);
  return std::nullopt;
}

void set_log_level(LogLevel level) { logger().set_level(entry(level).spdlog); }

bool log_enabled(LogLevel level) { return logger().should_log(entry(level).spdlog); }

std::string log_value(std::string_view value) {
  bool plain = !value.empty();
  for (const char c : value) plain = plain && is_plain(c);
  if (plain) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      quoted += "\\x" + to_hex(as_bytes(std::string_view(&c, 1)));
    else
      quoted += c;
  }
  return quoted + '"';
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  std::string line = "level=" + std::string(entry(level).name) + " event=" + log_value(event);
  for (const auto& [key, value] : fields) line += " " + std::string(key) + "=" + log_value(value);
  logger().log(entry(level).spdlog, spdlog::string_view_t(line));
}

}  // namespace simbiont::hss

#include "lab/load_report.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace simbiont::lab {
namespace {

struct Point {
  const char* name;
  double percent;
};
constexpr std::array<Point, 4> points{{{"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99.9", 99.9}}};

template <class... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 256> text{};
  const int size = std::snprintf(text.data(), text.size(), format, values...);
  return {text.data(), std::min(static_cast<std::size_t>(std::max(size, 0)), text.size() - 1)};
}

std::string microseconds(std::uint64_t ns) { return formatted("%.1f", static_cast<double>(ns) / 1000); }

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      out += formatted("\\u%04x", static_cast<unsigned>(c));
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string number(std::uint64_t value) { return std::to_string(value); }

LoadCodes sorted(LoadCodes codes) {
  std::sort(codes.begin(), codes.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return codes;
}

std::string loop_of(const LoadPlan& plan) {
  const std::string connections = number(plan.connections) + " connections";
  if (plan.open_loop()) return connections + ", open loop at " + formatted("%.0f", plan.rate) + "/s";
  return connections + " x " + number(plan.window) + " in flight";
}

std::string procedure_of(const LoadPlan& plan) {
  if (plan.ulrs == 0) return "AIR";
  if (plan.airs == 0) return "ULR";
  return number(plan.airs) + " AIR to " + number(plan.ulrs) + " ULR";
}

std::string troubles(const LoadTally& tally) {
  std::string out;
  const auto add = [&](std::uint64_t count, const char* what) {
    if (count != 0) out += formatted("  %-12s", number(count).c_str()) + what + "\n";
  };
  add(tally.without_code, "answers without a Result-Code");
  add(tally.unexpected, "answers to nothing that was asked");
  add(tally.unanswered, "requests never answered");
  add(tally.unsent, "requests due and never sent: every connection was full");
  add(tally.lost.size(), "connections lost");
  for (std::size_t i = 0; i < std::min<std::size_t>(tally.lost.size(), 3); ++i)
    out += "    " + tally.lost[i] + "\n";
  return out.empty() ? out : "trouble\n" + out;
}

std::string verdict_text(const LoadVerdict& verdict, bool full) {
  std::string out = "verified   " + number(verdict.vectors) + " vectors, " + number(verdict.wrong) + " wrong";
  if (verdict.without_key != 0) out += "; " + number(verdict.without_key) + " of subscribers without keys";
  if (full) out += "; the rest of the run went unsampled";
  for (const std::string& problem : verdict.problems) out += "\n  " + problem;
  return out + "\n";
}

}  // namespace

std::string load_text(const LoadPlan& plan, const LoadResult& result,
                      const std::optional<LoadVerdict>& verdict) {
  const LoadTally& tally = result.tally;
  std::string out = "peer       " + result.peer_host + "\n";
  out += "load       " + procedure_of(plan) + ", " + loop_of(plan) + formatted(", %.2f s", result.seconds) +
         "\n";
  out += "rate       " + formatted("%.0f", result.rate()) + " successes a second\n";
  out += "latency us";
  for (const Point& point : points)
    out += formatted(" %s ", point.name) + microseconds(tally.latency.percentile(point.percent));
  out += " max " + microseconds(tally.latency.max()) + "\nresults\n";
  for (const auto& [code, count] : sorted(tally.codes))
    out += formatted("  %-12s", number(count).c_str()) + number(code.value) +
           (code.experimental ? " (Experimental-Result)" : "") + "\n";
  out += "octets     " + number(tally.bytes_sent) + " sent, " + number(tally.bytes_received) + " received\n";
  if (tally.cancelled != 0) out += "CLRs       " + number(tally.cancelled) + " answered\n";
  out += troubles(tally);
  return verdict ? out + verdict_text(*verdict, result.samples_full) : out;
}

std::string load_json(const LoadPlan& plan, const LoadResult& result,
                      const std::optional<LoadVerdict>& verdict) {
  const LoadTally& tally = result.tally;
  std::string out = "{\"peer\":" + quoted(result.peer_host) + ",\"airs\":" + number(plan.airs) +
                    ",\"ulrs\":" + number(plan.ulrs) + ",\"vectors\":" + number(plan.vectors) +
                    ",\"connections\":" + number(plan.connections) + ",\"threads\":" + number(plan.threads);
  out += plan.open_loop() ? ",\"window\":null,\"offered_rate\":" + formatted("%.1f", plan.rate)
                          : ",\"window\":" + number(plan.window) + ",\"offered_rate\":null";
  out +=
      ",\"seconds\":" + formatted("%.3f", result.seconds) + ",\"rate\":" + formatted("%.1f", result.rate());
  out += ",\"succeeded\":" + number(tally.succeeded) + ",\"failed\":" + number(tally.failed) +
         ",\"latency_us\":{";
  for (const Point& point : points)
    out += quoted(point.name) + ":" + microseconds(tally.latency.percentile(point.percent)) + ",";
  out += "\"max\":" + microseconds(tally.latency.max()) +
         ",\"mean\":" + formatted("%.1f", tally.latency.mean() / 1000) +
         ",\"count\":" + number(tally.latency.count());
  out += "},\"results\":[";
  std::string separator;
  for (const auto& [code, count] : sorted(tally.codes)) {
    out += separator + "{\"code\":" + number(code.value) +
           ",\"experimental\":" + (code.experimental ? "true" : "false") + ",\"count\":" + number(count) +
           "}";
    separator = ",";
  }
  out += "],\"bytes_sent\":" + number(tally.bytes_sent) +
         ",\"bytes_received\":" + number(tally.bytes_received) +
         ",\"unanswered\":" + number(tally.unanswered) + ",\"unsent\":" + number(tally.unsent) +
         ",\"unexpected\":" + number(tally.unexpected) + ",\"without_code\":" + number(tally.without_code) +
         ",\"clrs\":" + number(tally.cancelled) + ",\"lost\":" + number(tally.lost.size()) + ",\"verified\":";
  if (!verdict) return out + "null}\n";
  return out + "{\"vectors\":" + number(verdict->vectors) + ",\"wrong\":" + number(verdict->wrong) +
         ",\"without_key\":" + number(verdict->without_key) + "}}\n";
}

}  // namespace simbiont::lab

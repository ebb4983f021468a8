#include "lab/table.h"

#include <array>

namespace simbiont::lab {
namespace {

constexpr std::size_t column_count = 10;
using Line = std::array<std::string, column_count>;
constexpr std::array<std::size_t, column_count> widths{28, 7, 15, 9, 4, 4, 6, 8, 8, 2};
constexpr std::size_t outcome_column = 7, ok_column = 9;
constexpr const char* rule = "─";

std::string padded(const std::string& text, std::size_t width) {
  return text.size() < width ? text + std::string(width - text.size(), ' ') : text;
}

std::string painted(const std::string& text, const char* code, bool colour) {
  return colour ? std::string("\033[") + code + "m" + text + "\033[0m" : text;
}

std::string render(const Line& line, const char* outcome_code, const char* ok_code, bool colour) {
  std::string out;
  for (std::size_t i = 0; i < column_count; ++i) {
    std::string cell = padded(line[i], widths[i]);
    if (i == outcome_column) cell = painted(cell, outcome_code, colour);
    if (i == ok_column) cell = painted(cell, ok_code, colour);
    out += (i == 0 ? " " : "  ") + cell;
  }
  return out + "\n";
}

std::string horizontal() {
  std::size_t length = 1 + 2 * (column_count - 1);
  for (const std::size_t width : widths) length += width;
  std::string out;
  for (std::size_t i = 0; i < length; ++i) out += rule;
  return out + "\n";
}

std::string render_row(const Row& row, bool colour) {
  const Scenario& scenario = *row.scenario;
  const Cells& seen = row.seen;
  const char* outcome_code = seen.outcome == "refused" ? "33" : seen.outcome == "error" ? "31" : "32";
  std::string out = render(
      {std::string(scenario.title), std::string(scenario.device), row.declared_imei, seen.uicc, seen.aia,
       seen.ula, seen.kasme, seen.outcome, scenario.expected.outcome, row.ok() ? "ok" : "NO"},
      outcome_code, row.ok() ? "32" : "1;31", colour);
  if (row.ok()) return out;
  const Cells& wanted = scenario.expected;
  return out +
         painted("   must be: UICC " + wanted.uicc + ", AIA " + wanted.aia + ", ULA " + wanted.ula +
                     ", KASME " + wanted.kasme + ", " + wanted.outcome +
                     (row.why.empty() ? "" : "; was: " + row.why),
                 "31", colour) +
         "\n";
}

}  // namespace

std::string render_table(const std::vector<Row>& rows, bool colour) {
  const Line header{"scenario", "device", "declared IMEI", "UICC SW",  "AIA",
                    "ULA",      "KASME",  "outcome",       "expected", "ok"};
  std::string out = horizontal() + render(header, "0", "0", colour) + horizontal();
  std::string_view card;
  for (const Row& row : rows) {
    if (row.scenario->card != card) {
      card = row.scenario->card;
      const std::string title = std::string(card) + "  " + row.imsi + "  " + row.binding;
      out += painted(title, "1", colour) + "\n";
    }
    out += render_row(row, colour);
  }
  return out + horizontal();
}

}  // namespace simbiont::lab

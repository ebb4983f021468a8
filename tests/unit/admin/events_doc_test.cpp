// docs/events.md says of every event what the program says.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "admin/audit.h"
#include "hss/events.h"

namespace simbiont::admin::test {
namespace {

std::string document() {
  std::ifstream file(std::string(TEST_DATA) + "/../../docs/events.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string row(std::string_view kind, std::string_view cause, std::string_view effect,
                std::string_view action) {
  std::string out = "| `";
  for (const std::string_view part : {kind, std::string_view("` | "), cause, std::string_view(" | "), effect,
                                      std::string_view(" | "), action})
    out += part;
  return out + " |\n";
}

TEST(EventsDocument, has_every_event_with_its_cause_effect_and_action_and_no_other) {
  const std::string text = document();
  std::size_t rows = 0;
  for (const auto& info : hss::event_table()) {
    EXPECT_THAT(text, testing::HasSubstr(row(info.kind, info.cause, info.effect, info.action)));
    ++rows;
  }
  for (const auto& info : audit_table()) {
    EXPECT_THAT(text, testing::HasSubstr(row(info.kind, info.cause, info.effect, info.action)));
    ++rows;
  }
  std::size_t found = 0;
  for (std::size_t at = text.find("\n| `"); at != std::string::npos; at = text.find("\n| `", at + 1)) ++found;
  EXPECT_EQ(found, rows) << "a row of docs/events.md is of no event";
}

TEST(EventsDocument, no_kind_stands_in_both_tables_or_twice) {
  std::vector<std::string_view> kinds;
  for (const auto& info : hss::event_table()) kinds.push_back(info.kind);
  for (const auto& info : audit_table()) kinds.push_back(info.kind);
  std::sort(kinds.begin(), kinds.end());
  EXPECT_EQ(std::adjacent_find(kinds.begin(), kinds.end()), kinds.end());
}

}  // namespace
}  // namespace simbiont::admin::test

// The demonstration's data, table and files.
#include <gtest/gtest.h>

#include "lab/csv.h"
#include "lab/scenarios.h"
#include "lab/table.h"

namespace simbiont::lab {
namespace {

const char* const demo_directory = TEST_DATA "/../../demo";

// Gives every node the same answer.
class Constant final : public HomeNetwork {
 public:
  explicit Constant(AuthenticationAnswer answer) : answer_(std::move(answer)) {}
  Result<AuthenticationAnswer> authentication(std::string_view, std::uint32_t, ByteView) override {
    return answer_;
  }
  Result<LocationAnswer> update_location(std::string_view, std::string_view) override {
    return LocationAnswer{diameter::result::success, std::nullopt};
  }

 private:
  AuthenticationAnswer answer_;
};

std::vector<Row> run_against(AuthenticationAnswer answer) {
  auto world = World::read(demo_directory);
  EXPECT_TRUE(world.ok()) << (world ? "" : world.error().message);
  Constant home(std::move(answer));
  auto rows = run_scenarios(home, *world, {0x00, 0xf1, 0x10});
  EXPECT_TRUE(rows.ok());
  return *rows;
}

std::size_t columns(std::string_view line) {
  std::size_t count = 0;
  for (const char c : line) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

TEST(Demo, no_attach_of_the_table_is_right_against_a_network_without_vectors) {
  for (const Row& row : run_against({{4181, true}, {}})) {
    EXPECT_EQ(row.ok(), row.scenario->step == Step::report_imei) << row.scenario->title;
  }
}

TEST(Demo, no_attach_that_must_succeed_is_right_against_a_network_of_false_vectors) {
  diameter::EutranVector vector{};
  vector.autn[6] = 0x80;
  for (const Row& row : run_against({diameter::result::success, {vector}})) {
    if (row.scenario->expected.outcome == "attached") {
      EXPECT_FALSE(row.ok()) << row.scenario->title;
    }
  }
}

TEST(Demo, table_fits_110_columns_and_shows_what_failed) {
  const std::string table = render_table(run_against({{4181, true}, {}}), false);
  std::size_t begin = 0;
  for (std::size_t end = table.find('\n'); end != std::string::npos; end = table.find('\n', begin)) {
    EXPECT_LE(columns(std::string_view(table).substr(begin, end - begin)), 110U);
    begin = end + 1;
  }
  EXPECT_NE(table.find("must be: UICC 9000"), std::string::npos);
  EXPECT_NE(table.find("no vector"), std::string::npos);
  EXPECT_EQ(table.find('\033'), std::string::npos);
}

TEST(Demo, binding_is_shown_with_its_devices_and_keys) {
  const auto world = World::read(demo_directory);
  ASSERT_TRUE(world.ok());
  EXPECT_EQ(world->binding_of("001010000000002"), "unbound");
  EXPECT_EQ(world->binding_of("001010000000004"),
            "bound to pump-1 (kme-pumps, aes128), pump-2 (kme-pumps, aes128)");
}

TEST(Csv, rows_must_fit_the_header_and_errors_name_the_line) {
  const auto table = CsvTable::parse("a,b\r\n1,2\n\n3,\n", "x.csv");
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->size(), 2U);
  EXPECT_EQ(table->cell(0, "b"), "2");
  EXPECT_EQ(table->cell(1, "b"), "");
  EXPECT_EQ(table->cell(1, "c"), "");
  const auto bad = CsvTable::parse("a,b\n1,2\n1,2,3\n", "x.csv");
  ASSERT_FALSE(bad.ok());
  EXPECT_NE(bad.error().message.find("x.csv:3"), std::string::npos);
}

}  // namespace
}  // namespace simbiont::lab

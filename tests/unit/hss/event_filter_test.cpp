// Storms are collapsed and counted.
#include "hss/event_filter.h"

#include <gmock/gmock.h>

#include "hss/auts_storms.h"

namespace simbiont::hss {
namespace {

store::Event event(const std::string& imsi, const std::string& detail) {
  return {0, 5, "imei-mismatch", imsi, detail};
}
bool raise(EventFilter& filter, const store::Event& what, MonotonicMs now) {
  if (!filter.admit(what, now)) return false;
  filter.stored(what, now);
  return true;
}

TEST(EventFilter, the_same_again_within_a_window_is_one_row_and_one_that_counts) {
  EventFilter filter(1024, " of them");
  EXPECT_TRUE(raise(filter, event("1", "a"), 0));
  for (int i = 1; i <= 50; ++i) EXPECT_FALSE(raise(filter, event("1", "a"), i));
  EXPECT_TRUE(raise(filter, event("2", "a"), 10)) << "another IMSI";
  EXPECT_TRUE(filter.settle(EventFilter::window_ms - 1, 7).empty());
  const auto rows = filter.settle(EventFilter::window_ms, 7);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].detail, "50 more within a minute, as: a");
  EXPECT_EQ(rows[0].imsi, "1");
  EXPECT_EQ(rows[0].at, 7);
  EXPECT_TRUE(raise(filter, event("1", "a"), EventFilter::window_ms)) << "the next window";
}

TEST(EventFilter, ever_new_details_are_collapsed_too) {
  EventFilter filter(1024, " of them");
  int rows = 0;
  for (int i = 0; i < 100; ++i) rows += raise(filter, event("1", std::to_string(i)), i) ? 1 : 0;
  EXPECT_EQ(rows, static_cast<int>(EventFilter::max_details));
  const auto settled = filter.settle(2 * EventFilter::window_ms, 7);
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_THAT(settled[0].detail,
              testing::StartsWith(std::to_string(100 - EventFilter::max_details) + " more"));
}

TEST(EventFilter, ever_new_subscribers_fill_a_bounded_number_of_rows_and_the_rest_is_told) {
  EventFilter filter(1024, " of them");
  std::size_t rows = 0;
  for (int i = 0; i < 20'000; ++i) rows += raise(filter, event(std::to_string(i), "a"), 1) ? 1U : 0U;
  EXPECT_LE(rows, 1024U);
  const auto settled = filter.settle(EventFilter::window_ms + 1, 7);
  ASSERT_EQ(settled.size(), 1U);
  EXPECT_EQ(settled[0].kind, "events-dropped");
  EXPECT_EQ(settled[0].detail, std::to_string(20'000 - rows) + " within a minute of them");
  EXPECT_TRUE(raise(filter, event("x", "a"), 2 * EventFilter::window_ms)) << "and goes on";
}

TEST(AutsStorms, one_is_told_in_each_window_of_an_imsi) {
  AutsStorms storms(3);
  int told = 0;
  for (int i = 0; i < 10; ++i) told += storms.count(1, i) ? 1 : 0;
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(storms.count(2, 0)) << "another IMSI is counted apart";
  for (int i = 0; i < 10; ++i) told += storms.count(1, AutsStorms::window_ms + i) ? 1 : 0;
  EXPECT_EQ(told, 2);
  AutsStorms off(0);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(off.count(1, i));
}

}  // namespace
}  // namespace simbiont::hss

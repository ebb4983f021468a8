// What may be a theft is told, once, and blocks nothing.
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

class TheftTest : public OperatorTest {
 protected:
  std::vector<std::string> details(const std::string& kind) {
    hss.settle();
    std::vector<std::string> out;
    const auto all = *hss.store().events(0, 1000, {0, "", kind});
    for (const auto& event : all) out.push_back(event.detail);
    return out;
  }
  void airs(const char* mme, int count) {
    for (int i = 0; i < count; ++i) EXPECT_EQ(hss.air(mme, imsi).code, success);
  }
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(TheftTest, a_mismatch_says_what_was_expected_and_what_came_and_from_where) {
  bind_to_a();
  (void)hss.ulr("mme1", imsi, imei_a);
  (void)hss.ulr("mme1", imsi, stranger);
  EXPECT_THAT(details("imei-mismatch"),
              ElementsAre("IMEI 352099001761481 node mme1 PLMN 001-01 expected 356938035643809"));
  EXPECT_THAT(details("tac-changed"),
              ElementsAre("IMEI 352099001761481 node mme1 PLMN 001-01 before 356938035643809"));
}

TEST_F(TheftTest, another_device_of_the_same_model_changes_no_tac) {
  bind_to_a();
  (void)hss.ulr("mme1", imsi, stranger);
  hss.clock.advance_ms(120'000);
  (void)hss.ulr("mme1", imsi, "352099001761499");
  EXPECT_EQ(details("imei-mismatch").size(), 2U);
  EXPECT_THAT(details("tac-changed"), IsEmpty());
}

TEST_F(TheftTest, airs_of_one_node_without_a_ulr_are_told_once_and_served_all_the_same) {
  bind_to_a();
  const int limit = static_cast<int>(hss.config.signals.airs_without_ulr);
  airs("mme2", limit);
  EXPECT_THAT(details("airs-without-ulr"), IsEmpty());
  airs("mme2", 3 * limit);
  EXPECT_THAT(details("airs-without-ulr"), ElementsAre("10 AIRs of node mme2 PLMN 001-01"));
  EXPECT_EQ(hss.ulr("mme2", imsi, imei_a).code, success);
  (void)hss.ulr("mme1", imsi, imei_a);
  hss.clock.advance_ms(120'000);
  airs("mme2", limit + 1);
  EXPECT_EQ(details("airs-without-ulr").size(), 2U) << "after a ULR it is counted anew";
}

TEST_F(TheftTest, the_node_that_holds_the_registration_may_ask_as_often_as_it_likes) {
  bind_to_a();
  (void)hss.ulr("mme1", imsi, imei_a);
  airs("mme1", 60);
  EXPECT_THAT(details("airs-without-ulr"), IsEmpty());
  airs("mme2", 11);
  EXPECT_EQ(details("airs-without-ulr").size(), 1U);
}

TEST_F(TheftTest, no_airs_are_suspicious_where_the_threshold_is_0) {
  hss.config.signals.airs_without_ulr = 0;
  hss.restart();
  airs("mme1", 300);
  EXPECT_THAT(details("airs-without-ulr"), IsEmpty());
}

TEST_F(TheftTest, many_resynchronisations_are_a_storm_told_once) {
  bind_to_a();
  const Bytes wrong(30, 0x55);
  for (int i = 0; i < 25; ++i) (void)hss.air("mme1", imsi, 1, wrong);
  EXPECT_THAT(details("auts-storm"), ElementsAre("10 within ten minutes, the last by node mme1"));
}

TEST_F(TheftTest, the_first_evidence_of_a_devices_key_is_told_once) {
  bind_to_a();
  for (int i = 0; i < 3; ++i) {
    airs("mme1", 1);
    EXPECT_EQ(hss.ulr("mme1", imsi, imei_a).code, success);
    hss.clock.advance_ms(2 * 24 * 3'600'000);
  }
  EXPECT_THAT(details("key-evidence"), ElementsAre("IMEI 356938035643809"));
}

TEST_F(TheftTest, what_a_storm_leaves_out_is_counted_at_the_windows_end) {
  bind_to_a();
  for (int i = 0; i < 30; ++i) (void)hss.ulr("mme1", imsi, stranger);
  EXPECT_EQ(details("imei-mismatch").size(), 1U);
  hss.clock.advance_ms(hss::EventFilter::window_ms + 1000);
  hss.settle();
  ASSERT_EQ(details("imei-mismatch").size(), 2U);
  EXPECT_THAT(details("imei-mismatch")[1], testing::StartsWith("29 more within a minute"));
}

}  // namespace
}  // namespace simbiont::test

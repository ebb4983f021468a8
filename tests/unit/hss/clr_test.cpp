// CLR: owed to the node left behind, sent where that node is reached, kept until the node itself answers.
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

using ClrTest = OperatorTest;
using diameter::result::unable_to_deliver;

TEST_F(ClrTest, a_new_mme_makes_the_old_one_cancel) {
  (void)hss.ulr("mme1", imsi);
  EXPECT_TRUE(hss.owed().empty());
  (void)hss.ulr("mme1", imsi);
  EXPECT_TRUE(hss.owed().empty()) << "the same node again";
  hss.deliver("mme1", hss.ulr_frame("MME1", imsi));
  hss.settle();
  EXPECT_TRUE(hss.owed().empty()) << "identities are compared without case";
  (void)hss.ulr("mme2", imsi);
  const auto clrs = hss.take_clrs("mme1");
  ASSERT_EQ(clrs.size(), 1U);
  EXPECT_EQ(clrs[0].imsi, imsi);
  EXPECT_EQ(clrs[0].type, 0U);
  EXPECT_EQ(clrs[0].flags, 1U);
  EXPECT_EQ(hss.owed().size(), 1U);
  hss.answer_clr("mme1", clrs[0], success);
  EXPECT_TRUE(hss.owed().empty());
  EXPECT_TRUE(hss.take_clrs("mme2").empty());
}

TEST_F(ClrTest, concurrent_registrations_cancel_every_node_but_the_last) {
  (void)hss.ulr("mme1", imsi);
  hss.deliver("mme2", hss.ulr_frame("mme2", imsi));
  hss.deliver("mme3", hss.ulr_frame("mme3", imsi));
  hss.settle();
  EXPECT_EQ(stored().registration->host, "mme3");
  EXPECT_EQ(hss.take_clrs("mme1").size(), 1U);
  EXPECT_EQ(hss.take_clrs("mme2").size(), 1U);
  EXPECT_TRUE(hss.take_clrs("mme3").empty());
}

TEST_F(ClrTest, a_relay_that_cannot_deliver_is_not_an_answer_and_the_clr_comes_again) {
  (void)hss.ulr("mme1", imsi);
  (void)hss.ulr("mme2", imsi);
  auto clrs = hss.take_clrs("mme1");
  ASSERT_EQ(clrs.size(), 1U);
  hss.answer_clr("mme1", clrs[0], unable_to_deliver);
  EXPECT_EQ(hss.owed().size(), 1U);
  EXPECT_TRUE(hss.take_clrs("mme1").empty()) << "not at once";
  std::int64_t waited = 0;
  while ((clrs = hss.take_clrs("mme1")).empty() && waited < 400'000) {
    hss.clock.advance_ms(1000);
    waited += 1000;
  }
  ASSERT_EQ(clrs.size(), 1U);
  EXPECT_GE(waited, 5'000);
  hss.answer_clr("mme1", clrs[0], unknown_user);
  EXPECT_TRUE(hss.owed().empty()) << "the node itself answered";
}

TEST_F(ClrTest, pauses_between_attempts_grow) {
  (void)hss.ulr("mme1", imsi);
  (void)hss.ulr("mme2", imsi);
  std::vector<std::int64_t> pauses;
  std::int64_t pause = 0;
  ASSERT_EQ(hss.take_clrs("mme1").size(), 1U);
  while (pauses.size() < 6) {
    hss.clock.advance_ms(1000);
    pause += 1000;
    if (hss.take_clrs("mme1").empty()) continue;
    pauses.push_back(pause);
    pause = 0;
  }
  EXPECT_GT(pauses[1], pauses[0]);
  EXPECT_GT(pauses[3], pauses[2]);
  EXPECT_LE(pauses[5], 300'000);
}

TEST_F(ClrTest, it_is_owed_over_a_restart_until_the_node_is_back) {
  (void)hss.ulr("mme1", imsi);
  (void)hss.ulr("mme2", imsi);
  (void)hss.take_clrs("mme1");
  hss.restart();
  hss.settle();
  (void)hss.link("mme2");
  hss.settle();
  EXPECT_EQ(hss.owed().size(), 1U);
  const auto clrs = hss.take_clrs("mme1");
  ASSERT_EQ(clrs.size(), 1U) << "as soon as its connection is there";
  hss.answer_clr("mme1", clrs[0], success);
  EXPECT_TRUE(hss.owed().empty());
}

TEST_F(ClrTest, a_lost_connection_means_again_on_the_next_one) {
  (void)hss.ulr("mme1", imsi);
  (void)hss.ulr("mme2", imsi);
  ASSERT_EQ(hss.take_clrs("mme1").size(), 1U);
  hss.disconnect("mme1");
  hss.settle();
  EXPECT_EQ(hss.take_clrs("mme1").size(), 1U);
}

TEST_F(ClrTest, it_leaves_by_the_connection_that_last_brought_the_hosts_request) {
  const auto via = [&](const char* relay, const Bytes& frame) {
    hss.deliver(relay, frame);
    hss.settle();
  };
  via("relay1", hss.ulr_frame("mme1", imsi));
  via("relay2", hss.air_frame("mme1", imsi));
  via("relay1", hss.ulr_frame("mme2", imsi));
  EXPECT_TRUE(hss.take_clrs("relay1").empty());
  const auto clrs = hss.take_clrs("relay2");
  ASSERT_EQ(clrs.size(), 1U);
  EXPECT_EQ(clrs[0].host, "mme1") << "Destination-Host is the node, not the relay";
  EXPECT_THAT(hss.core().reachable_hosts(), testing::ElementsAre("mme1", "mme2", "relay1", "relay2"));
}

TEST_F(ClrTest, a_node_that_registers_again_is_not_cancelled_for_having_been_left) {
  (void)hss.ulr("mme1", imsi);
  hss.disconnect("mme1");
  hss.clock.advance_ms(1000);
  (void)hss.ulr("mme2", imsi);
  EXPECT_EQ(hss.owed().size(), 1U);
  hss.clock.advance_ms(1000);
  hss.deliver("mme2", hss.ulr_frame("mme1", imsi));
  hss.settle();
  EXPECT_EQ(stored().registration->host, "mme1");
  for (const auto& clr : hss.take_clrs("mme2")) EXPECT_EQ(clr.host, "mme2");
  for (const auto& row : hss.owed()) EXPECT_EQ(row.host, "mme2");
}

TEST_F(ClrTest, a_withdrawal_of_an_administrator_goes_out_at_once) {
  (void)hss.ulr("mme1", imsi);
  const store::OwedClr row{0,
                           imsi_of(imsi),
                           "mme1",
                           "visited.example",
                           diameter::cancellation::subscription_withdrawal,
                           diameter::clr_flag::s6a_indicator,
                           hss.clock.unix_ms()};
  hss.admin({store::OweClr{row}, store::RemoveSubscriber{imsi_of(imsi)}});
  const auto clrs = hss.take_clrs("mme1");
  ASSERT_EQ(clrs.size(), 1U);
  EXPECT_EQ(clrs[0].type, 2U);
  EXPECT_EQ(hss.air("mme1", imsi).code, unknown_user);
}

TEST_F(ClrTest, a_cancel_for_binding_reaches_the_node_that_still_serves) {
  (void)hss.ulr("mme1", imsi);
  const store::OwedClr row{0,
                           imsi_of(imsi),
                           "mme1",
                           "visited.example",
                           diameter::cancellation::mme_update,
                           diameter::clr_flag::s6a_indicator | diameter::clr_flag::reattach_required,
                           hss.clock.unix_ms()};
  hss.admin({store::OweClr{row}});
  EXPECT_EQ(hss.take_clrs("mme1").size(), 1U);
}

TEST_F(ClrTest, many_owed_to_absent_nodes_do_not_hold_up_the_present_ones) {
  (void)hss.ulr("mme1", imsi);
  store::Changes changes;
  for (unsigned i = 0; i < 2000; ++i)
    changes.push_back(store::OweClr{{0, Imsi::from_key(imsi_of(imsi).key() + i), "gone", "x", 2, 1, 0}});
  for (unsigned i = 0; i < 600; ++i)
    changes.push_back(store::OweClr{{0, Imsi::from_key(imsi_of(imsi).key() + i), "mme1", "x", 2, 1, 0}});
  hss.admin(changes);
  std::size_t sent = 0;
  for (int i = 0; i < 40; ++i) {
    hss.core().on_time();
    const auto clrs = hss.take_clrs("mme1");
    sent += clrs.size();
    for (const auto& clr : clrs) hss.answer_clr("mme1", clr, success);
  }
  EXPECT_EQ(sent, 600U);
  EXPECT_EQ((*hss.store().owed_clrs(0, 5000)).size(), 2000U);
}

}  // namespace
}  // namespace simbiont::test

// SGSNs over S6d: a registration beside the MME's, and who is cancelled when (TS 29.272 5.2.1.1.3).
#include "node_fixture.h"

namespace simbiont::test {
namespace {

using SgsnTest = NodeTest;
using diameter::Features;
namespace cancel = diameter::cancellation;

TEST_F(SgsnTest, its_registration_stands_beside_the_mmes) {
  ASSERT_EQ(update("mme1", ulr_flag::s6a).code, success);
  ASSERT_EQ(update("sgsn1", s6d, std::nullopt, "491700000002").code, success);
  EXPECT_EQ(stored().registration->host, "mme1");
  EXPECT_EQ(stored().registration->rat_type, 1004U);
  ASSERT_TRUE(stored().sgsn);
  EXPECT_EQ(stored().sgsn->host, "sgsn1");
  EXPECT_EQ(stored().sgsn->rat_type, 1000U);
  EXPECT_EQ(stored().sgsn->sgsn_number, "491700000002");
  EXPECT_TRUE(hss.owed().empty());
}

TEST_F(SgsnTest, a_new_sgsn_makes_the_old_one_cancel_over_s6d_and_the_mme_stays) {
  (void)update("mme1", ulr_flag::s6a);
  (void)update("sgsn1", s6d);
  (void)update("sgsn1", s6d);
  EXPECT_TRUE(hss.owed().empty()) << "the same one again";
  (void)update("sgsn2", s6d);
  const auto clrs = hss.take_clrs("sgsn1");
  ASSERT_EQ(clrs.size(), 1U);
  EXPECT_EQ(clrs[0].type, cancel::sgsn_update);
  EXPECT_EQ(clrs[0].flags, 0U) << "S6d: the indicator is clear";
  EXPECT_TRUE(hss.take_clrs("mme1").empty());
  EXPECT_EQ(stored().registration->host, "mme1");
}

TEST_F(SgsnTest, single_registration_of_an_mme_ends_the_sgsns) {
  (void)update("sgsn1", s6d);
  (void)update("mme1", ulr_flag::s6a);
  EXPECT_TRUE(stored().sgsn) << "without the indication both stay";
  (void)update("mme1", ulr_flag::s6a | ulr_flag::single_registration);
  EXPECT_FALSE(stored().sgsn);
  const auto clrs = hss.take_clrs("sgsn1");
  ASSERT_EQ(clrs.size(), 1U);
  EXPECT_EQ(clrs[0].type, cancel::sgsn_update);
  EXPECT_EQ(clrs[0].flags, 0U);
  (void)update("mme1", ulr_flag::s6a | ulr_flag::single_registration);
  EXPECT_EQ(hss.owed().size(), 1U) << "nothing is owed twice";
}

TEST_F(SgsnTest, single_registration_of_an_sgsn_ends_the_mmes) {
  (void)update("mme1", ulr_flag::s6a);
  (void)update("sgsn1", s6d | ulr_flag::single_registration);
  EXPECT_FALSE(stored().registration);
  const auto clrs = hss.take_clrs("mme1");
  ASSERT_EQ(clrs.size(), 1U);
  EXPECT_EQ(clrs[0].type, cancel::mme_update);
  EXPECT_EQ(clrs[0].flags, diameter::clr_flag::s6a_indicator);
}

TEST_F(SgsnTest, initial_attach_ends_the_registration_of_the_other_kind_either_way) {
  (void)update("sgsn1", s6d);
  (void)update("mme1", ulr_flag::s6a | ulr_flag::initial_attach);
  EXPECT_FALSE(stored().sgsn);
  auto clrs = hss.take_clrs("sgsn1");
  ASSERT_EQ(clrs.size(), 1U);
  EXPECT_EQ(clrs[0].type, cancel::initial_attach);
  EXPECT_EQ(clrs[0].flags, 0U);
  hss.clock.advance_ms(1000);
  (void)update("sgsn2", s6d | ulr_flag::initial_attach);
  EXPECT_FALSE(stored().registration);
  clrs = hss.take_clrs("mme1");
  ASSERT_EQ(clrs.size(), 1U);
  EXPECT_EQ(clrs[0].type, cancel::initial_attach);
  EXPECT_EQ(clrs[0].flags, diameter::clr_flag::s6a_indicator);
}

TEST_F(SgsnTest, a_combined_node_is_told_which_part_is_meant) {
  (void)update("both", ulr_flag::s6a | ulr_flag::node_type);
  (void)update("both", s6d | ulr_flag::node_type);
  (void)update("mme2", ulr_flag::s6a);
  const auto clrs = hss.take_clrs("both");
  ASSERT_EQ(clrs.size(), 1U);
  EXPECT_EQ(clrs[0].flags, diameter::clr_flag::s6a_indicator);
  EXPECT_EQ(stored().sgsn->host, "both");
}

TEST_F(SgsnTest, an_sgsn_that_comes_back_is_not_cancelled_for_having_been_left) {
  (void)update("sgsn1", s6d);
  hss.disconnect("sgsn1");
  hss.clock.advance_ms(1000);
  (void)update("sgsn2", s6d);
  EXPECT_EQ(hss.owed().size(), 1U);
  hss.clock.advance_ms(1000);
  hss.deliver("sgsn2", ulr_of("sgsn1", s6d));
  hss.settle();
  for (const auto& row : hss.owed()) EXPECT_EQ(row.host, "sgsn2");
}

TEST_F(SgsnTest, gprs_subscription_data_only_for_who_asks) {
  EXPECT_TRUE(update("sgsn1", s6d).data->pdp_contexts.empty());
  const auto asked = update("sgsn1", s6d | ulr_flag::gprs_subscription_data);
  ASSERT_EQ(asked.data->pdp_contexts.size(), 2U);
  EXPECT_EQ(asked.data->pdp_contexts[1].name, "ims");
  EXPECT_EQ(asked.data->pdp_contexts[1].context_identifier, 2U);
  EXPECT_EQ(asked.data->apns.size(), 2U) << "EPS data, too";
  EXPECT_TRUE(stored().sgsn->gprs_data);
  EXPECT_TRUE(update("mme1", ulr_flag::s6a | ulr_flag::gprs_subscription_data).data->pdp_contexts.empty())
      << "a pure MME has no use for it";
  EXPECT_EQ(update("mme1", ulr_flag::s6a | ulr_flag::gprs_subscription_data | ulr_flag::node_type)
                .data->pdp_contexts.size(),
            2U);
  EXPECT_FALSE(update("sgsn1", s6d | ulr_flag::skip_subscriber_data).data);
}

TEST_F(SgsnTest, features_are_what_both_can_do) {
  EXPECT_FALSE(update("mme1", ulr_flag::s6a).features) << "who names none gets none";
  const auto ula = update("mme1", ulr_flag::s6a, Features{0xffffffff, 0xffffffff});
  ASSERT_TRUE(ula.features);
  EXPECT_EQ(*ula.features, diameter::our_features);
  EXPECT_EQ(stored().registration->features_1, diameter::feature::partial_purge);
  EXPECT_EQ(stored().registration->features_2, diameter::feature::removal_of_msisdn);
  (void)update("mme1", ulr_flag::s6a, Features{1, 1});
  EXPECT_EQ(stored().registration->features_1, 0U);
  (void)update("mme1", ulr_flag::s6a);
  hss.restart();
  (void)update("mme1", ulr_flag::s6a, Features{0, 0xffffffff});
  EXPECT_EQ(stored().registration->features_2, diameter::feature::removal_of_msisdn);
}

TEST_F(SgsnTest, a_purge_is_of_the_registration_that_its_node_holds) {
  const auto pur = [&](const std::string& host, std::optional<std::uint32_t> flags) {
    diameter::Pur message;
    message.routing = {"s", host, "visited.example", {}, "example"};
    message.user_name = imsi;
    message.flags = flags;
    Bytes frame;
    diameter::encode_pur(message, hss.next_ids(0), frame);
    return diameter::decode_pua(hss.ask(host, frame)).message->flags;
  };
  using namespace diameter::pua_flag;
  (void)update("mme1", ulr_flag::s6a);
  (void)update("sgsn1", s6d);
  EXPECT_EQ(pur("sgsn1", std::nullopt), freeze_p_tmsi);
  EXPECT_NE(stored().sgsn->purged_at, 0);
  EXPECT_EQ(stored().registration->purged_at, 0);
  (void)update("both", ulr_flag::s6a);
  (void)update("both", s6d);
  EXPECT_EQ(pur("both", diameter::pur_flag::purged_in_sgsn), freeze_p_tmsi);
  EXPECT_EQ(stored().registration->purged_at, 0);
  EXPECT_EQ(pur("both", std::nullopt), freeze_m_tmsi | freeze_p_tmsi);
  EXPECT_NE(stored().registration->purged_at, 0);
}

TEST_F(SgsnTest, a_notification_counts_from_the_sgsn_and_may_end_its_registration_from_the_mme) {
  const auto nor = [&](const std::string& host, std::string_view imei, std::uint32_t flags) {
    diameter::Nor message;
    message.routing = {"s", host, "visited.example", {}, "example"};
    message.user_name = imsi;
    if (!imei.empty()) message.terminal = diameter::TerminalInformation{imei, {}};
    message.flags = flags;
    Bytes frame;
    diameter::encode_nor(message, hss.next_ids(0), frame);
    return diameter::decode_noa(hss.ask(host, frame)).message->code;
  };
  bind_to_a_and_b();
  EXPECT_EQ(nor("sgsn1", imei_b, 0), diameter::result::unknown_serving_node);
  (void)update("sgsn1", s6d);
  EXPECT_EQ(nor("sgsn1", imei_b, 0), success);
  EXPECT_EQ(stored().binding.reported->imei, imei_of(imei_b));
  (void)update("mme1", ulr_flag::s6a);
  EXPECT_EQ(nor("sgsn1", {}, diameter::nor_flag::single_registration), success);
  EXPECT_TRUE(stored().registration) << "an SGSN shall not set it";
  EXPECT_EQ(nor("mme1", {}, diameter::nor_flag::s6a | diameter::nor_flag::single_registration), success);
  EXPECT_FALSE(stored().sgsn);
  const auto clrs = hss.take_clrs("sgsn1");
  ASSERT_EQ(clrs.size(), 1U);
  EXPECT_EQ(clrs[0].type, cancel::sgsn_update);
}

TEST_F(SgsnTest, vectors_are_noted_by_the_interface_that_they_are_for) {
  const auto kinds = [&] { return hss.store().vector_nodes(imsi_of(imsi))->at(0).kinds; };
  diameter::Air air;
  air.routing = {"s", "node", "visited.example", {}, "example"};
  air.user_name = imsi;
  air.visited_plmn = {0x00, 0xf1, 0x10};
  air.utran_geran = diameter::Air::Requested{};
  const auto ask = [&] {
    Bytes frame;
    diameter::encode_air(air, hss.next_ids(0), frame);
    return hss.read_air_answer(hss.ask("node", frame));
  };
  hss.restart();
  EXPECT_EQ(ask().code, success);
  EXPECT_EQ(hss.store().vector_nodes(imsi_of(imsi))->at(0).kinds & store::vectors_for::utran_geran,
            store::vectors_for::utran_geran);
  const std::size_t before = hss.committer.batches;
  EXPECT_EQ(ask().code, success);
  EXPECT_EQ(hss.committer.batches, before) << "it is noted";
  EXPECT_EQ(hss.air("node", imsi).code, success);
  EXPECT_EQ(kinds(), store::vectors_for::eutran | store::vectors_for::utran_geran);
}

}  // namespace
}  // namespace simbiont::test

// IDR, DSR and RSR: owed to the nodes that serve, made of what is stored when they leave, kept until
// answered.
#include "node_fixture.h"

namespace simbiont::test {
namespace {

using testing::ElementsAre;
namespace part = store::update_part;

class UpdatesTest : public NodeTest {
 protected:
  void change(std::string msisdn, std::vector<std::string> apns) {
    store::Subscriber subscriber = stored().subscriber;
    subscriber.msisdn = std::move(msisdn);
    subscriber.apns = std::move(apns);
    hss.admin({store::PutSubscriber{subscriber, true}});
  }
  void owe(store::UpdateKind kind, const char* host, std::uint32_t parts,
           std::vector<std::uint32_t> contexts = {}, store::ServingNode node = store::ServingNode::mme) {
    hss.admin({store::OweUpdate{{0, kind, imsi_of(imsi), host, "visited.example", node, parts,
                                 std::move(contexts), hss.clock.unix_ms()}}});
  }
  static diameter::Idr idr(const Bytes& frame) {
    auto decoded = diameter::decode_idr(frame);
    EXPECT_TRUE(decoded.message);
    return decoded.message ? *std::move(decoded.message) : diameter::Idr{};
  }
  static diameter::Dsr dsr(const Bytes& frame) {
    auto decoded = diameter::decode_dsr(frame);
    EXPECT_TRUE(decoded.message);
    return decoded.message ? *std::move(decoded.message) : diameter::Dsr{};
  }
};

TEST_F(UpdatesTest, an_idr_says_what_changed_and_only_that) {
  (void)update("mme1", ulr_flag::s6a);
  change("491700000009", {"internet", "ims", "meters"});
  owe(store::UpdateKind::insert, "mme1", part::msisdn);
  auto frames = take("mme1");
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(idr(frames[0]).user_name, imsi);
  EXPECT_EQ(idr(frames[0]).routing.destination_host, "mme1");
  EXPECT_EQ(idr(frames[0]).data.msisdn, "491700000009");
  EXPECT_TRUE(idr(frames[0]).data.apns.empty());
  EXPECT_FALSE(idr(frames[0]).data.whole);
  EXPECT_EQ(idr(frames[0]).features, diameter::our_features);
  answer("mme1", frames[0]);
  EXPECT_TRUE(updates().empty());

  owe(store::UpdateKind::insert, "mme1", part::apns, {3});
  frames = take("mme1");
  ASSERT_EQ(frames.size(), 1U);
  const auto data = idr(frames[0]).data;
  EXPECT_TRUE(data.msisdn.empty());
  EXPECT_FALSE(data.all_apns) << "new and changed ones: the node keeps the others";
  EXPECT_EQ(data.default_context, 1U);
  ASSERT_EQ(data.apns.size(), 2U) << "the default one, and the new one";
  EXPECT_EQ(data.apns[1].context_identifier, 3U);
  EXPECT_EQ(data.apns[1].name, "meters");
}

TEST_F(UpdatesTest, a_dsr_waits_until_the_idr_before_it_is_answered) {
  (void)update("mme1", ulr_flag::s6a);
  change("491700000001", {"ims"});
  owe(store::UpdateKind::insert, "mme1", part::apns);
  owe(store::UpdateKind::remove, "mme1", part::apns, {1});
  auto frames = take("mme1");
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(idr(frames[0]).data.default_context, 2U);
  answer("mme1", frames[0]);
  frames = take("mme1");
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(dsr(frames[0]).flags, diameter::dsr_flag::pdn_contexts);
  EXPECT_THAT(dsr(frames[0]).contexts, ElementsAre(1U));
  answer("mme1", frames[0]);
  EXPECT_TRUE(updates().empty());
}

TEST_F(UpdatesTest, what_was_put_back_meanwhile_is_not_deleted) {
  (void)update("mme1", ulr_flag::s6a);
  change("491700000001", {"internet"});
  owe(store::UpdateKind::remove, "gone", part::apns, {2});
  owe(store::UpdateKind::remove, "mme1", part::apns, {1, 2});
  const auto frames = take("mme1");
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_THAT(dsr(frames[0]).contexts, ElementsAre(2U)) << "1 is there";
}

TEST_F(UpdatesTest, without_apns_the_whole_profile_goes) {
  (void)update("mme1", ulr_flag::s6a);
  (void)update("sgsn1", s6d | ulr_flag::gprs_subscription_data);
  change("491700000001", {});
  owe(store::UpdateKind::remove, "mme1", part::apns, {1, 2});
  owe(store::UpdateKind::remove, "sgsn1", part::apns, {1, 2}, store::ServingNode::sgsn);
  EXPECT_EQ(dsr(take("mme1").at(0)).flags, diameter::dsr_flag::complete_apn_profile);
  const auto at_sgsn = dsr(take("sgsn1").at(0));
  EXPECT_EQ(at_sgsn.flags, diameter::dsr_flag::complete_apn_profile | diameter::dsr_flag::complete_pdp_list);
  EXPECT_TRUE(at_sgsn.contexts.empty());
}

TEST_F(UpdatesTest, a_withdrawn_msisdn_is_said_only_to_who_can_take_it) {
  (void)update("mme1", ulr_flag::s6a);
  change("", {"internet", "ims"});
  owe(store::UpdateKind::remove, "mme1", part::msisdn);
  EXPECT_TRUE(take("mme1").empty());
  EXPECT_TRUE(updates().empty()) << "there is nothing to say to it";
  (void)update("mme1", ulr_flag::s6a, diameter::Features{0, diameter::feature::removal_of_msisdn});
  owe(store::UpdateKind::remove, "mme1", part::msisdn);
  EXPECT_EQ(dsr(take("mme1").at(0)).flags, diameter::dsr_flag::msisdn);
}

TEST_F(UpdatesTest, pdp_contexts_are_all_said_to_an_sgsn_that_asked_for_them) {
  (void)update("sgsn1", s6d | ulr_flag::gprs_subscription_data);
  owe(store::UpdateKind::insert, "sgsn1", part::pdp_contexts, {}, store::ServingNode::sgsn);
  const auto data = idr(take("sgsn1").at(0)).data;
  EXPECT_EQ(data.pdp_contexts.size(), 2U);
  EXPECT_TRUE(data.apns.empty());
}

TEST_F(UpdatesTest, a_node_that_does_not_serve_any_more_is_told_nothing) {
  (void)update("mme1", ulr_flag::s6a);
  (void)update("mme2", ulr_flag::s6a);
  (void)take("mme1");
  owe(store::UpdateKind::insert, "mme1", part::msisdn);
  EXPECT_TRUE(take("mme1").empty());
  EXPECT_TRUE(updates().empty());
}

TEST_F(UpdatesTest, it_is_owed_over_a_restart_and_a_relays_word_is_no_answer) {
  (void)update("mme1", ulr_flag::s6a);
  hss.disconnect("mme1");
  owe(store::UpdateKind::insert, "mme1", part::msisdn);
  hss.settle();
  hss.restart();
  hss.settle();
  EXPECT_EQ(updates().size(), 1U);
  auto frames = take("mme1");
  ASSERT_EQ(frames.size(), 1U) << "as soon as its connection is there";
  answer("mme1", frames[0], diameter::result::unable_to_deliver);
  EXPECT_EQ(updates().size(), 1U);
  EXPECT_TRUE(take("mme1").empty()) << "not at once";
  hss.clock.advance_ms(20'000);
  frames = take("mme1");
  ASSERT_EQ(frames.size(), 1U);
  answer("mme1", frames[0], unknown_user);
  EXPECT_TRUE(updates().empty()) << "the node itself answered";
}

TEST_F(UpdatesTest, an_rsr_goes_to_a_host_and_names_no_subscriber) {
  (void)hss.link("mme1");
  store::OwedUpdate rsr;
  rsr.kind = store::UpdateKind::reset;
  rsr.host = "mme1";
  rsr.realm = "visited.example";
  hss.admin({store::OweUpdate{rsr}});
  const auto frames = take("mme1");
  ASSERT_EQ(frames.size(), 1U);
  const auto decoded = diameter::decode_rsr(frames[0]);
  ASSERT_TRUE(decoded.message);
  EXPECT_EQ(decoded.message->routing.destination_host, "mme1");
  EXPECT_EQ(decoded.message->routing.destination_realm, "visited.example");
  answer("mme1", frames[0]);
  EXPECT_TRUE(updates().empty());
}

TEST_F(UpdatesTest, an_apn_keeps_its_context_identifier_in_the_ula) {
  change("491700000001", {"ims", "meters"});
  auto data = *update("mme1", ulr_flag::s6a).data;
  ASSERT_EQ(data.apns.size(), 2U);
  EXPECT_EQ(data.apns[0].context_identifier, 2U);
  EXPECT_EQ(data.apns[1].context_identifier, 3U);
  data = *hss.ulr("mme1", imsi).data;
  EXPECT_EQ(data.apns[0].context_identifier, 2U);
  for (unsigned i = 2; i < 5; ++i) {  // by the fast path, too: once there is no entry any more
    hss.restart();
    (void)hss.air("mme1", imsi);
    EXPECT_EQ(hss.ulr("mme1", imsi).data->apns.at(1).context_identifier, 3U);
  }
}

}  // namespace
}  // namespace simbiont::test

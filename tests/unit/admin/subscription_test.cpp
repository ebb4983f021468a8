// What a change of a subscription owes to the nodes that serve, and a reset to all of them.
#include "diameter/subscription.h"

#include "fixture.h"

namespace simbiont::admin::test {
namespace {

using store::ServingNode, store::UpdateKind;
namespace part = store::update_part;

class SubscriptionTest : public AdminTest {
 protected:
  void SetUp() override { provision(); }
  void registered(const char* host, ServingNode node, std::uint32_t features_2 = 0, bool gprs = false) {
    store::Registration at{*Imsi::parse(imsi_1), host, "r", {}, 1004, 1};
    at.features_2 = features_2;
    at.gprs_data = gprs;
    EXPECT_TRUE(live.store().commit(store::Changes{store::PutRegistration{at, node}}).ok());
  }
  Json set(const Json& body) { return ok("PATCH", "/v1/subscribers/001010000000001", body.dump()); }
  // "IDR mme1 1 3": kind, host, parts, Context-Identifiers; and then nothing is owed any more.
  std::vector<std::string> take() {
    std::vector<std::string> out;
    const auto rows = *live.store().owed_updates(0, 99);
    for (const auto& row : rows) {
      static constexpr const char* kinds[] = {"IDR", "DSR", "RSR"};
      std::string text = std::string(kinds[static_cast<int>(row.kind)]) + " " + row.host + " " +
                         (row.node == ServingNode::mme ? "mme " : "sgsn ") + std::to_string(row.parts);
      for (const auto number : row.contexts) text += " " + std::to_string(number);
      out.push_back(text);
      EXPECT_TRUE(live.store().commit(store::Changes{store::SettleUpdate{row.id}}).ok());
    }
    return out;
  }
  using Lines = std::vector<std::string>;
};

TEST_F(SubscriptionTest, without_a_registration_nothing_is_owed) {
  EXPECT_EQ(set({{"msisdn", "4917"}, {"apn", {"a", "b"}}})["idr_to"], Json::array());
  EXPECT_TRUE(take().empty());
}

TEST_F(SubscriptionTest, mme_and_sgsn_are_each_owed_what_changed) {
  registered("mme1", ServingNode::mme);
  registered("sgsn1", ServingNode::sgsn, 0, true);
  const Json answer = set({{"msisdn", "4917"}});
  EXPECT_EQ(answer["idr_to"], Json::array({"mme1", "sgsn1"}));
  EXPECT_EQ(answer["dsr_to"], Json::array());
  EXPECT_EQ(take(), (Lines{"IDR mme1 mme 1", "IDR sgsn1 sgsn 1"}));
  set({{"msisdn", "4917"}});
  EXPECT_TRUE(take().empty()) << "the same again is no change";
  set({{"amf", "9000"}});
  EXPECT_TRUE(take().empty()) << "no concern of theirs";
  EXPECT_EQ(set({{"apn", {"internet", "meter"}}})["sgsn"], "sgsn1");
  EXPECT_EQ(take(), (Lines{"IDR mme1 mme 2 2", "IDR sgsn1 sgsn 6 2"}));
  EXPECT_EQ(set({{"apn", {"meter"}}})["dsr_to"], Json::array({"mme1", "sgsn1"}));
  EXPECT_EQ(take(), (Lines{"IDR mme1 mme 2", "DSR mme1 mme 2 1", "IDR sgsn1 sgsn 6", "DSR sgsn1 sgsn 2 1"}))
      << "the default APN changed: the IDR goes first";
  set({{"apn", {"meter", "alarm"}}});
  (void)take();
  set({{"apn", {"meter"}}});
  EXPECT_EQ(take(), (Lines{"DSR mme1 mme 2 1", "IDR sgsn1 sgsn 4", "DSR sgsn1 sgsn 2 1"}));
}

TEST_F(SubscriptionTest, a_withdrawn_msisdn_is_owed_only_to_who_can_take_it) {
  set({{"msisdn", "4917"}});
  registered("mme1", ServingNode::mme, diameter::feature::removal_of_msisdn);
  registered("sgsn1", ServingNode::sgsn);
  const Json answer = set({{"msisdn", ""}});
  EXPECT_EQ(answer["dsr_to"], Json::array({"mme1"}));
  EXPECT_EQ(answer["later"], Json::array({"sgsn1"}));
  EXPECT_EQ(take(), Lines{"DSR mme1 mme 1"});
}

TEST_F(SubscriptionTest, a_change_that_fails_owes_nothing) {
  registered("mme1", ServingNode::mme);
  refused(400, "PATCH", "/v1/subscribers/001010000000001", R"({"msisdn":"4917","apn":"a b"})");
  EXPECT_TRUE(take().empty());
}

TEST_F(SubscriptionTest, reset_owes_an_rsr_to_each_host_once) {
  refused(409, "POST", "/v1/reset", "{}");
  registered("both", ServingNode::mme);
  registered("both", ServingNode::sgsn);
  refused(400, "POST", "/v1/reset", R"({"x":1})");
  EXPECT_EQ(ok("POST", "/v1/reset", "{}")["rsr_to"], Json::array({"both"}));
  EXPECT_EQ(last_event(), "reset");
  EXPECT_EQ(take(), Lines{"RSR both mme 0"});
}

TEST_F(SubscriptionTest, cancel_and_remove_end_both_registrations) {
  registered("both", ServingNode::mme);
  registered("both", ServingNode::sgsn);
  EXPECT_EQ(ok("POST", "/v1/subscribers/001010000000001/cancel", "{}")["clr_to"], Json::array({"both"}));
  ASSERT_EQ(owed().size(), 2U);
  EXPECT_EQ(owed()[0].clr_flags, 1U);
  EXPECT_EQ(owed()[1].clr_flags, 0U);
  EXPECT_FALSE(state(imsi_1).registration);
  EXPECT_FALSE(state(imsi_1).sgsn);
}

}  // namespace
}  // namespace simbiont::admin::test

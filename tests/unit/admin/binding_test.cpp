#include "diameter/s6a.h"
#include "fixture.h"

namespace simbiont::admin::test {
namespace {

const Imsi one = *Imsi::parse(imsi_1);

class BindingTest : public AdminTest {
 protected:
  void SetUp() override { provision(); }
  Json bind(Json imeis, const char* mode = "enforce") {
    return ok("POST", "/v1/bindings/001010000000001/bind",
              Json{{"imei", std::move(imeis)}, {"mode", mode}}.dump());
  }
  void given_plain(const char* host, std::int64_t ago_ms) {
    ASSERT_TRUE(live.put({store::PutVectorNode{{one, host, "visited", live.now_ms - ago_ms, 0}}}).ok());
  }
  void registered_at(const char* host) {
    ASSERT_TRUE(
        live.put({store::PutRegistration{{one, host, "visited", *Plmn::parse("26201"), 1004, 5}}}).ok());
  }
};

TEST_F(BindingTest, bind_makes_associations_in_order_and_enforces) {
  bind({imei_b, imei_a});
  const auto binding = state(imsi_1).binding;
  ASSERT_EQ(binding.associations.size(), 2U);
  EXPECT_EQ(binding.associations[0].imei.str(), imei_b);
  EXPECT_EQ(binding.associations[1].imei.str(), imei_a);
  EXPECT_EQ(binding.mode, binding::Mode::enforce);
  EXPECT_EQ(binding.left_plain_at, live.now_ms);
  EXPECT_EQ(last_event(), "bound");
}

TEST_F(BindingTest, bind_again_adds_and_repeats_nothing) {
  bind({imei_a});
  bind({imei_a, imei_c});
  EXPECT_EQ(state(imsi_1).binding.associations.size(), 2U);
}

TEST_F(BindingTest, a_bind_that_names_one_missing_device_changes_nothing) {
  refused(404, "POST", "/v1/bindings/001010000000001/bind",
          Json{{"imei", {imei_a, "00000000000000"}}}.dump());
  EXPECT_TRUE(state(imsi_1).binding.associations.empty());
  EXPECT_EQ(state(imsi_1).binding.mode, binding::Mode::off);
}

TEST_F(BindingTest, leaving_plain_owes_a_clr_to_every_node_that_may_hold_plain_vectors) {
  registered_at("mme1");
  given_plain("mme1", 1000);
  given_plain("mme2", 1000);
  given_plain("mme3", Options{}.vector_life_ms + store::node_note_life_ms + 1);
  const Json answer = bind({imei_a});
  EXPECT_EQ(answer["clr_to"], Json::array({"mme1", "mme2"}));
  const auto clrs = owed();
  ASSERT_EQ(clrs.size(), 2U);
  for (const auto& clr : clrs) {
    EXPECT_EQ(clr.cancellation_type, diameter::cancellation::subscription_withdrawal);
    EXPECT_EQ(clr.clr_flags, diameter::clr_flag::s6a_indicator | diameter::clr_flag::reattach_required);
    EXPECT_EQ(clr.realm, "visited");
  }
  EXPECT_FALSE(state(imsi_1).registration) << "it must attach again";
}

TEST_F(BindingTest, a_node_is_told_as_long_as_its_note_may_be_older_than_its_last_vector) {
  given_plain("mme1", Options{}.vector_life_ms + store::node_note_life_ms);
  EXPECT_EQ(bind({imei_a})["clr_to"], Json::array({"mme1"}));
}

TEST_F(BindingTest, only_the_step_out_of_plain_owes_clrs) {
  registered_at("mme1");
  EXPECT_EQ(bind({imei_a}, "observe")["clr_to"], Json::array());
  EXPECT_TRUE(state(imsi_1).registration);
  EXPECT_EQ(ok("PUT", "/v1/bindings/001010000000001/mode", R"({"mode":"enforce"})")["clr_to"],
            Json::array({"mme1"}));
  registered_at("mme1");
  EXPECT_EQ(bind({imei_c})["clr_to"], Json::array()) << "it was enforced before";
  EXPECT_EQ(ok("PUT", "/v1/bindings/001010000000001/mode", R"({"mode":"off"})")["clr_to"], Json::array());
  EXPECT_EQ(owed().size(), 1U);
}

TEST_F(BindingTest, triplets_die_by_clr_whenever_the_key_of_a_sim_changes) {
  store::Subscriber sim = state(imsi_1).subscriber;
  sim.algorithm = aka::Algorithm::gsm_milenage;
  ASSERT_TRUE(live.put({store::PutSubscriber{sim, true}}).ok());
  bind({imei_a});
  ASSERT_TRUE(live.put({store::PutVectorNode{{one, "sgsn1", "visited", 0, live.now_ms}}}).ok());
  EXPECT_EQ(bind({imei_c})["clr_to"], Json::array()) << "the same key";
  ok("POST", "/v1/bindings/001010000000001/unbind");
  const auto after_unbind = owed().size();
  EXPECT_EQ(after_unbind, 1U);
  EXPECT_EQ(bind({imei_b})["clr_to"], Json::array({"sgsn1"})) << "another key";
  bind({imei_a});
  EXPECT_EQ(ok("PUT", "/v1/bindings/001010000000001/use", Json{{"imei", imei_a}}.dump())["clr_to"],
            Json::array({"sgsn1"}));
}

TEST_F(BindingTest, the_pairs_of_ended_associations_become_former_newest_first) {
  bind({imei_a, imei_c});
  ok("POST", "/v1/bindings/001010000000001/unbind", Json{{"imei", {imei_a}}}.dump());
  EXPECT_TRUE(state(imsi_1).binding.former.empty()) << "m1 is still in use by the other device";
  ok("POST", "/v1/bindings/001010000000001/unbind");
  bind({imei_b});
  ok("POST", "/v1/bindings/001010000000001/unbind");
  const std::vector<binding::KeyPair> expected{{"m2", 1}, {"m1", 1}};
  EXPECT_EQ(state(imsi_1).binding.former, expected);
  bind({imei_a});
  const std::vector<binding::KeyPair> left{{"m2", 1}};
  EXPECT_EQ(state(imsi_1).binding.former, left);
}

TEST_F(BindingTest, former_pairs_have_a_limit) {
  for (int i = 0; i < 12; ++i) {
    const std::string id = "k" + std::to_string(i);
    const std::string imei = std::to_string(10'000'000'000'000 + i);
    ok("POST", "/v1/kmes", Json{{"id", id}, {"generate", true}}.dump());
    ok("POST", "/v1/devices", Json{{"imei", imei}, {"kme", id}}.dump());
    bind({imei});
    ok("POST", "/v1/bindings/001010000000001/unbind");
  }
  const auto former = state(imsi_1).binding.former;
  ASSERT_EQ(former.size(), store::former_limit);
  EXPECT_EQ(former.front().kme, "k11");
}

TEST_F(BindingTest, an_enforced_imsi_without_a_device_is_reported_as_such) {
  bind({imei_a});
  const Json answer = ok("POST", "/v1/bindings/001010000000001/unbind");
  EXPECT_EQ(answer["no_vectors"], true);
  EXPECT_EQ(state(imsi_1).binding.mode, binding::Mode::enforce) << "unbind never opens an IMSI";
  EXPECT_EQ(ok("PUT", "/v1/bindings/001010000000001/mode", R"({"mode":"off"})")["no_vectors"], false);
}

TEST_F(BindingTest, use_selects_within_the_associations_only) {
  bind({imei_a, imei_b});
  ok("PUT", "/v1/bindings/001010000000001/use", Json{{"imei", imei_b}}.dump());
  EXPECT_EQ(binding::select_association(state(imsi_1).binding)->kme, "m2");
  refused(409, "PUT", "/v1/bindings/001010000000001/use", Json{{"imei", imei_c}}.dump());
  EXPECT_EQ(binding::select_association(state(imsi_1).binding)->kme, "m2");
}

TEST_F(BindingTest, a_removed_subscriber_is_withdrawn_from_its_mme_in_the_same_group) {
  registered_at("mme7");
  const int before = live.transactions;
  EXPECT_EQ(ok("DELETE", "/v1/subscribers/001010000000001")["clr_to"], Json::array({"mme7"}));
  EXPECT_EQ(live.transactions, before + 1);
  ASSERT_EQ(owed().size(), 1U);
  EXPECT_EQ(owed().front().cancellation_type, 2U);
  EXPECT_EQ(call("GET", "/v1/subscribers/001010000000001").status, 404);
}

TEST_F(BindingTest, a_removed_subscriber_is_withdrawn_from_every_node_that_may_hold_vectors_of_it) {
  registered_at("mme1");
  given_plain("mme1", 1000);
  given_plain("mme2", 1000);
  ASSERT_TRUE(live.put({store::PutVectorNode{{one, "mme3", "visited", 1, live.now_ms - 5}},
                        store::PutVectorNode{{one, "mme4", "visited", 1, 1}}})
                  .ok());
  EXPECT_EQ(ok("DELETE", "/v1/subscribers/001010000000001")["clr_to"], Json::array({"mme1", "mme2", "mme3"}));
  ASSERT_EQ(owed().size(), 3U);
  for (const auto& clr : owed()) {
    EXPECT_EQ(clr.cancellation_type, 2U);
    EXPECT_EQ(clr.clr_flags, diameter::clr_flag::s6a_indicator) << "no re-attach: it is gone";
  }
}

TEST_F(BindingTest, cancel_tells_every_node_and_ends_the_registration) {
  refused(409, "POST", "/v1/subscribers/001010000000001/cancel", "{}");
  registered_at("mme1");
  given_plain("mme2", 1000);
  const Json answer = ok("POST", "/v1/subscribers/001010000000001/cancel", R"({"reattach":true})");
  EXPECT_EQ(answer["clr_to"], Json::array({"mme1", "mme2"}));
  EXPECT_FALSE(state(imsi_1).registration);
  ASSERT_EQ(owed().size(), 2U);
  for (const auto& clr : owed()) {
    EXPECT_EQ(clr.cancellation_type, 2U);
    EXPECT_EQ(clr.clr_flags, diameter::clr_flag::s6a_indicator | diameter::clr_flag::reattach_required);
  }
  EXPECT_EQ(last_event(), "subscriber-cancelled");
  ok("POST", "/v1/subscribers/001010000000001/cancel", "{}");
  EXPECT_EQ(owed().back().clr_flags, diameter::clr_flag::s6a_indicator);
}

TEST_F(BindingTest, a_subscriber_added_again_goes_on_above_the_old_ones_sqn) {
  ok("PUT", "/v1/subscribers/001010000000001/sqn", R"({"sqn":"64000"})");
  ok("DELETE", "/v1/subscribers/001010000000001");
  const auto add = [&](const char* sqn) {
    return ok("POST", "/v1/subscribers",
              Json{{"imsi", imsi_1}, {"k", k_hex}, {"op", op_hex}, {"sqn", sqn}}.dump())["sqn"];
  };
  EXPECT_EQ(add("32"), 64000);
  ok("DELETE", "/v1/subscribers/001010000000001");
  EXPECT_EQ(add("96000"), 96000);
}

TEST_F(BindingTest, a_store_that_fails_changes_nothing_and_says_so) {
  live.fail_after = live.transactions;
  EXPECT_EQ(refused(500, "POST", "/v1/bindings/001010000000001/bind", Json{{"imei", {imei_a}}}.dump()),
            "the disk is full");
  EXPECT_TRUE(state(imsi_1).binding.associations.empty());
}

}  // namespace
}  // namespace simbiont::admin::test

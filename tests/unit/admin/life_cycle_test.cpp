// The life of a binding as its operator commands it: learn, pools, swaps, ends, suspension, acknowledgement.
#include "diameter/s6a.h"
#include "fixture.h"

namespace simbiont::admin::test {
namespace {

using binding::Mode;
using binding::State;

const Imsi one = *Imsi::parse(imsi_1);
const std::string at = "/v1/bindings/001010000000001/";

class LifeCycleTest : public AdminTest {
 protected:
  void SetUp() override { provision(); }
  binding::Binding binding(const char* imsi = imsi_1) { return state(imsi).binding; }
  State state_now() { return binding::state_of(binding()); }
  Json bind(Json body) { return ok("POST", at + "bind", body.dump()); }
  void put(const binding::Binding& changed) { ASSERT_TRUE(live.put({store::PutBinding{one, changed}}).ok()); }
  void violate() {
    binding::Binding changed = binding();
    changed.violated_at = 5;
    put(changed);
  }
  void held_by(const char* host) {
    ASSERT_TRUE(live.put({store::PutVectorNode{{one, host, "visited", 0, live.now_ms}}}).ok());
  }
};

TEST_F(LifeCycleTest, policy_is_set_and_shown) {
  ok("PUT", at + "policy", R"({"policy":"rotate"})");
  EXPECT_EQ(binding().policy, binding::Policy::rotate);
  EXPECT_EQ(ok("GET", "/v1/subscribers/001010000000001")["policy"], "rotate");
  refused(400, "PUT", at + "policy", R"({"policy":"turn"})");
  EXPECT_EQ(last_event(), "policy-changed");
}

TEST_F(LifeCycleTest, learn_begins_without_devices_within_its_limits) {
  bind({{"imei", {imei_a}}});
  held_by("mme1");
  const Json answer = ok("POST", at + "learn", R"({"tac":["35200000-35299999","49015420"]})");
  EXPECT_EQ(answer["held_by"], Json::array({"mme1"})) << "which nodes may hold vectors made before";
  EXPECT_EQ(answer["items"][0]["state"], "ARMED");
  EXPECT_EQ(binding().mode, Mode::learn);
  EXPECT_TRUE(binding().associations.empty());
  EXPECT_EQ(binding().former.size(), 1U);
  EXPECT_EQ(binding().learning.tacs.size(), 2U);
  refused(400, "POST", at + "learn", R"({"tac":["352"]})");
  refused(404, "POST", at + "learn", R"({"pool":"none"})");
}

TEST_F(LifeCycleTest, relearn_keeps_the_limits_and_mode_learn_is_the_same) {
  ok("POST", at + "learn", R"({"tac":["35200000"]})");
  binding::Binding learned = binding();
  learned.mode = Mode::enforce;
  learned.associations = {{*Imei::parse(imei_a), "m1", 1}};
  put(learned);
  ok("POST", at + "relearn", "{}");
  EXPECT_EQ(state_now(), State::armed);
  EXPECT_EQ(binding().learning.tacs.size(), 1U);
  put(learned);
  ok("PUT", at + "mode", R"({"mode":"learn"})");
  EXPECT_EQ(state_now(), State::armed);
  EXPECT_TRUE(binding().associations.empty());
}

TEST_F(LifeCycleTest, learn_is_no_mode_to_be_bound_or_imported_in) {
  refused(400, "POST", at + "bind", Json{{"imei", {imei_a}}, {"mode", "learn"}}.dump());
}

TEST_F(LifeCycleTest, suspend_tells_every_node_without_reattach_and_resume_gives_the_state_back) {
  bind({{"imei", {imei_a}}});
  held_by("mme1");
  EXPECT_EQ(ok("POST", at + "suspend", "{}")["clr_to"], Json::array({"mme1"}));
  EXPECT_EQ(state_now(), State::suspended);
  ASSERT_EQ(owed().size(), 1U);
  EXPECT_EQ(owed()[0].clr_flags, diameter::clr_flag::s6a_indicator);
  EXPECT_NE(refused(409, "PUT", at + "mode", R"({"mode":"off"})").find("resume it first"), std::string::npos);
  EXPECT_NE(refused(409, "POST", at + "suspend", "{}"), "");
  bind({{"imei", {imei_c}}});
  ok("POST", at + "resume", "{}");
  EXPECT_EQ(state_now(), State::locked);
  EXPECT_EQ(binding().associations.size(), 2U) << "devices may be bound meanwhile";
  refused(409, "POST", at + "resume", "{}");
}

TEST_F(LifeCycleTest, a_violated_one_is_acknowledged_before_it_learns_or_is_watched) {
  bind({{"imei", {imei_a}}});
  violate();
  EXPECT_NE(refused(409, "POST", at + "relearn", "{}").find("acknowledge it first"), std::string::npos);
  refused(409, "PUT", at + "mode", R"({"mode":"observe"})");
  ok("POST", at + "acknowledge", "{}");
  EXPECT_EQ(state_now(), State::locked);
  EXPECT_EQ(last_event(), "acknowledged");
  refused(409, "POST", at + "acknowledge", "{}");
  violate();
  ok("PUT", at + "mode", R"({"mode":"off"})");
  ok("PUT", at + "mode", R"({"mode":"enforce"})");
  EXPECT_EQ(state_now(), State::locked) << "off is the end of a violation";
}

TEST_F(LifeCycleTest, subscribers_are_listed_and_counted_by_state) {
  bind({{"imei", {imei_a}}});
  violate();
  const auto listed = [&](const char* state) {
    return ok("GET", "/v1/subscribers", "", {{"state", state}})["items"];
  };
  ASSERT_EQ(listed("VIOLATED").size(), 1U);
  EXPECT_EQ(listed("VIOLATED")[0]["imsi"], imsi_1);
  EXPECT_EQ(listed("LOCKED").size(), 0U);
  ASSERT_EQ(listed("OFF").size(), 1U);
  EXPECT_EQ(listed("OFF")[0]["imsi"], imsi_2);
  EXPECT_EQ(call("GET", "/v1/subscribers", "", {{"state", "locked"}}).status, 400);
  const Json status = ok("GET", "/v1/status");
  EXPECT_EQ(status["violated"], 1);
  EXPECT_EQ(status["off"], 1);
  EXPECT_EQ(status["locked"], 0);
}

// ---- ends and swaps ----

TEST_F(LifeCycleTest, bind_until_sets_an_end_and_bind_again_moves_it) {
  live.now_ms = 1'700'000'000'000;  // 2023-11-14
  bind({{"imei", {imei_a, imei_b}}, {"until", "2023-11-20"}});
  EXPECT_EQ(binding().associations[0].until, 1'700'524'800'000) << "the end of that day";
  EXPECT_EQ(binding().associations[1].until, 1'700'524'800'000);
  bind({{"imei", {imei_a}}, {"until", "2023-11-30T06:00:00Z"}});
  EXPECT_EQ(binding().associations[0].until, 1'701'324'000'000);
  bind({{"imei", {imei_a}}});
  EXPECT_EQ(binding().associations[0].until, 1'701'324'000'000) << "not named, not changed";
  bind({{"imei", {imei_a}}, {"until", "never"}});
  EXPECT_EQ(binding().associations[0].until, 0);
  for (const char* wrong : {"2023-11-13", "2023-02-30", "20231120", "2023-11-20T25:00:00Z", "tomorrow"})
    refused(400, "POST", at + "bind", Json{{"imei", {imei_a}}, {"until", wrong}}.dump());
}

TEST_F(LifeCycleTest, rebind_lets_both_in_for_the_window) {
  bind({{"imei", {imei_a}}});
  ok("POST", at + "rebind", Json{{"old", imei_a}, {"new", imei_b}, {"overlap", "7d"}}.dump());
  const auto both = binding();
  ASSERT_EQ(both.associations.size(), 2U);
  EXPECT_EQ(both.associations[0].until, live.now_ms + 7LL * 86'400'000);
  EXPECT_EQ(both.associations[1].imei.str(), imei_b);
  EXPECT_EQ(both.associations[1].until, 0);
}

TEST_F(LifeCycleTest, rebind_without_a_window_swaps_and_keeps_the_old_pair_as_former) {
  bind({{"imei", {imei_a}}});
  ok("POST", at + "rebind", Json{{"old", imei_a}, {"new", imei_b}}.dump());
  ASSERT_EQ(binding().associations.size(), 1U);
  EXPECT_EQ(binding().associations[0].imei.str(), imei_b);
  EXPECT_EQ(binding().former, (std::vector<binding::KeyPair>{{"m1", 1}}));
  refused(404, "POST", at + "rebind", Json{{"old", imei_a}, {"new", imei_b}}.dump());
  refused(404, "POST", at + "rebind", Json{{"old", imei_b}, {"new", "000000000000000"}}.dump());
  refused(400, "POST", at + "rebind", Json{{"old", imei_b}, {"new", imei_b}}.dump());
  refused(400, "POST", at + "rebind", Json{{"old", imei_b}, {"new", imei_a}, {"overlap", "9y"}}.dump());
  EXPECT_EQ(binding().associations[0].imei.str(), imei_b) << "a refused one changes nothing";
}

// ---- pools ----

TEST_F(LifeCycleTest, the_imsis_of_a_pool_follow_it) {
  ok("POST", "/v1/pools/fleet/add", Json{{"imei", {imei_a}}}.dump());
  bind({{"pool", "fleet"}});
  ok("POST", "/v1/bindings/001010000000002/bind", Json{{"imei", {imei_c}}, {"pool", "fleet"}}.dump());
  EXPECT_EQ(binding().associations.size(), 1U);
  EXPECT_EQ(ok("POST", "/v1/pools/fleet/add", Json{{"imei", {imei_b}}}.dump())["imsis"], 2);
  EXPECT_EQ(binding().associations.size(), 2U);
  EXPECT_EQ(binding(imsi_2).associations.size(), 3U);
  const Json left = ok("POST", "/v1/pools/fleet/remove", Json{{"imei", {imei_a, imei_b}}}.dump());
  EXPECT_EQ(left["no_vectors"], Json::array({imsi_1}));
  EXPECT_TRUE(binding().associations.empty());
  EXPECT_EQ(binding().former.size(), 2U);
  ASSERT_EQ(binding(imsi_2).associations.size(), 1U) << "what was bound beside the pool stays";
  EXPECT_EQ(binding(imsi_2).associations[0].imei.str(), imei_c);
}

TEST_F(LifeCycleTest, a_change_of_a_pool_is_one_transaction) {
  ok("POST", "/v1/pools/fleet/add", Json{{"imei", {imei_a}}}.dump());
  bind({{"pool", "fleet"}});
  const int before = live.transactions;
  ok("POST", "/v1/pools/fleet/add", Json{{"imei", {imei_b}}}.dump());
  EXPECT_EQ(live.transactions, before + 1);
  refused(404, "POST", "/v1/pools/fleet/add", Json{{"imei", {imei_c, "000000000000000"}}}.dump());
  EXPECT_EQ(binding().associations.size(), 2U);
  refused(404, "POST", "/v1/pools/fleet/remove", Json{{"imei", {imei_c}}}.dump());
}

TEST_F(LifeCycleTest, a_pool_in_use_stays_and_its_devices_are_not_unbound_one_by_one) {
  ok("POST", "/v1/pools/fleet/add", Json{{"imei", {imei_a}}}.dump());
  bind({{"pool", "fleet"}});
  refused(409, "DELETE", "/v1/pools/fleet");
  EXPECT_NE(refused(409, "POST", at + "unbind", Json{{"imei", {imei_a}}}.dump()).find("pool fleet"),
            std::string::npos);
  ok("POST", at + "unbind", "{}");
  ok("DELETE", "/v1/pools/fleet");
  EXPECT_EQ(ok("GET", "/v1/pools")["items"].size(), 0U);
}

TEST_F(LifeCycleTest, a_pool_is_no_larger_than_its_imsis_can_follow) {
  store::Changes changes;
  std::vector<Imei> many;
  for (std::uint64_t i = 0; i < store::pool_limit; ++i) {
    many.push_back(Imei::from_key(35'000'000'000'000ULL + i));
    changes.push_back(store::PutDevice{{many.back(), "m1", 1}});
  }
  changes.push_back(store::PutPool{{"big", many}});
  ASSERT_TRUE(live.put(changes).ok());
  for (int i = 0; i < 64; ++i) {
    store::Subscriber other = state(imsi_1).subscriber;
    other.imsi = *Imsi::parse("0010100000001" + std::to_string(10 + i));
    binding::Binding bound;
    bound.learning.pool = "big";
    ASSERT_TRUE(live.put({store::PutSubscriber{other}, store::PutBinding{other.imsi, bound}}).ok());
  }
  EXPECT_NE(refused(409, "POST", at + "bind", R"({"pool":"big"})").find("at most 64"), std::string::npos);
}

TEST_F(LifeCycleTest, a_device_that_leaves_the_pool_is_not_learned_from_it) {
  ok("POST", "/v1/pools/fleet/add", Json{{"imei", {imei_a, imei_b}}}.dump());
  ok("POST", at + "learn", R"({"pool":"fleet"})");
  binding::Binding learned = binding();
  learned.mode = Mode::enforce;
  learned.associations = {{*Imei::parse(imei_a), "m1", 1, true, 0, false, true}};
  put(learned);
  ok("POST", "/v1/pools/fleet/add", Json{{"imei", {imei_c}}}.dump());
  EXPECT_EQ(binding().associations.size(), 1U) << "it is locked to one of them";
  ok("POST", "/v1/pools/fleet/remove", Json{{"imei", {imei_a}}}.dump());
  EXPECT_TRUE(binding().associations.empty());
}

}  // namespace
}  // namespace simbiont::admin::test

// Pools, and what of a binding changes with time and by its life, over both implementations.
#include "fixture.h"

namespace simbiont::store {
namespace {

using binding::Mode;
using binding::State;

class Life : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(Store, Life, testing::Values(Kind::memory, Kind::sqlite),
                         [](const auto& kind) { return kind.param == Kind::memory ? "memory" : "sqlite"; });

std::string text_of(const binding::Binding& b) {
  std::string out = text(b) + " policy " + std::string(binding::name(b.policy)) + " turned " +
                    text(b.turned) + " suspended " + std::to_string(b.suspended_at) + " violated " +
                    std::to_string(b.violated_at) + " pool " + b.pool + " learn " + b.learning.pool;
  for (const auto& range : b.learning.tacs) out += " " + binding::text(range);
  out += " rest " + std::to_string(b.learning.rest_until) + " ends";
  for (const auto& a : b.associations)
    out += " " + std::to_string(a.until) + (a.warned ? "w" : "") + (a.pooled ? "p" : "");
  if (const auto& trial = b.learning.trial)
    out += " trial " + trial->imei.str() + " " + trial->kme + " " + std::to_string(trial->epoch) + " " +
           std::to_string(trial->named_at) + " " + std::to_string(trial->answered_at);
  return out;
}

binding::Binding rich() {
  binding::Binding out = bound_to({imei(1), imei(2)});
  out.associations[0] = {imei(1), "one", 1, true, 500, true, true};
  out.associations[1].kme = "one";
  out.policy = binding::Policy::rotate;
  out.turned = binding::Hint{imei(2), 8};
  out.suspended_at = 11;
  out.violated_at = 12;
  out.pool = "fleet";
  out.learning = {{{1, 2}, {35200000, 35299999}}, "other", binding::Trial{imei(3), "two", 4, 5, 6}, 7};
  return out;
}

TEST_P(Life, everything_of_a_binding_comes_back_as_it_was_put) {
  fill();
  ASSERT_TRUE(ok(put({PutPool{{"fleet", {imei(1)}}}, PutPool{{"other", {}}}, PutBinding{imsi(1), rich()}})));
  binding::Binding expected = rich();
  expected.learning.trial->kme = store_->device(imei(3))->value().kme;
  for (auto& a : expected.associations) a.kme = store_->device(a.imei)->value().kme;
  EXPECT_EQ(text_of(state(1).binding), text_of(expected));
  EXPECT_EQ(text_of(store_->bindings({}, 9)->front().second), text_of(expected));
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), {}}})));
  EXPECT_EQ(text_of(state(1).binding), text_of({}));
}

TEST_P(Life, a_pool_comes_back_ascending_and_is_replaced_whole) {
  fill();
  ASSERT_TRUE(ok(put({PutPool{{"b", {imei(1), imei(2)}}}, PutPool{{"a", {}}}})));
  ASSERT_TRUE(ok(put({PutPool{{"b", {imei(2)}}}})));
  EXPECT_EQ(store_->pool("b")->value().imeis, std::vector<Imei>{imei(2)});
  EXPECT_FALSE(store_->pool("none")->has_value());
  const auto pools = *store_->pools("", 9);
  ASSERT_EQ(pools.size(), 2U);
  EXPECT_EQ(pools[0].name, "a");
  EXPECT_EQ(store_->pools("a", 9)->size(), 1U);
}

TEST_P(Life, a_pool_is_of_known_devices_in_order_and_bounded) {
  fill();
  EXPECT_EQ(code(put({PutPool{{"p", {imei(99)}}}})), Errc::not_found);
  EXPECT_EQ(code(put({PutPool{{"p", {imei(2), imei(1)}}}})), Errc::invalid_argument);
  EXPECT_EQ(code(put({PutPool{{"p", {imei(1), imei(1)}}}})), Errc::invalid_argument);
  EXPECT_EQ(code(put({PutPool{{"a b", {}}}})), Errc::invalid_argument);
  EXPECT_EQ(code(put({PutPool{{"", {}}}})), Errc::invalid_argument);
  std::vector<Imei> many;
  for (unsigned i = 0; i <= pool_limit; ++i) many.push_back(imei(100 + i));
  EXPECT_EQ(code(put({PutPool{{"p", many}}})), Errc::invalid_argument);
  EXPECT_FALSE(store_->pool("p")->has_value());
}

TEST_P(Life, a_pool_in_use_and_a_device_of_a_pool_stay) {
  fill();
  binding::Binding bound, learns;
  bound.pool = "fleet";
  learns.learning.pool = "fleet";
  EXPECT_EQ(code(put({PutBinding{imsi(1), bound}})), Errc::not_found) << "there is no such pool";
  ASSERT_TRUE(
      ok(put({PutPool{{"fleet", {imei(1)}}}, PutBinding{imsi(1), bound}, PutBinding{imsi(2), learns}})));
  EXPECT_EQ(code(put({RemovePool{"fleet"}})), Errc::refused);
  EXPECT_EQ(code(put({RemoveDevice{imei(1)}})), Errc::refused);
  EXPECT_EQ(*store_->pool_users("fleet", {}, 9), (std::vector<Imsi>{imsi(1), imsi(2)}));
  EXPECT_EQ(*store_->pool_users("fleet", imsi(1), 9), std::vector<Imsi>{imsi(2)});
  EXPECT_EQ(store_->pool_users("fleet", {}, 1)->size(), 1U);
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), {}}, PutBinding{imsi(2), {}}, RemovePool{"fleet"}})));
  EXPECT_TRUE(ok(put({RemoveDevice{imei(1)}})));
  EXPECT_EQ(code(put({RemovePool{"fleet"}})), Errc::not_found);
}

TEST_P(Life, what_time_has_to_do_is_found) {
  fill();
  const auto due = [&](UnixMs ends, UnixMs warns, UnixMs answered) {
    return *store_->due_bindings({ends, warns, answered}, 9);
  };
  binding::Binding ends = bound_to({imei(1), imei(2)}), tried;
  ends.associations[1].until = 100;
  tried.mode = Mode::learn;
  tried.learning.trial = binding::Trial{imei(1), "", 1, 5, 0};
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), ends}, PutBinding{imsi(2), tried}})));
  EXPECT_TRUE(due(99, 99, 1000).empty()) << "nothing was answered under the trial";
  EXPECT_EQ(due(99, 100, 0), std::vector<Imsi>{imsi(1)});
  EXPECT_EQ(due(100, 0, 0), std::vector<Imsi>{imsi(1)});
  ends.associations[1].warned = true;
  tried.learning.trial->answered_at = 50;
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), ends}, PutBinding{imsi(2), tried}})));
  EXPECT_TRUE(due(99, 1000, 49).empty()) << "it was warned of already";
  EXPECT_EQ(due(100, 100, 0), std::vector<Imsi>{imsi(1)});
  EXPECT_EQ(due(0, 0, 50), std::vector<Imsi>{imsi(2)});
  EXPECT_EQ(store_->due_bindings({100, 100, 50}, 1)->size(), 1U);
}

TEST_P(Life, counts_say_how_many_are_in_each_state) {
  fill();
  binding::Binding observes, violated = bound_to({imei(1)}), suspended;
  observes.mode = Mode::observe;
  violated.violated_at = suspended.suspended_at = 3;
  ASSERT_TRUE(ok(
      put({PutBinding{imsi(1), observes}, PutBinding{imsi(2), violated}, PutBinding{imsi(3), suspended}})));
  const auto states = store_->counts()->states;
  EXPECT_EQ(states[static_cast<std::size_t>(State::observing)], 1U);
  EXPECT_EQ(states[static_cast<std::size_t>(State::violated)], 1U);
  EXPECT_EQ(states[static_cast<std::size_t>(State::suspended)], 1U);
  EXPECT_EQ(states[static_cast<std::size_t>(State::locked)], 0U);
  std::uint64_t all = 0;
  for (const auto count : states) all += count;
  EXPECT_EQ(all, store_->counts()->subscribers) << "the rest is OFF";
  EXPECT_EQ(store_->bindings({}, 9)->size(), 3U) << "a suspended one is listed";
}

}  // namespace
}  // namespace simbiont::store

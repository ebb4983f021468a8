#include "binding/life_cycle.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace simbiont::binding {
namespace {

Binding in(State state) {
  Binding out;
  switch (state) {
    case State::off:
      break;
    case State::observing:
      out.mode = Mode::observe;
      break;
    case State::armed:
      out.mode = Mode::learn;
      break;
    case State::violated:
      out.violated_at = 1;
      out.mode = Mode::enforce;
      break;
    case State::locked:
      out.mode = Mode::enforce;
      break;
    case State::suspended:
      out.mode = Mode::enforce;
      out.suspended_at = 1;
      break;
  }
  return out;
}

TEST(LifeCycle, each_state_is_derived_and_its_name_goes_both_ways) {
  for (const State s : all_states) {
    EXPECT_EQ(state_of(in(s)), s);
    EXPECT_EQ(state(name(s)), s);
  }
  EXPECT_FALSE(state("locked"));
  Binding both = in(State::violated);
  both.suspended_at = 1;
  EXPECT_EQ(state_of(both), State::suspended);
}

// The table written a second time, as a fleet's user would: per state the commands that are taken.
TEST(LifeCycle, every_state_meets_every_move) {
  const std::map<State, std::set<std::pair<Move, State>>> taken{
      {State::off,
       {{Move::watch, State::observing},
        {Move::arm, State::armed},
        {Move::lock, State::locked},
        {Move::suspend, State::suspended}}},
      {State::observing,
       {{Move::free, State::off},
        {Move::arm, State::armed},
        {Move::lock, State::locked},
        {Move::suspend, State::suspended}}},
      {State::armed,
       {{Move::free, State::off},
        {Move::watch, State::observing},
        {Move::lock, State::locked},
        {Move::prove, State::locked},
        {Move::suspend, State::suspended}}},
      {State::locked,
       {{Move::free, State::off},
        {Move::watch, State::observing},
        {Move::arm, State::armed},
        {Move::violate, State::violated},
        {Move::suspend, State::suspended}}},
      {State::violated,
       {{Move::acknowledge, State::locked}, {Move::free, State::off}, {Move::suspend, State::suspended}}},
      {State::suspended,
       {{Move::resume, State::off},
        {Move::resume, State::observing},
        {Move::resume, State::armed},
        {Move::resume, State::locked},
        {Move::resume, State::violated}}}};
  for (const State from : all_states)
    for (int move = 0; move <= static_cast<int>(Move::resume); ++move)
      for (const State to : all_states)
        EXPECT_EQ(permitted(from, static_cast<Move>(move), to),
                  taken.at(from).count({static_cast<Move>(move), to}) == 1)
            << name(from) << " " << name(static_cast<Move>(move)) << " " << name(to);
}

TEST(LifeCycle, a_move_outside_the_table_is_refused_by_name) {
  EXPECT_TRUE(check_move(in(State::locked), in(State::locked), Move::lock)) << "no move";
  const auto relearn = check_move(in(State::violated), in(State::armed), Move::arm);
  ASSERT_FALSE(relearn);
  EXPECT_EQ(relearn.error().message, "'learn' does not go from VIOLATED: acknowledge it first");
  const auto off = check_move(in(State::suspended), in(State::off), Move::free);
  ASSERT_FALSE(off);
  EXPECT_EQ(off.error().message, "'mode off' does not go from SUSPENDED: resume it first");
}

TEST(LifeCycle, the_mode_of_a_suspended_one_does_not_change_unseen) {
  Binding after = in(State::suspended);
  after.mode = Mode::off;
  EXPECT_FALSE(check_move(in(State::suspended), after, Move::free));
}

TEST(LifeCycle, committed_graph_is_the_table) {
  std::ifstream file(std::string(TEST_DATA) + "/../../docs/binding.dot");
  std::stringstream committed;
  committed << file.rdbuf();
  EXPECT_EQ(committed.str(), life_cycle_graph());
}

// ---- learning and turning ----

TEST(Learning, a_tac_range_goes_both_ways_and_is_eight_digits) {
  EXPECT_EQ(text(*tac_range("35200000-35299999")), "35200000-35299999");
  EXPECT_EQ(text(*tac_range("01234567")), "01234567");
  for (const char* wrong : {"", "-", "3520000", "352000001", "35200000-", "35200001-35200000", "3520000x",
                            "35200000-35200001-35200002"})
    EXPECT_FALSE(tac_range(wrong)) << wrong;
}

TEST(Learning, the_limits_are_both_held) {
  const Imei inside = *Imei::parse("35200000000000"), outside = *Imei::parse("35300000000000");
  EXPECT_TRUE(may_learn({}, outside, false));
  const Learning tacs{{{35100000, 35100000}, {35200000, 35299999}}, {}, {}, 0};
  EXPECT_TRUE(may_learn(tacs, inside, false));
  EXPECT_FALSE(may_learn(tacs, outside, false));
  const Learning both{{{35200000, 35299999}}, "fleet", {}, 0};
  EXPECT_TRUE(may_learn(both, inside, true));
  EXPECT_FALSE(may_learn(both, inside, false));
  EXPECT_FALSE(may_learn(both, outside, true));
}

TEST(Turning, goes_to_the_next_other_kme_in_order_and_around) {
  const auto imei = [](std::uint64_t n) { return Imei::from_key(35'000'000'000'000ULL + n); };
  Binding b;
  b.associations = {{imei(1), "x", 1}, {imei(2), "x", 1}, {imei(3), "y", 1}, {imei(4), "z", 1}};
  EXPECT_EQ(next_of_another_kme(b, b.associations[0])->imei, imei(3));
  EXPECT_EQ(next_of_another_kme(b, b.associations[2])->imei, imei(4));
  EXPECT_EQ(next_of_another_kme(b, b.associations[3])->imei, imei(1));
  b.associations.erase(b.associations.begin() + 2, b.associations.end());
  EXPECT_EQ(next_of_another_kme(b, b.associations[0]), nullptr);
}

TEST(Turning, holds_only_for_policy_rotate_and_an_association_that_is_there) {
  const Imei imei = Imei::from_key(35'000'000'000'001ULL);
  Binding b;
  b.associations = {{imei, "x", 1}};
  b.turned = Hint{imei, 1};
  EXPECT_EQ(turned_association(b), nullptr);
  b.policy = Policy::rotate;
  EXPECT_EQ(turned_association(b), &b.associations[0]);
  b.associations.clear();
  EXPECT_EQ(turned_association(b), nullptr);
}

}  // namespace
}  // namespace simbiont::binding

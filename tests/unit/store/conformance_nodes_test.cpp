// Registrations, vector nodes, owed CLRs, history and events, over both implementations.
#include <gmock/gmock.h>

#include "fixture.h"

namespace simbiont::store {
namespace {

class Nodes : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(Store, Nodes, testing::Values(Kind::memory, Kind::sqlite),
                         [](const auto& kind) { return kind.param == Kind::memory ? "memory" : "sqlite"; });

TEST_P(Nodes, the_last_registration_counts_and_only_its_host_takes_it_away) {
  fill();
  ASSERT_TRUE(ok(put({PutRegistration{sample_registration(1, "a")}})));
  ASSERT_TRUE(ok(put({PutRegistration{sample_registration(1, "b")}})));
  EXPECT_EQ(text(*state(1).registration), text(sample_registration(1, "b")));
  Registration purged = sample_registration(1, "b");
  purged.purged_at = 77;
  ASSERT_TRUE(ok(put({PutRegistration{purged}})));
  EXPECT_EQ(state(1).registration->purged_at, 77);
  ASSERT_TRUE(ok(put({RemoveRegistration{imsi(1), "a"}})));
  EXPECT_TRUE(state(1).registration);
  ASSERT_TRUE(ok(put({RemoveRegistration{imsi(1), "b"}})));
  EXPECT_FALSE(state(1).registration);
  EXPECT_TRUE(ok(put({RemoveRegistration{imsi(1), "b"}})));
}

TEST_P(Nodes, a_vector_nodes_times_are_raised_and_never_lowered) {
  fill();
  ASSERT_TRUE(ok(put({PutVectorNode{{imsi(1), "b", "r", 10, 0}}, PutVectorNode{{imsi(1), "a", "r", 1, 1}}})));
  ASSERT_TRUE(ok(put({PutVectorNode{{imsi(1), "b", "realm", 5, 20}}})));
  const auto nodes = *store_->vector_nodes(imsi(1));
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[0].host, "a");
  EXPECT_EQ(nodes[1].realm, "realm");
  EXPECT_EQ(nodes[1].plain_at, 10);
  EXPECT_EQ(nodes[1].bound_at, 20);
  EXPECT_EQ(nodes[1].imsi, imsi(1));
  EXPECT_TRUE(store_->vector_nodes(imsi(2))->empty());
}

TEST_P(Nodes, vector_nodes_are_bounded_and_the_longest_unused_goes) {
  fill();
  ASSERT_TRUE(ok(put({PutVectorNode{{imsi(1), "old", "r", 0, 1}}})));
  for (std::size_t i = 0; i < vector_node_limit; ++i) {
    ASSERT_TRUE(ok(put({PutVectorNode{{imsi(1), "n" + std::to_string(i), "r", 10, 0}}})));
  }
  const auto nodes = *store_->vector_nodes(imsi(1));
  EXPECT_EQ(nodes.size(), vector_node_limit);
  for (const auto& node : nodes) EXPECT_NE(node.host, "old");
}

TEST_P(Nodes, a_node_that_may_hold_plain_vectors_is_never_forgotten) {
  fill();
  constexpr UnixMs dead_before = 100;
  const auto node = [&](const std::string& host, UnixMs plain_at, UnixMs bound_at) {
    return put(
        {RaiseSeq{imsi(1), 5000}, PutVectorNode{{imsi(1), host, "r", plain_at, bound_at}, dead_before}});
  };
  const auto hosts = [&] {
    std::vector<std::string> names;
    const auto nodes = *store_->vector_nodes(imsi(1));
    for (const auto& one : nodes) names.push_back(one.host);
    return names;
  };
  ASSERT_TRUE(ok(node("plain", 100, 0)));
  ASSERT_TRUE(ok(node("bound", 0, 150)));
  ASSERT_TRUE(ok(node("dead", 99, 200)));
  for (std::size_t i = 3; i < vector_node_limit; ++i) ASSERT_TRUE(ok(node("n" + std::to_string(i), 300, 0)));
  ASSERT_TRUE(ok(node("x1", 300, 0)));
  EXPECT_THAT(hosts(), testing::AllOf(testing::Contains("plain"), testing::Not(testing::Contains("bound"))));
  ASSERT_TRUE(ok(node("x2", 300, 0)));
  EXPECT_THAT(hosts(), testing::AllOf(testing::Contains("plain"), testing::Not(testing::Contains("dead"))));
  ASSERT_TRUE(ok(put({SetSeq{imsi(1), 7}})));
  EXPECT_EQ(code(node("x3", 300, 0)), Errc::refused);
  EXPECT_EQ(seq(1), 7U) << "the whole group is refused";
  EXPECT_THAT(hosts(), testing::Not(testing::Contains("x3")));
  EXPECT_TRUE(ok(node("x2", 400, 0))) << "a node that is known";
  EXPECT_EQ(hosts().size(), vector_node_limit);
}

TEST_P(Nodes, an_owed_clr_stays_until_settled_and_survives_settling_another) {
  fill();
  const OwedClr a{0, imsi(1), "a", "r", 0, 1, 7};
  const OwedClr b{0, imsi(9), "b", "r", 2, 0, 8};  // of no subscriber
  ASSERT_TRUE(ok(put({OweClr{a}, OweClr{b}})));
  auto owed = *store_->owed_clrs(0, 9);
  ASSERT_EQ(owed.size(), 2U);
  EXPECT_EQ(owed[0].host, "a");
  EXPECT_EQ(owed[0].clr_flags, 1U);
  EXPECT_EQ(owed[1].imsi, imsi(9));
  EXPECT_EQ(owed[1].cancellation_type, 2U);
  EXPECT_EQ(owed[1].since, 8);
  EXPECT_EQ(store_->owed_clrs(owed[0].id, 9)->size(), 1U);
  EXPECT_EQ(store_->owed_clrs(0, 1)->size(), 1U);
  ASSERT_TRUE(ok(put({SettleClr{owed[0].id}})));
  ASSERT_TRUE(ok(put({SettleClr{owed[0].id}})));
  owed = *store_->owed_clrs(0, 9);
  ASSERT_EQ(owed.size(), 1U);
  EXPECT_EQ(owed[0].host, "b");
}

TEST_P(Nodes, a_debt_owed_anew_is_not_settled_by_the_answer_to_the_old) {
  const OwedClr debt{0, imsi(1), "a", "r", 0, 0, 7};
  ASSERT_TRUE(ok(put({OweClr{debt}})));
  const std::int64_t old = store_->owed_clrs(0, 9)->at(0).id;
  OwedClr other = debt;
  other.cancellation_type = 2;
  ASSERT_TRUE(ok(put({OweClr{debt}, OweClr{other}, SettleClr{old}})));
  const auto owed = *store_->owed_clrs(0, 9);
  ASSERT_EQ(owed.size(), 2U);
  EXPECT_GT(owed[0].id, old);
}

TEST_P(Nodes, history_counts_up_the_same_imei_and_host_and_lists_the_newest_first) {
  fill();
  const HistoryEntry first{imsi(1), "111", "01", "a", "262-01", false, 10, 10, 1};
  HistoryEntry again = first;
  again.software_version = "02";
  again.authorised = true;
  again.first_at = again.last_at = 30;
  HistoryEntry elsewhere = first;
  elsewhere.host = "b";
  elsewhere.last_at = 20;
  ASSERT_TRUE(ok(put({PutHistory{first}, PutHistory{elsewhere}})));
  ASSERT_TRUE(ok(put({PutHistory{again}})));
  const auto entries = *store_->history(imsi(1));
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(text(entries[0]), "111 02 a 262-01 1 10..30 x2");
  EXPECT_EQ(text(entries[1]), "111 01 b 262-01 0 10..20 x1");
  EXPECT_EQ(entries[0].imsi, imsi(1));
  EXPECT_TRUE(store_->history(imsi(2))->empty());
}

TEST_P(Nodes, history_is_bounded_and_the_oldest_goes) {
  fill();
  Changes all;
  for (std::size_t i = 0; i < history_limit + 6; ++i) {
    const auto at = static_cast<UnixMs>(1000 - i);
    all.push_back(PutHistory{{imsi(1), std::to_string(i), "", "h", "", false, at, at, 1}});
  }
  all.push_back(PutHistory{{imsi(2), "1", "", "h", "", false, 1, 1, 1}});
  ASSERT_TRUE(ok(put(all)));
  const auto entries = *store_->history(imsi(1));
  ASSERT_EQ(entries.size(), history_limit);
  EXPECT_EQ(entries.front().imei, "0");
  EXPECT_EQ(entries.back().imei, std::to_string(history_limit - 1));
  EXPECT_EQ(store_->history(imsi(2))->size(), 1U);
}

TEST_P(Nodes, what_a_device_says_is_cut_and_kept_octet_by_octet) {
  fill();
  const std::string odd("a\0\xff\n'\"", 6);
  const std::string huge = odd + std::string(2 * text_limit, 'x');
  ASSERT_TRUE(ok(put({PutHistory{{imsi(1), huge, huge, "h", "", false, 1, 1, 1}},
                      AddEvent{{0, 1, "kind", imsi(1).str(), huge}}})));
  ASSERT_TRUE(ok(put({PutHistory{{imsi(1), huge, odd, "h", "", false, 2, 2, 1}}})));
  const auto entries = *store_->history(imsi(1));
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].imei, huge.substr(0, text_limit));
  EXPECT_EQ(entries[0].software_version, odd);
  EXPECT_EQ(entries[0].count, 2U);
  EXPECT_EQ(store_->events(0, 9)->at(0).detail, huge.substr(0, text_limit));
}

TEST_P(Nodes, events_are_numbered_in_order) {
  ASSERT_TRUE(ok(put({AddEvent{{77, 5, "one", "", "d1"}}, AddEvent{{0, 4, "two", "001", "d2"}}})));
  ASSERT_TRUE(ok(put({AddEvent{{0, 6, "three", "", ""}}})));
  const auto all = *store_->events(0, 9);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].kind, "one");
  EXPECT_EQ(all[1].at, 4);
  EXPECT_EQ(all[1].imsi, "001");
  EXPECT_LT(all[0].id, all[1].id);
  EXPECT_EQ(*store_->last_event_id(), all[2].id);
  EXPECT_EQ(store_->events(all[0].id, 1)->at(0).kind, "two");
  EXPECT_TRUE(store_->events(all[2].id, 9)->empty());
}

TEST_P(Nodes, events_are_bounded_and_the_oldest_go) {
  constexpr std::size_t batch = 20'000;
  const Changes many(batch, AddEvent{{0, 1, "k", "", ""}});
  for (std::size_t done = 0; done < event_limit; done += batch) ASSERT_TRUE(ok(put(many)));
  ASSERT_EQ(store_->events(0, 1)->at(0).id, 1);
  ASSERT_TRUE(ok(put({AddEvent{{0, 2, "k", "", ""}}, AddEvent{{0, 3, "last", "", ""}}})));
  EXPECT_EQ(store_->events(0, 1)->at(0).id, 3);
  EXPECT_EQ(*store_->last_event_id(), static_cast<std::int64_t>(event_limit) + 2);
}

}  // namespace
}  // namespace simbiont::store

// The SGSN's registration, Context-Identifiers, owed updates: over both implementations.
#include <gmock/gmock.h>

#include "fixture.h"

namespace simbiont::store {
namespace {

using testing::ElementsAre;
using Contexts = std::vector<std::uint32_t>;

class Updates : public StoreTest {
 protected:
  std::vector<std::string> owed() {
    std::vector<std::string> out;
    const auto rows = *store_->owed_updates(0, 99);
    for (const auto& row : rows) out.push_back(text(row));
    return out;
  }
  Contexts contexts_with(const std::vector<std::string>& apns) {
    Subscriber changed = sample_subscriber(1);
    changed.apns = apns;
    EXPECT_TRUE(ok(put({PutSubscriber{changed, true}})));
    EXPECT_EQ(state(1).subscriber.apns, apns);
    return state(1).subscriber.contexts;
  }
  static Registration sgsn_registration(unsigned number, const std::string& host) {
    Registration at = sample_registration(number, host);
    at.rat_type = 1000;
    at.features_1 = 0x20000000;
    at.features_2 = 0xffffffff;
    at.sgsn_number = "491700000002";
    at.gprs_data = true;
    return at;
  }
};
INSTANTIATE_TEST_SUITE_P(Store, Updates, testing::Values(Kind::memory, Kind::sqlite),
                         [](const auto& kind) { return kind.param == Kind::memory ? "memory" : "sqlite"; });

TEST_P(Updates, mme_and_sgsn_registrations_stand_beside_each_other) {
  fill();
  ASSERT_TRUE(ok(put({PutRegistration{sample_registration(1, "both")},
                      PutRegistration{sgsn_registration(1, "both"), ServingNode::sgsn}})));
  EXPECT_EQ(text(*state(1).registration), text(sample_registration(1, "both")));
  EXPECT_EQ(text(*state(1).sgsn), text(sgsn_registration(1, "both")));
  EXPECT_EQ(store_->counts()->registrations, 2U);
  ASSERT_TRUE(ok(put({PutRegistration{sgsn_registration(1, "other"), ServingNode::sgsn},
                      PutRegistration{sgsn_registration(2, "other"), ServingNode::sgsn}})));
  const auto nodes = *store_->serving_nodes();
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[0].host, "both");
  EXPECT_EQ(nodes[1].host, "other");
  EXPECT_EQ(nodes[1].realm, "epc.example");
  ASSERT_TRUE(ok(put({RemoveRegistration{imsi(1), "both", ServingNode::sgsn}})));
  EXPECT_TRUE(state(1).sgsn) << "another host's";
  ASSERT_TRUE(ok(put({RemoveRegistration{imsi(1), "other", ServingNode::sgsn}})));
  EXPECT_FALSE(state(1).sgsn);
  EXPECT_TRUE(state(1).registration);
  ASSERT_TRUE(ok(put({RemoveSubscriber{imsi(2)}, PutSubscriber{sample_subscriber(2)}})));
  EXPECT_FALSE(state(2).sgsn);
}

TEST_P(Updates, an_sgsn_number_is_digits) {
  fill();
  for (const char* wrong : {"1234567890123456", "12a"}) {
    Registration at = sgsn_registration(1, "sgsn");
    at.sgsn_number = wrong;
    EXPECT_EQ(code(put({PutRegistration{at, ServingNode::sgsn}})), Errc::invalid_argument);
  }
}

TEST_P(Updates, an_apn_keeps_its_context_identifier_and_a_new_one_takes_none_that_just_went) {
  fill();
  EXPECT_EQ(state(1).subscriber.contexts, (Contexts{1, 2}));
  EXPECT_EQ(contexts_with({"ims"}), (Contexts{2}));
  EXPECT_EQ(contexts_with({"ims", "internet"}), (Contexts{2, 1}));
  EXPECT_EQ(contexts_with({"internet", "meters", "ims"}), (Contexts{1, 3, 2}));
  EXPECT_EQ(contexts_with({"new", "ims"}), (Contexts{4, 2})) << "not 1 or 3: they went just now";
  EXPECT_EQ(contexts_with({}), Contexts{});
  EXPECT_EQ(contexts_with({"a", "a"}), (Contexts{1, 2}));
  EXPECT_EQ(contexts_with({"a", "b", "a"}), (Contexts{1, 3, 2}));
}

TEST_P(Updates, a_vector_nodes_kinds_are_joined) {
  fill();
  ASSERT_TRUE(ok(put({PutVectorNode{{imsi(1), "h", "r", 1, 0}}})));
  EXPECT_EQ(store_->vector_nodes(imsi(1))->at(0).kinds, vectors_for::eutran);
  ASSERT_TRUE(ok(put({PutVectorNode{{imsi(1), "h", "r", 1, 0, vectors_for::utran_geran}}})));
  ASSERT_TRUE(ok(put({PutVectorNode{{imsi(1), "h", "r", 2, 0, vectors_for::eutran}}})));
  EXPECT_EQ(store_->vector_nodes(imsi(1))->at(0).kinds, vectors_for::eutran | vectors_for::utran_geran);
}

TEST_P(Updates, clrs_over_s6a_and_s6d_are_two_debts) {
  ASSERT_TRUE(ok(put({OweClr{{0, imsi(1), "h", "r", 2, 1, 5}}, OweClr{{0, imsi(1), "h", "r", 2, 0, 6}},
                      OweClr{{0, imsi(1), "h", "r", 2, 3, 7}}})));
  const auto rows = *store_->owed_clrs(0, 9);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].clr_flags, 0U);
  EXPECT_EQ(rows[1].clr_flags, 3U) << "the later one with the same interface took the place";
}

TEST_P(Updates, a_debt_to_a_node_joins_the_one_before_under_a_new_id) {
  OwedUpdate first;
  first.kind = UpdateKind::remove;
  first.imsi = imsi(1);
  first.host = "mme";
  first.realm = "r";
  first.parts = update_part::apns;
  first.contexts = {2, 7};
  first.since = 5;
  ASSERT_TRUE(ok(put({OweUpdate{first}})));
  const auto id = store_->owed_updates(0, 9)->at(0).id;
  OwedUpdate second = first;
  second.parts = update_part::msisdn;
  second.contexts = {1, 7};
  second.since = 6;
  ASSERT_TRUE(ok(put({OweUpdate{second}})));
  EXPECT_THAT(owed(), ElementsAre("1 " + imsi(1).str() + " mme r mme parts 3 1 2 7 since 6"));
  EXPECT_GT(store_->owed_updates(0, 9)->at(0).id, id);
  ASSERT_TRUE(ok(put({SettleUpdate{id}}))) << "the old one is settled already";
  second.kind = UpdateKind::insert;
  OwedUpdate sgsn = second, other = second, reset;
  sgsn.node = ServingNode::sgsn;
  other.host = "mme2";
  reset.kind = UpdateKind::reset;
  reset.host = "mme";
  ASSERT_TRUE(
      ok(put({OweUpdate{second}, OweUpdate{sgsn}, OweUpdate{other}, OweUpdate{reset}, OweUpdate{reset}})));
  const auto rows = *store_->owed_updates(0, 99);
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(text(rows[4]), "2 all mme  mme parts 0 since 0");
  for (const auto& row : rows) ASSERT_TRUE(ok(put({SettleUpdate{row.id}})));
  EXPECT_TRUE(owed().empty());
}

TEST_P(Updates, a_group_that_fails_owes_nothing) {
  OwedUpdate update;
  update.host = "mme";
  EXPECT_FALSE(put({OweUpdate{update}, RemoveSubscriber{imsi(77)}}));
  EXPECT_TRUE(owed().empty());
  update.contexts.assign(context_limit + 1, 1);
  EXPECT_EQ(code(put({OweUpdate{update}})), Errc::invalid_argument);
  update.contexts.clear();
  update.host.assign(name_limit + 1, 'x');
  EXPECT_EQ(code(put({OweUpdate{update}})), Errc::invalid_argument);
}

}  // namespace
}  // namespace simbiont::store

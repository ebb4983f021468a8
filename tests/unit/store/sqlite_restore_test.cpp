// What the network holds is no less there for the store's going back: restore joins the store that it
// replaces.
#include "aka/sqn.h"
#include "sqlite_support.h"

namespace simbiont::store {
namespace {

constexpr UnixMs now = 1'700'000'000'000;
constexpr std::int64_t life = 86'400'000;
const RestoreTerms terms{100, now, life, {2, 3}, {2, 1}};

// The backup: IMSI 1 is bound and 2 is not. Each test then changes the live store, and restores.
class Restore : public testing::Test {
 protected:
  Restore() : store_(files_.make()) {
    put({PutSubscriber{sample_subscriber(1)}, PutSubscriber{sample_subscriber(2)}, PutKme{sample_kme("one")},
         PutDevice{{imei(1), "one", 1}}, PutBinding{imsi(1), bound_to({imei(1)})}});
    EXPECT_TRUE(ok(store_->backup_to(backup_)));
  }
  void put(const Changes& changes) { EXPECT_TRUE(ok(store_->commit(changes))); }
  void set_mode(binding::Mode mode) { put({PutBinding{imsi(1), bound_to({imei(1)}, mode)}}); }
  std::vector<std::string> restore(const RestoreTerms& how = terms) { return restore_into(*store_, how); }
  std::vector<std::string> restore_into(Store& store, const RestoreTerms& how = terms) const {
    auto hosts = store.restore_from(backup_, test_sealer(), how);
    EXPECT_TRUE(done(hosts));
    return hosts ? *hosts : std::vector<std::string>();
  }
  SubscriberState state(unsigned number) { return **store_->subscriber(imsi(number)); }
  std::uint64_t seq(unsigned number) { return state(number).subscriber.seq_high; }
  std::vector<std::string> owed() {
    std::vector<std::string> out;
    const auto clrs = *store_->owed_clrs(0, 99);
    for (const auto& clr : clrs) {
      out.push_back(clr.imsi.str().substr(14) + " " + clr.host + " " + clr.realm + " type " +
                    std::to_string(clr.cancellation_type) + " flags " + std::to_string(clr.clr_flags) +
                    " since " + std::to_string(clr.since - now));
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  using Lines = std::vector<std::string>;
  SqliteFiles files_;
  std::unique_ptr<Store> store_;
  std::string backup_ = files_.db("backup.db");
};

TEST_F(Restore, owes_a_clr_to_every_node_that_may_hold_plain_vectors_of_an_imsi_that_it_binds_again) {
  for (const auto mode : {binding::Mode::off, binding::Mode::observe}) {
    set_mode(mode);
    put({PutRegistration{sample_registration(1, "mme1")}, PutVectorNode{{imsi(1), "mme2", "r", now - 5, 0}},
         PutVectorNode{{imsi(1), "edge", "r", now - life - node_note_life_ms, 0}},
         PutVectorNode{{imsi(1), "long ago", "r", now - life - node_note_life_ms - 1, 0}},
         PutVectorNode{{imsi(1), "bound only", "r", 0, now}}});
    EXPECT_EQ(restore(), (Lines{"edge", "mme1", "mme2"}));
    EXPECT_EQ(owed(), (Lines{"1 edge r type 2 flags 3 since 0", "1 mme1 epc.example type 2 flags 3 since 0",
                             "1 mme2 r type 2 flags 3 since 0"}));
    EXPECT_EQ(state(1).binding.mode, binding::Mode::enforce);
    EXPECT_EQ(state(1).binding.left_plain_at, now);
    EXPECT_FALSE(state(1).registration) << "it must attach again";
    EXPECT_EQ(store_->vector_nodes(imsi(1))->size(), 4U);
  }
}

TEST_F(Restore, of_an_imsi_whose_binding_row_is_gone_counts_as_leaving_plain) {
  put({RemoveSubscriber{imsi(1)}, PutSubscriber{sample_subscriber(1)},
       PutVectorNode{{imsi(1), "mme", "r", now, 0}}});
  EXPECT_EQ(restore(), Lines{"mme"});
  EXPECT_EQ(state(1).binding.left_plain_at, now);
}

TEST_F(Restore, of_what_did_not_leave_plain_owes_nothing) {
  put({PutRegistration{sample_registration(1, "mme1")}, PutVectorNode{{imsi(1), "mme1", "r", now, now}},
       PutRegistration{sample_registration(2, "mme2")}, PutVectorNode{{imsi(2), "mme2", "r", now, 0}}});
  EXPECT_TRUE(restore().empty());
  EXPECT_TRUE(owed().empty());
  EXPECT_TRUE(state(1).registration);
  EXPECT_EQ(state(1).binding.left_plain_at, 0);
}

TEST_F(Restore, keeps_when_an_imsi_last_left_plain) {
  auto later = bound_to({imei(1)});
  later.left_plain_at = now - 7;
  put({PutBinding{imsi(1), later}});
  restore();
  EXPECT_EQ(state(1).binding.left_plain_at, now - 7);
}

TEST_F(Restore, withdraws_a_subscriber_that_the_backup_has_not_got_from_every_node) {
  put({PutSubscriber{sample_subscriber(7)}, PutRegistration{sample_registration(7, "mme1")},
       PutVectorNode{{imsi(7), "mme2", "r", now - 5, 0}}, PutVectorNode{{imsi(7), "mme3", "r", 1, now - 5}},
       PutVectorNode{{imsi(7), "long ago", "r", 1, 1}}, RaiseSeq{imsi(7), 5000}});
  EXPECT_EQ(restore(), (Lines{"mme1", "mme2", "mme3"}));
  EXPECT_EQ(owed(), (Lines{"7 mme1 epc.example type 2 flags 1 since 0", "7 mme2 r type 2 flags 1 since 0",
                           "7 mme3 r type 2 flags 1 since 0"}));
  EXPECT_FALSE(*store_->has_subscriber(imsi(7)));
  put({PutSubscriber{sample_subscriber(7)}});
  EXPECT_EQ(seq(7), 5000U);
}

TEST_F(Restore, withdraws_a_subscriber_that_was_suspended_in_the_backup_from_every_node) {
  binding::Binding suspended = bound_to({imei(1)});
  suspended.suspended_at = 4;
  put({PutBinding{imsi(1), suspended}});
  const std::string backup = files_.db("suspended.db");
  ASSERT_TRUE(ok(store_->backup_to(backup)));
  set_mode(binding::Mode::enforce);
  put({PutRegistration{sample_registration(1, "mme1")}, PutVectorNode{{imsi(1), "mme2", "r", 0, now}}});
  const auto hosts = store_->restore_from(backup, test_sealer(), terms);
  ASSERT_TRUE(done(hosts));
  EXPECT_EQ(*hosts, (Lines{"mme1", "mme2"}));
  EXPECT_EQ(state(1).binding.suspended_at, 4);
  EXPECT_FALSE(state(1).registration);
  EXPECT_EQ(owed().size(), 2U);
}

TEST_F(Restore, brings_pools_and_the_life_of_a_binding_back) {
  binding::Binding binding = bound_to({imei(1)});
  binding.pool = "fleet";
  binding.associations[0].pooled = true;
  binding.associations[0].until = 99;
  binding.policy = binding::Policy::rotate;
  put({PutPool{{"fleet", {imei(1)}}}, PutBinding{imsi(1), binding}});
  const std::string backup = files_.db("pools.db");
  ASSERT_TRUE(ok(store_->backup_to(backup)));
  put({PutBinding{imsi(1), {}}, RemovePool{"fleet"}});
  ASSERT_TRUE(done(store_->restore_from(backup, test_sealer(), terms)));
  EXPECT_EQ(store_->pool("fleet")->value().imeis, std::vector<Imei>{imei(1)});
  EXPECT_EQ(state(1).binding.pool, "fleet");
  EXPECT_EQ(state(1).binding.policy, binding::Policy::rotate);
  EXPECT_EQ(state(1).binding.associations[0].until, 99);
  EXPECT_TRUE(state(1).binding.associations[0].pooled);
}

TEST_F(Restore, keeps_what_the_live_store_knows_of_nodes_and_debts) {
  put({PutRegistration{sample_registration(2, "mme2")}, PutVectorNode{{imsi(2), "mme2", "r", 50, 60}},
       OweClr{{0, imsi(2), "mme1", "r", 0, 1, now}}});
  restore();
  EXPECT_EQ(state(2).registration->host, "mme2");
  EXPECT_EQ(store_->vector_nodes(imsi(2))->at(0).plain_at, 50);
  EXPECT_EQ(owed(), Lines{"2 mme1 r type 0 flags 1 since 0"});
}

TEST_F(Restore, joins_the_nodes_and_debts_of_both) {
  put({PutRegistration{sample_registration(2, "old")}, PutVectorNode{{imsi(2), "old", "r", 10, 90}},
       OweClr{{0, imsi(2), "a", "r", 0, 1, now}}});
  const std::string both = files_.db("both.db");
  ASSERT_TRUE(ok(store_->backup_to(both)));
  const std::int64_t last = store_->owed_clrs(0, 9)->at(0).id;
  put({SettleClr{last}, RemoveSubscriber{imsi(2)}, PutSubscriber{sample_subscriber(2)},
       PutVectorNode{{imsi(2), "old", "r2", 20, 30}}, PutVectorNode{{imsi(2), "new", "r", 40, 0}},
       OweClr{{0, imsi(2), "b", "r", 0, 1, now}}});
  ASSERT_TRUE(done(store_->restore_from(both, test_sealer(), terms)));
  const auto nodes = *store_->vector_nodes(imsi(2));
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[1].host, "old");
  EXPECT_EQ(nodes[1].realm, "r2");
  EXPECT_EQ(nodes[1].plain_at, 20);
  EXPECT_EQ(nodes[1].bound_at, 90);
  EXPECT_EQ(state(2).registration->host, "old");
  EXPECT_EQ(owed().size(), 2U);
  EXPECT_GT(store_->owed_clrs(0, 9)->at(0).id, last + 1) << "a debt's number came twice";
}

TEST_F(Restore, of_its_own_backup_gives_no_seq_twice_and_skips_none_for_nothing) {
  put({RaiseSeq{imsi(1), 5000}, SetSeq{imsi(2), 10}});
  for (int i = 0; i < 3; ++i) restore();
  EXPECT_EQ(seq(1), 5000U) << "the store itself knows what it gave out";
  EXPECT_EQ(seq(2), 1100U) << "it was set back: it does not know";
  put({RemoveSubscriber{imsi(1)}});
  restore();
  EXPECT_EQ(seq(1), 5000U) << "a removed subscriber's SEQs are known, too";
}

TEST_F(Restore, into_another_store_skips_the_margin_once) {
  const auto other = files_.make("other.db");
  ASSERT_TRUE(ok(other->commit(Changes{PutSubscriber{sample_subscriber(1)}, RaiseSeq{imsi(1), 1050}})));
  const auto seq_of = [&](unsigned number) {
    return (*other->subscriber(imsi(number)))->subscriber.seq_high;
  };
  for (int i = 0; i < 3; ++i) {
    restore_into(*other);
    EXPECT_EQ(seq_of(1), 1100U);
    EXPECT_EQ(seq_of(2), 1100U);
  }
  RestoreTerms most = terms;
  most.seq_margin = aka::seq_max;
  restore_into(*other, most);
  EXPECT_EQ(seq_of(1), aka::seq_max);
}

TEST_F(Restore, tells_sgsns_as_it_tells_mmes) {
  const auto sgsn = [](unsigned number, const std::string& host) {
    return PutRegistration{sample_registration(number, host), ServingNode::sgsn};
  };
  set_mode(binding::Mode::off);
  put({sgsn(1, "sgsn1"), sgsn(2, "sgsn2"), PutSubscriber{sample_subscriber(7)}, sgsn(7, "sgsn7"),
       PutVectorNode{{imsi(1), "both", "r", now, 0, vectors_for::eutran | vectors_for::utran_geran}},
       PutVectorNode{{imsi(7), "three-g", "r", 0, now, vectors_for::utran_geran}}});
  EXPECT_EQ(restore(), (Lines{"both", "sgsn1", "sgsn7", "three-g"}));
  EXPECT_EQ(owed(),
            (Lines{"1 both r type 2 flags 2 since 0", "1 both r type 2 flags 3 since 0",
                   "1 sgsn1 epc.example type 2 flags 2 since 0", "7 sgsn7 epc.example type 2 flags 0 since 0",
                   "7 three-g r type 2 flags 0 since 0"}));
  EXPECT_FALSE(state(1).sgsn) << "it must attach again";
  EXPECT_EQ(state(2).sgsn->host, "sgsn2");
}

TEST_F(Restore, owes_an_rsr_to_every_host_that_still_holds_a_registration_and_keeps_other_updates) {
  OwedUpdate idr;
  idr.imsi = imsi(2);
  idr.host = "mme2";
  idr.parts = update_part::msisdn;
  put({PutRegistration{sample_registration(1, "mme1")}, PutRegistration{sample_registration(2, "mme1")},
       PutRegistration{sample_registration(2, "sgsn1"), ServingNode::sgsn}, OweUpdate{idr}});
  for (int i = 0; i < 2; ++i) {
    restore();
    const auto rows = *store_->owed_updates(0, 99);
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(text(rows[0]), "0 " + imsi(2).str() + " mme2  mme parts 1 since 0");
    EXPECT_EQ(text(rows[1]), "2 all mme1 epc.example mme parts 0 since " + std::to_string(now));
    EXPECT_EQ(text(rows[2]), "2 all sgsn1 epc.example mme parts 0 since " + std::to_string(now));
  }
}

TEST_F(Restore, that_fails_leaves_nodes_and_debts_alone) {
  set_mode(binding::Mode::off);
  put({PutRegistration{sample_registration(1, "mme1")}});
  tamper(backup_, "UPDATE kme_epoch SET key = x'00'");
  EXPECT_EQ(code_of(store_->restore_from(backup_, test_sealer(), terms)), Errc::corrupt);
  EXPECT_TRUE(state(1).registration);
  EXPECT_TRUE(owed().empty());
}

}  // namespace
}  // namespace simbiont::store

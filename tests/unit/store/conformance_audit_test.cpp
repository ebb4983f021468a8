// The audit log, approvals and settings, over both implementations.
#include "fixture.h"

namespace simbiont::store {
namespace {

class Audit : public StoreTest {
 protected:
  static AuditEntry entry(const std::string& action) {
    return {0, 1000, 7, 70, "alice", "operator", "socket", "", action, "done", "{}", "{}", "{}", {}};
  }
  Status append(const std::string& action) { return put({AppendAudit{entry(action)}}); }
  static Approval asked(std::int64_t uid) {
    Approval out;
    out.at = 5;
    out.expires_at = 50;
    out.uid = uid;
    out.user = "carol";
    out.method = "POST";
    out.path = "/v1/restore";
    out.body = R"({"directory":"/b"})";
    out.ground = "ab";
    return out;
  }
};
INSTANTIATE_TEST_SUITE_P(Store, Audit, testing::Values(Kind::memory, Kind::sqlite),
                         [](const auto& kind) { return kind.param == Kind::memory ? "memory" : "sqlite"; });

TEST_P(Audit, entries_are_numbered_without_a_gap_and_each_is_chained_to_the_one_before) {
  EXPECT_EQ(store_->audit_head()->id, 0);
  for (const char* action : {"a", "b", "c"}) ASSERT_TRUE(ok(append(action)));
  const auto all = *store_->audit(0, 10);
  ASSERT_EQ(all.size(), 3U);
  AuditChain chain;
  for (const AuditEntry& one : all) EXPECT_TRUE(ok(chain.follow(one)));
  EXPECT_EQ(chain.head().id, 3);
  EXPECT_EQ(store_->audit_head()->hash, chain.head().hash);
  EXPECT_EQ(all[1].action, "b");
  EXPECT_EQ(all[1].user, "alice");
  EXPECT_EQ(all[1].pid, 70);
  EXPECT_EQ(store_->audit(2, 10)->size(), 1U);
  EXPECT_EQ(store_->audit(0, 2)->size(), 2U);
}

TEST_P(Audit, an_entry_comes_and_goes_with_its_group) {
  ASSERT_TRUE(ok(append("kept")));
  EXPECT_FALSE(ok(put({AppendAudit{entry("undone")}, SetSeq{imsi(9), 1}})));
  EXPECT_EQ(store_->audit_head()->id, 1);
  ASSERT_TRUE(ok(put({AppendAudit{entry("x")}, AppendAudit{entry("y")}})));
  const auto all = *store_->audit(0, 10);
  AuditChain chain;
  for (const AuditEntry& one : all) EXPECT_TRUE(ok(chain.follow(one)));
  EXPECT_EQ(chain.head().id, 3);
}

TEST_P(Audit, texts_are_cut_and_an_entry_too_large_is_refused) {
  AuditEntry large = entry("a");
  large.after.assign(audit_text_limit + 1, 'x');
  ASSERT_TRUE(ok(put({AppendAudit{large}})));
  const auto all = *store_->audit(0, 1);
  EXPECT_EQ(all[0].after.size(), audit_text_limit + 3);
  EXPECT_TRUE(ok(AuditChain().follow(all[0])));
  EXPECT_EQ(code(append(std::string(text_limit + 1, 'x'))), Errc::invalid_argument);
}

TEST_P(Audit, an_approval_is_decided_once) {
  ASSERT_TRUE(ok(put({PutApproval{asked(7)}})));
  ASSERT_TRUE(ok(put({PutApproval{asked(8)}})));
  const auto first = store_->approvals(0, 10)->at(0);
  EXPECT_EQ(first.state, Approval::State::pending);
  EXPECT_EQ(first.uid, 7);
  EXPECT_EQ(first.ground, "ab");
  using State = Approval::State;
  ASSERT_TRUE(ok(put({DecideApproval{first.id, State::denied, 9, 8, "dave (uid 8)", "no"}})));
  EXPECT_EQ(code(put({DecideApproval{first.id, State::approved, 9, 8, "dave", ""}})), Errc::refused);
  EXPECT_EQ(code(put({DecideApproval{99, State::approved, 9, 8, "dave", ""}})), Errc::refused);
  EXPECT_EQ(code(put({DecideApproval{2, State::pending, 9, 8, "dave", ""}})), Errc::invalid_argument);
  const auto denied = store_->approvals(first.id - 1, 1)->at(0);
  EXPECT_EQ(denied.state, State::denied);
  EXPECT_EQ(denied.decided_by, "dave (uid 8)");
  EXPECT_EQ(denied.answer, "no");
  EXPECT_EQ(store_->approvals(first.id, 10)->at(0).state, State::pending);
}

TEST_P(Audit, old_decided_approvals_go_and_pending_ones_stay) {
  Changes many{PutApproval{asked(1)}, PutApproval{asked(2)},
               DecideApproval{2, Approval::State::denied, 1, 1, "x", ""}};
  for (std::size_t i = 0; i < approval_limit; ++i) many.emplace_back(PutApproval{asked(3)});
  ASSERT_TRUE(ok(put(many)));
  const auto all = *store_->approvals(0, 2 * approval_limit);
  EXPECT_EQ(all.size(), approval_limit + 1) << "none of them but one was decided";
  EXPECT_EQ(all[0].uid, 1);
  EXPECT_EQ(all[1].uid, 3);
}

TEST_P(Audit, settings_are_replaced_and_empty_when_there_is_none) {
  EXPECT_EQ(*store_->setting("two_person"), "");
  ASSERT_TRUE(ok(put({PutSetting{"two_person", "on"}})));
  ASSERT_TRUE(ok(put({PutSetting{"two_person", "off"}})));
  EXPECT_EQ(*store_->setting("two_person"), "off");
}

}  // namespace
}  // namespace simbiont::store

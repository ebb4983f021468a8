// The audit log under hands that write to the database file, and across backup and restore.
#include <gmock/gmock.h>

#include "sqlite_support.h"

namespace simbiont::store {
namespace {

const std::string unlock = "DROP TRIGGER audit_keeps; DROP TRIGGER audit_grows; ";

class AuditFile : public testing::Test {
 protected:
  static AuditEntry entry(int number) {
    const std::string n = std::to_string(number);
    return {0,
            1000 + number,
            7,
            70 + number,
            "alice",
            "operator",
            "socket",
            "",
            "PUT " + n,
            "done",
            "{\"n\":" + n + "}",
            "{\"b\":" + n + "}",
            "{\"a\":" + n + "}",
            {}};
  }
  static void append(Store& store, int from, int to) {
    Changes all;
    for (int i = from; i <= to; ++i) all.emplace_back(AppendAudit{entry(i)});
    EXPECT_TRUE(ok(store.commit(all)));
  }
  static Result<AuditHead> verified(Store& store) {
    AuditChain chain;
    const auto all = *store.audit(0, 1000);
    for (const AuditEntry& one : all)
      if (auto right = chain.follow(one); !right) return right.error();
    return chain.head();
  }
  // What verify says of a log of five entries after this was done to the file.
  std::string after(const std::string& sql) {
    const std::string name = "t" + std::to_string(++made_) + ".db";
    {
      const auto store = files_.make(name);
      append(*store, 1, 5);
    }
    tamper(files_.db(name), sql);
    const auto head = verified(*files_.open(name));
    return head ? "right, " + std::to_string(head->id) : head.error().message;
  }
  SqliteFiles files_;
  int made_ = 0;
};

TEST_F(AuditFile, the_database_itself_refuses_update_and_delete) {
  const auto store = files_.make();
  append(*store, 1, 3);
  for (const char* sql :
       {"UPDATE audit SET user = 'bob' WHERE id = 2", "DELETE FROM audit WHERE id = 3", "DELETE FROM audit",
        "REPLACE INTO audit SELECT id, at + 1, uid, pid, user, role, via, "
        "second, action, outcome, arguments, before_json, after_json, hash FROM audit"}) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(files_.db().c_str(), &handle), SQLITE_OK);
    sqlite3_exec(handle, "PRAGMA recursive_triggers = ON", nullptr, nullptr, nullptr);
    EXPECT_NE(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    EXPECT_THAT(sqlite3_errmsg(handle), testing::HasSubstr("only grows")) << sql;
    sqlite3_close(handle);
  }
  EXPECT_EQ(verified(*store)->id, 3);
}

TEST_F(AuditFile, an_edit_of_any_column_of_any_entry_is_found_and_the_entry_named) {
  EXPECT_EQ(after(""), "right, 5");
  for (const char* column : {"at", "uid", "pid"}) {
    EXPECT_THAT(after(unlock + "UPDATE audit SET " + column + " = " + column + " + 1 WHERE id = 3"),
                testing::HasSubstr("audit entry 3:"))
        << column;
    EXPECT_THAT(after(unlock + "UPDATE audit SET " + column + " = " + column + " + 4294967296 WHERE id = 3"),
                testing::HasSubstr("audit entry 3:"))
        << column;
  }
  for (const char* column :
       {"user", "role", "via", "second", "action", "outcome", "arguments", "before_json", "after_json"})
    for (const int id : {1, 3, 5})
      EXPECT_THAT(after(unlock + "UPDATE audit SET " + column + " = " + column +
                        " || 'x' WHERE id = " + std::to_string(id)),
                  testing::HasSubstr("audit entry " + std::to_string(id) + ":"))
          << column;
  EXPECT_THAT(after(unlock + "UPDATE audit SET hash = zeroblob(32) WHERE id = 4"),
              testing::HasSubstr("audit entry 4:"));
  EXPECT_THAT(after(unlock + "UPDATE audit SET hash = x'00' WHERE id = 5"),
              testing::HasSubstr("audit entry 5:"));
  EXPECT_THAT(after(unlock + "UPDATE audit SET user = user || arguments, arguments = '' WHERE id = 2"),
              testing::HasSubstr("audit entry 2:"));
}

TEST_F(AuditFile, removal_insertion_and_another_order_are_found) {
  EXPECT_THAT(after(unlock + "DELETE FROM audit WHERE id = 1"),
              testing::HasSubstr("audit entry 1: it is missing"));
  EXPECT_THAT(after(unlock + "DELETE FROM audit WHERE id = 3"),
              testing::HasSubstr("audit entry 3: it is missing"));
  EXPECT_THAT(after(unlock + "DELETE FROM audit WHERE id = 3; UPDATE audit SET id = id - 1 WHERE id > 3"),
              testing::HasSubstr("audit entry 3:"));
  EXPECT_THAT(after(unlock + "UPDATE audit SET id = 99 WHERE id = 2; UPDATE audit SET id = 2 WHERE id = 3; "
                             "UPDATE audit SET id = 3 WHERE id = 99"),
              testing::HasSubstr("audit entry 2:"));
  EXPECT_THAT(
      after("INSERT INTO audit SELECT id + 1, at, uid, pid, user, role, via, second, action, outcome, "
            "arguments, before_json, after_json, hash FROM audit WHERE id = 5"),
      testing::HasSubstr("audit entry 6:"));
  EXPECT_EQ(after(unlock + "DELETE FROM audit WHERE id = 5"), "right, 4")
      << "the chain alone cannot show it: that is what a noted head is for";
}

class AuditRestore : public AuditFile {
 protected:
  std::string restored_entry(Store& store, const std::string& backup) {
    RestoreTerms terms = margin(0);
    terms.audit = entry(99);
    EXPECT_TRUE(done(store.restore_from(backup, test_sealer(), terms)));
    const auto all = *store.audit(0, 1000);
    return all.empty() ? "" : all.back().after;
  }
};

TEST_F(AuditRestore, the_log_of_the_store_itself_stays_and_goes_on) {
  const auto store = files_.make();
  append(*store, 1, 2);
  ASSERT_TRUE(ok(store->commit(Changes{PutSetting{"two_person", "on"}})));
  const std::string backup = files_.db("backup.db");
  ASSERT_TRUE(ok(store->backup_to(backup)));
  ASSERT_TRUE(ok(store->commit(Changes{PutSetting{"two_person", "off"}})));
  append(*store, 3, 4);
  EXPECT_THAT(restored_entry(*store, backup), testing::HasSubstr(R"("entries":2)"));
  EXPECT_THAT(store->audit(0, 10)->back().after, testing::HasSubstr("in this log"));
  EXPECT_EQ(verified(*store)->id, 5);
  EXPECT_EQ(*store->setting("two_person"), "off") << "what the store remembers of itself is no backup's";
}

TEST_F(AuditRestore, a_new_store_takes_the_log_of_its_backup_over) {
  const auto old = files_.make("old.db");
  append(*old, 1, 3);
  const std::string backup = files_.db("backup.db");
  ASSERT_TRUE(ok(old->backup_to(backup)));
  const auto fresh = files_.make("new.db");
  EXPECT_THAT(restored_entry(*fresh, backup), testing::HasSubstr("taken over"));
  EXPECT_EQ(verified(*fresh)->id, 4);
  EXPECT_EQ(fresh->audit(0, 1)->at(0).action, "PUT 1");
}

TEST_F(AuditRestore, a_log_that_is_not_the_beginning_of_the_backups_is_kept_and_says_so) {
  const auto old = files_.make("old.db");
  append(*old, 1, 3);
  const std::string backup = files_.db("backup.db");
  ASSERT_TRUE(ok(old->backup_to(backup)));
  const auto other = files_.make("other.db");
  append(*other, 7, 8);
  EXPECT_THAT(restored_entry(*other, backup), testing::HasSubstr("another's"));
  EXPECT_EQ(verified(*other)->id, 3);
  EXPECT_EQ(other->audit(0, 1)->at(0).action, "PUT 7");
}

TEST_F(AuditRestore, a_backup_with_a_trigger_of_its_own_is_refused) {
  const auto store = files_.make();
  append(*store, 1, 1);
  const std::string backup = files_.db("backup.db");
  ASSERT_TRUE(ok(store->backup_to(backup)));
  tamper(backup,
         "DROP TRIGGER audit_keeps; CREATE TRIGGER audit_keeps BEFORE UPDATE ON audit BEGIN SELECT 1; END");
  EXPECT_EQ(code_of(store->restore_from(backup, test_sealer(), margin(0))), Errc::corrupt);
  EXPECT_EQ(store->audit_head()->id, 1);
}

}  // namespace
}  // namespace simbiont::store

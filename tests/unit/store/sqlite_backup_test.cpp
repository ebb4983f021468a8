// Backup and restore of the SQLite store.
#include <atomic>
#include <thread>

#include "sqlite_support.h"

namespace simbiont::store {
namespace {

class Backup : public testing::Test {
 protected:
  Backup() : store_(files_.make()) {
    EXPECT_TRUE(ok(store_->commit(Changes{
        PutSubscriber{sample_subscriber(1)}, PutSubscriber{sample_subscriber(2)}, PutKme{sample_kme("one")},
        PutDevice{{imei(1), "one", 1}}, PutBinding{imsi(1), bound_to({imei(1)})},
        PutRegistration{sample_registration(1, "mme")}, PutVectorNode{{imsi(1), "mme", "r", 1, 2}},
        PutHistory{{imsi(1), "1", "", "mme", "", true, 1, 1, 1}}, OweClr{{0, imsi(9), "mme", "r", 2, 0, 3}},
        AddEvent{{0, 1, "k", "", ""}}})));
    EXPECT_TRUE(ok(store_->backup_to(backup_)));
  }
  std::uint64_t seq(unsigned number) { return (*store_->subscriber(imsi(number)))->subscriber.seq_high; }

  SqliteFiles files_;
  std::unique_ptr<Store> store_;
  std::string backup_ = files_.db("backup.db");
};

TEST_F(Backup, is_one_private_file_and_a_store_of_its_own) {
  EXPECT_FALSE(std::filesystem::exists(backup_ + "-wal"));
  EXPECT_EQ(std::filesystem::status(backup_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto copy = files_.open("backup.db");
  EXPECT_EQ(text((*copy->subscriber(imsi(1)))->subscriber), text(sample_subscriber(1)));
  EXPECT_EQ(copy->events(0, 9)->size(), 1U);
}

TEST_F(Backup, replaces_no_file) {
  EXPECT_EQ(code(store_->backup_to(backup_)), Errc::already_exists);
  EXPECT_EQ(code(store_->backup_to("/nonexistent/backup.db")), Errc::io);
}

TEST_F(Backup, taken_during_commits_holds_whole_commits) {
  std::atomic<bool> stop = false;
  std::atomic<unsigned> committed = 0;
  std::thread writer([&] {
    for (unsigned i = 1; !stop; ++i) {
      const Changes both{SetSeq{imsi(1), 1000 + i}, AddEvent{{0, i, "fill", "", std::string(900, 'x')}},
                         SetSeq{imsi(2), 1000 + i}};
      if (store_->commit(both)) ++committed;
    }
  });
  for (unsigned i = 0; i < 10; ++i) {
    const unsigned before = committed;
    const std::string name = "during" + std::to_string(i);
    EXPECT_TRUE(ok(store_->backup_to(files_.db(name))));
    const auto copy = files_.open(name);
    const auto a = (*copy->subscriber(imsi(1)))->subscriber.seq_high;
    EXPECT_EQ(a, (*copy->subscriber(imsi(2)))->subscriber.seq_high);
    EXPECT_GE(a, 1000U + before);
    while (committed == before) std::this_thread::yield();
  }
  stop = true;
  writer.join();
}

TEST_F(Backup, restored_content_replaces_what_is_there) {
  ASSERT_TRUE(ok(store_->commit(Changes{RemoveSubscriber{imsi(1)}, RemoveDevice{imei(1)},
                                        PutSubscriber{sample_subscriber(7)}, PutKme{sample_kme("later")},
                                        AddEvent{{0, 1, "later", "", ""}}, SettleClr{1}})));
  ASSERT_TRUE(done(store_->restore_from(backup_, test_sealer(), margin(0))));
  const auto one = **store_->subscriber(imsi(1));
  EXPECT_EQ(text(one.subscriber), text(sample_subscriber(1)));
  EXPECT_EQ(one.binding.associations.size(), 1U);
  EXPECT_TRUE(one.registration);
  EXPECT_EQ(store_->vector_nodes(imsi(1))->size(), 1U);
  EXPECT_EQ(store_->history(imsi(1))->size(), 1U);
  EXPECT_EQ(store_->owed_clrs(0, 9)->size(), 1U);
  EXPECT_EQ(store_->events(0, 9)->size(), 1U);
  EXPECT_FALSE(*store_->has_subscriber(imsi(7)));
  EXPECT_FALSE(store_->kme("later")->has_value());
  ASSERT_TRUE(ok(store_->commit(Changes{AddEvent{{0, 1, "next", "", ""}}})));
  EXPECT_EQ(*store_->last_event_id(), 3) << "an event's number came twice";
}

TEST_F(Backup, of_a_store_with_another_key_is_sealed_anew) {
  const auto theirs = test_sealer(2);
  ASSERT_TRUE(ok(create_sqlite_store(files_.db("theirs.db"))));
  {
    auto other = open_sqlite_store(files_.db("theirs.db"), theirs);
    ASSERT_TRUE(other);
    ASSERT_TRUE(
        ok((*other)->commit(Changes{PutSubscriber{sample_subscriber(5)}, PutKme{sample_kme("five")}})));
    ASSERT_TRUE(ok((*other)->backup_to(files_.db("theirs.backup"))));
  }
  EXPECT_EQ(code_of(store_->restore_from(files_.db("theirs.backup"), test_sealer(), margin(0))),
            Errc::corrupt);
  EXPECT_TRUE(*store_->has_subscriber(imsi(1)));
  ASSERT_TRUE(done(store_->restore_from(files_.db("theirs.backup"), theirs, margin(0))));
  store_.reset();
  store_ = files_.open();  // with this store's own key
  EXPECT_EQ(text((*store_->subscriber(imsi(5)))->subscriber), text(sample_subscriber(5)));
  EXPECT_EQ(text(**store_->kme("five")), text(sample_kme("five")));
}

TEST_F(Backup, that_is_damaged_changes_nothing) {
  const auto damaged = [&](const std::string& sql) {
    const std::string path = files_.db("damaged.db");
    std::filesystem::copy_file(backup_, path, std::filesystem::copy_options::overwrite_existing);
    tamper(path, sql);
    return code_of(store_->restore_from(path, test_sealer(), margin(0)));
  };
  ASSERT_TRUE(ok(store_->commit(Changes{RaiseSeq{imsi(1), 7777}})));
  EXPECT_EQ(damaged("UPDATE kme_epoch SET key = x'00'"), Errc::corrupt);
  EXPECT_EQ(damaged("UPDATE subscriber SET opc = k"), Errc::corrupt);
  EXPECT_EQ(damaged("DELETE FROM device"), Errc::corrupt);
  EXPECT_EQ(damaged("CREATE TRIGGER t AFTER UPDATE ON subscriber BEGIN DELETE FROM kme; END"), Errc::corrupt);
  EXPECT_EQ(damaged("PRAGMA user_version = 99"), Errc::refused);
  EXPECT_EQ(damaged("PRAGMA application_id = 1"), Errc::refused);
  EXPECT_EQ(code_of(store_->restore_from(files_.db("none"), test_sealer(), margin(0))), Errc::not_found);
  EXPECT_EQ(seq(1), 7777U);
}

TEST_F(Backup, restoring_leaves_no_file_behind_and_the_backup_as_it_was) {
  const std::string before = content_of(backup_);
  ASSERT_TRUE(done(store_->restore_from(backup_, test_sealer(), margin(5))));
  EXPECT_EQ(content_of(backup_), before);
  for (const char* part : {"", "-wal", "-shm", "-journal"}) {
    EXPECT_FALSE(std::filesystem::exists(files_.db() + ".restore" + part));
  }
  ASSERT_TRUE(done(store_->restore_from(backup_, test_sealer(), margin(5))));
  EXPECT_EQ(seq(1), 1000U);
}

}  // namespace
}  // namespace simbiont::store

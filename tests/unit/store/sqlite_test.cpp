// What only the SQLite store promises: durability, sealing, and reads beside commits.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "sqlite_support.h"
#include "store/sqlite_connection.h"

namespace simbiont::store {
namespace {

constexpr unsigned subscribers = 20;

// Each subscriber with a key of its own, bound to a device with a KME of its own.
Changes sample_content() {
  Changes all;
  for (unsigned i = 1; i <= subscribers; ++i) {
    const std::string id = "kme-" + std::to_string(i);
    Subscriber s = sample_subscriber(i);
    s.opc = key(1000 + i);
    all.push_back(PutSubscriber{s});
    all.push_back(PutKme{sample_kme(id, 2000 + i)});
    all.push_back(PutDevice{{imei(i), id, 1}});
    all.push_back(PutBinding{s.imsi, bound_to({imei(i)})});
  }
  return all;
}

std::string everything(Store& store) {
  std::string out;
  const auto subscribers_page = *store.subscribers({}, 1000);
  for (const auto& s : subscribers_page) out += text(s.subscriber) + text(s.binding) + "\n";
  const auto kmes = *store.kmes("", 1000);
  for (const auto& kme : kmes) out += text(kme) + "\n";
  return out;
}

std::string row_of(unsigned number) {
  return std::to_string(static_cast<std::int64_t>(imsi(number).key() ^ 1ULL << 63));
}

TEST(SqliteStore, what_was_committed_is_there_after_reopening) {
  const SqliteFiles files;
  std::string before;
  {
    auto store = files.make();
    ASSERT_TRUE(ok(store->commit(sample_content())));
    before = everything(*store);
  }
  EXPECT_EQ(everything(*files.open()), before);
  EXPECT_EQ(ask(files.db(), "SELECT count(*) FROM subscriber"), std::to_string(subscribers));
}

TEST(SqliteStore, what_was_committed_is_in_a_copy_of_the_files_taken_without_closing) {
  const SqliteFiles files;
  auto store = files.make();
  ASSERT_TRUE(ok(store->commit(sample_content())));
  for (const std::string part : {"", "-wal"}) {
    std::filesystem::copy_file(files.db() + part, files.db("crashed.db") + part);
  }
  EXPECT_EQ(everything(*files.open("crashed.db")), everything(*store));
}

TEST(SqliteStore, creation_never_replaces_and_leaves_a_private_file) {
  const SqliteFiles files;
  EXPECT_EQ(open_sqlite_store(files.db(), test_sealer()).error().code, Errc::not_found);
  ASSERT_TRUE(ok(create_sqlite_store(files.db())));
  EXPECT_EQ(code(create_sqlite_store(files.db())), Errc::already_exists);
  struct stat found {};
  ASSERT_EQ(stat(files.db().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
  EXPECT_FALSE(std::filesystem::exists(files.db() + ".new"));
  auto store = files.open();
  ASSERT_TRUE(ok(store->commit(sample_content())));
  ASSERT_EQ(stat((files.db() + "-wal").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600U);
  EXPECT_EQ(code(create_sqlite_store("/nonexistent/store.db")), Errc::io);
}

TEST(SqliteStore, a_foreign_file_is_refused_and_left_alone) {
  const SqliteFiles files;
  tamper(files.db("other.db"), "CREATE TABLE x (y)");
  EXPECT_EQ(open_sqlite_store(files.db("other.db"), test_sealer()).error().code, Errc::refused);
  EXPECT_EQ(ask(files.db("other.db"), "PRAGMA journal_mode"), "delete");
  std::ofstream(files.db("text")) << std::string(5000, 'x');
  EXPECT_EQ(open_sqlite_store(files.db("text"), test_sealer()).error().code, Errc::corrupt);
}

TEST(SqliteStore, a_key_of_another_store_is_found_at_the_start) {
  const SqliteFiles files;
  files.make();
  const auto opened = open_sqlite_store(files.db(), test_sealer(2));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::unavailable);
}

TEST(SqliteStore, commits_are_durable_by_setting) {
  const SqliteFiles files;
  auto store = files.make();
  EXPECT_EQ(ask(files.db(), "PRAGMA journal_mode"), "wal");
  auto writer = Connection::open(files.db(), Connection::Access::write);
  ASSERT_TRUE(writer);
  EXPECT_EQ(*(*writer)->number("PRAGMA synchronous"), 2);
  EXPECT_EQ(*(*writer)->number("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(*(*writer)->number("PRAGMA secure_delete"), 1);
}

TEST(SqliteStore, no_key_is_in_any_file_in_any_form) {
  const SqliteFiles files;
  auto store = files.make();
  ASSERT_TRUE(ok(store->commit(sample_content())));
  ASSERT_TRUE(ok(store->backup_to(files.db("backup.db"))));
  std::string all;
  for (const char* name : {"store.db", "store.db-wal", "store.db-shm", "backup.db"})
    all += content_of(files.db(name));
  ASSERT_NE(all.find("kme-7"), std::string::npos) << "the files were not read";
  std::string lower = all;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (unsigned i = 1; i <= subscribers; ++i) {
    for (const Secret& secret : {key(i), key(1000 + i), key(2000 + i)}) {
      EXPECT_EQ(all.find(as_text(secret.reveal())), std::string::npos) << i;
      EXPECT_EQ(lower.find(to_hex(secret.reveal())), std::string::npos) << i;
      EXPECT_EQ(all.find(base64(secret.reveal())), std::string::npos) << i;
    }
  }
}

TEST(SqliteStore, a_tampered_key_is_corrupt_for_its_subscriber_only) {
  const SqliteFiles files;
  auto store = files.make();
  ASSERT_TRUE(ok(store->commit(sample_content())));
  // Changed octets, one octet short, another's OPc, the own OPc as K.
  const auto set = [&](unsigned number, const std::string& what) {
    tamper(files.db(), "UPDATE subscriber SET " + what + " WHERE imsi = " + row_of(number));
  };
  set(1, "k = CAST(substr(k, 1, 14) || x'00ff00' || substr(k, 18) AS BLOB)");
  set(2, "k = substr(k, 1, length(k) - 1)");
  set(3, "opc = (SELECT opc FROM subscriber WHERE imsi = " + row_of(5) + ")");
  set(4, "k = opc");
  tamper(files.db(),
         "UPDATE kme_epoch SET key = (SELECT key FROM kme_epoch WHERE kme = 'kme-2') WHERE kme = 'kme-1'");
  for (unsigned i = 1; i <= subscribers; ++i) {
    const auto read = store->subscriber(imsi(i));
    EXPECT_EQ(read.ok(), i > 4) << i;
    if (read) continue;
    EXPECT_EQ(read.error().code, Errc::corrupt) << i;
    EXPECT_NE(read.error().message.find(imsi(i).str()), std::string::npos) << read.error().message;
  }
  EXPECT_EQ(store->kme("kme-1").error().code, Errc::corrupt);
  EXPECT_TRUE(store->kme("kme-2"));
  EXPECT_TRUE(*store->has_subscriber(imsi(1)));
}

TEST(SqliteStore, a_value_that_no_version_knows_is_corrupt) {
  const SqliteFiles files;
  auto store = files.make();
  ASSERT_TRUE(ok(store->commit(sample_content())));
  tamper(files.db(), "UPDATE subscriber SET algorithm = 'x' WHERE imsi = " + row_of(1));
  tamper(files.db(), "UPDATE binding SET mode = 'x' WHERE imsi = " + row_of(2));
  tamper(files.db(), "UPDATE kme SET algorithm = 'x' WHERE id = 'kme-3'");
  tamper(files.db(), "UPDATE kme_epoch SET state = 'x' WHERE kme = 'kme-4'");
  EXPECT_EQ(store->subscriber(imsi(1)).error().code, Errc::corrupt);
  EXPECT_EQ(store->subscriber(imsi(2)).error().code, Errc::corrupt);
  EXPECT_EQ(store->kme("kme-3").error().code, Errc::corrupt);
  EXPECT_EQ(store->kme("kme-4").error().code, Errc::corrupt);
}

TEST(SqliteStore, a_listing_that_meets_a_corrupt_row_names_it) {
  struct Case {
    std::string damage;
    std::string row;  // as the error names it
  };
  const std::vector<Case> table{
      {"UPDATE subscriber SET k = x'00' WHERE imsi = " + row_of(2), "subscriber " + imsi(2).str() + " k: "},
      {"UPDATE subscriber SET opc = k WHERE imsi = " + row_of(2), "subscriber " + imsi(2).str() + " opc: "},
      {"UPDATE subscriber SET algorithm = 'x' WHERE imsi = " + row_of(2), "subscriber " + imsi(2).str()},
      {"INSERT OR REPLACE INTO binding (imsi, mode) VALUES (" + row_of(2) + ", 'x')",
       "binding of " + imsi(2).str()},
      {"UPDATE kme SET algorithm = 'x' WHERE id = 'kme-2'", "KME kme-2"},
      {"UPDATE kme_epoch SET key = x'00' WHERE kme = 'kme-2'", "kme kme-2 1: "},
      {"UPDATE kme_epoch SET state = 'x' WHERE kme = 'kme-2'", "KME kme-2 epoch 1: "}};
  for (const Case& damaged : table) {
    const SqliteFiles files;
    auto store = files.make();
    ASSERT_TRUE(ok(store->commit(sample_content())));
    tamper(files.db(), damaged.damage);
    std::string said;
    if (const auto read = store->subscribers({}, 100); !read) said += read.error().message;
    if (const auto read = store->bindings({}, 100); !read) said += read.error().message;
    if (const auto read = store->kmes("", 100); !read) said += read.error().message;
    EXPECT_NE(said.find(damaged.row), std::string::npos) << damaged.damage << ": " << said;
  }
}

TEST(SqliteStore, readers_see_whole_commits_while_one_writes) {
  const SqliteFiles files;
  auto store = files.make();
  ASSERT_TRUE(ok(store->commit(Changes{PutSubscriber{sample_subscriber(1)}})));
  std::atomic<bool> stop = false;
  std::atomic<unsigned> torn = 0;
  std::atomic<unsigned> reads = 0;
  const auto reader = [&] {
    std::uint64_t last = 0;
    while (!stop) {
      const auto state = store->subscriber(imsi(1));
      if (!state || !*state) {
        ++torn;
        continue;
      }
      // Every commit writes the same number to both.
      const std::uint64_t seq = (*state)->subscriber.seq_high;
      const auto& reported = (*state)->binding.reported;
      if (seq < last || (reported && static_cast<std::uint64_t>(reported->at) != seq)) ++torn;
      last = seq;
      ++reads;
    }
  };
  std::thread one(reader);
  std::thread two(reader);
  for (unsigned i = 1; i <= 300 || reads < 200; ++i) {
    ASSERT_TRUE(
        ok(store->commit(Changes{RaiseSeq{imsi(1), 1000 + i}, SetReported{imsi(1), {imei(1), 1000 + i}}})));
  }
  stop = true;
  one.join();
  two.join();
  EXPECT_EQ(torn, 0U);
}

TEST(SqliteStore, a_read_does_not_wait_for_a_writer) {
  const SqliteFiles files;
  auto store = files.make();
  ASSERT_TRUE(ok(store->commit(sample_content())));
  auto other = Connection::open(files.db(), Connection::Access::write);
  ASSERT_TRUE(other);
  ASSERT_TRUE(ok((*other)->execute("BEGIN IMMEDIATE; DELETE FROM association")));
  EXPECT_EQ((*store->subscriber(imsi(1)))->binding.associations.size(), 1U);
  ASSERT_TRUE(ok((*other)->execute("ROLLBACK")));
}

TEST(SqliteStore, a_full_disk_fails_every_group_and_changes_nothing) {
  const SqliteFiles files;
  auto store = files.make();
  ASSERT_TRUE(ok(store->commit(sample_content())));
  const std::string before = everything(*store);
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit small{std::filesystem::file_size(files.db() + "-wal") + 100'000, limit.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  std::vector<Changes> groups(3);
  groups[0] = {RaiseSeq{imsi(1), 900'000}};
  for (unsigned i = 0; i < 3000; ++i) groups[1].push_back(AddEvent{{0, 1, "k", "", std::string(1000, 'x')}});
  groups[2] = {RaiseSeq{imsi(2), 900'000}};
  const auto statuses = store->commit(groups);
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, handler);
  ASSERT_EQ(statuses.size(), 3U);
  for (const Status& status : statuses) EXPECT_EQ(code(status), Errc::io);
  EXPECT_EQ(everything(*store), before);
  EXPECT_EQ(*store->last_event_id(), 0);
  for (const Status& status : store->commit(groups)) EXPECT_TRUE(ok(status));
}

}  // namespace
}  // namespace simbiont::store

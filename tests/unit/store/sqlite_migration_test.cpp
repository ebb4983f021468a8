// The list of migrations: a version 1 database as it was written then, a version that is to come, and one
// from after that.
#include <utility>

#include "sqlite_support.h"
#include "store/sqlite_connection.h"
#include "store/sqlite_schema.h"

namespace simbiont::store {
namespace {

std::vector<Migration> with_one_more(const char* sql) {
  std::vector<Migration> list(migrations().begin(), migrations().end());
  list.push_back({list.back().version + 1, sql});
  return list;
}

std::unique_ptr<Connection> connect(const std::string& path) {
  auto opened = Connection::open(path, Connection::Access::write);
  EXPECT_TRUE(opened) << opened.error().message;
  return std::move(*opened);
}

TEST(Migration, versions_rise_from_one) {
  int last = 0;
  for (const Migration& migration : migrations())
    EXPECT_GT(migration.version, std::exchange(last, migration.version));
  EXPECT_EQ(migrations().front().version, 1);
}

TEST(Migration, a_version_1_database_opens_with_all_its_content) {
  const SqliteFiles files;
  tamper(files.db(), content_of(TEST_DATA "/store_v1.sql"));
  auto store = files.open();
  const auto state = *store->subscriber(imsi(1));
  ASSERT_TRUE(state);
  Subscriber expected = sample_subscriber(1);
  EXPECT_EQ(text(state->subscriber), text(expected));
  EXPECT_EQ(text(state->binding), "enforce reported " + imei(2).str() + "@5 evidence " + imei(1).str() +
                                      "@6 left 9 devices " + imei(1).str() + ":one:1 " + imei(3).str() +
                                      ":two:1 former old:4");
  EXPECT_EQ(text(*state->registration), text(sample_registration(1, "mme.epc.example")));
  EXPECT_EQ(state->subscriber.contexts, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_FALSE(state->sgsn);
  EXPECT_EQ(text(**store->kme("one")), text(sample_kme("one")));
  EXPECT_EQ(store->vector_nodes(imsi(1))->at(0).host, "mme.epc.example");
  EXPECT_EQ(store->history(imsi(1))->at(0).count, 2U);
  EXPECT_EQ(store->owed_clrs(0, 9)->at(0).host, "mme2.epc.example");
  EXPECT_EQ(store->events(0, 9)->at(0).kind, "imei-mismatch");
  EXPECT_EQ(store->counts()->subscribers, 2U);
  EXPECT_EQ(ask(files.db(), "PRAGMA user_version"), std::to_string(migrations().back().version));
}

TEST(Migration, judging_a_store_changes_nothing_of_it) {
  const SqliteFiles files;
  tamper(files.db(), content_of(TEST_DATA "/store_v1.sql"));
  const std::string before = content_of(files.db());
  const auto counts = check_sqlite_store(files.db(), *test_sealer());
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->subscribers, 2U);
  EXPECT_EQ(content_of(files.db()), before);
  EXPECT_EQ(ask(files.db(), "PRAGMA user_version"), "1");
  EXPECT_EQ(check_sqlite_store(files.db(), *test_sealer(2)).error().code, Errc::unavailable);
  EXPECT_EQ(check_sqlite_store(files.db("none"), *test_sealer()).error().code, Errc::not_found);
  tamper(files.db(), "PRAGMA user_version = 99");
  EXPECT_EQ(check_sqlite_store(files.db(), *test_sealer()).error().code, Errc::refused);
}

TEST(Migration, what_is_missing_is_applied_once_and_keeps_the_content) {
  const SqliteFiles files;
  ASSERT_TRUE(ok(files.make()->commit(Changes{PutSubscriber{sample_subscriber(1)}})));
  const auto list = with_one_more("ALTER TABLE subscriber ADD COLUMN note TEXT NOT NULL DEFAULT 'new'");
  const auto connection = connect(files.db());
  ASSERT_TRUE(ok(migrate(*connection, list)));
  ASSERT_TRUE(ok(migrate(*connection, list)));
  EXPECT_EQ(ask(files.db(), "PRAGMA user_version"), std::to_string(list.back().version));
  EXPECT_EQ(ask(files.db(), "SELECT note FROM subscriber"), "new");
}

TEST(Migration, one_that_fails_half_way_changes_nothing) {
  const SqliteFiles files;
  files.make();
  const auto list = with_one_more("CREATE TABLE half (x INTEGER); CREATE TABLE half (x INTEGER)");
  {
    const auto connection = connect(files.db());
    EXPECT_FALSE(migrate(*connection, list));
    EXPECT_FALSE(connection->in_transaction());
  }
  EXPECT_EQ(ask(files.db(), "PRAGMA user_version"), std::to_string(migrations().back().version));
  EXPECT_EQ(ask(files.db(), "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), "0");
  EXPECT_TRUE(files.open());
}

TEST(Migration, a_newer_schema_is_refused_and_left_alone) {
  const SqliteFiles files;
  files.make();
  tamper(files.db(), "PRAGMA user_version = 99");
  const auto opened = open_sqlite_store(files.db(), test_sealer());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::refused);
  EXPECT_NE(opened.error().message.find("99"), std::string::npos) << opened.error().message;
  EXPECT_EQ(ask(files.db(), "PRAGMA user_version"), "99");
}

}  // namespace
}  // namespace simbiont::store

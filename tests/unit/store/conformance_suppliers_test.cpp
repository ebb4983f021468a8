// Suppliers of keys, over both implementations; and what SQLite does with their transport keys.
#include "sqlite_support.h"

namespace simbiont::store {
namespace {

class Suppliers : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(Store, Suppliers, testing::Values(Kind::memory, Kind::sqlite),
                         [](const auto& kind) { return kind.param == Kind::memory ? "memory" : "sqlite"; });

Supplier maker(const std::string& name, unsigned number = 60) {
  return {name, false, {1, 2, 3}, key(number, 32), {4, 5}, name + "-", "35000000-35000099"};
}

std::string text(const Supplier& s) {
  return s.name + (s.sims ? " sims " : " devices ") + to_hex(s.verifying_key) + " " +
         to_hex(s.transport_key.reveal()) + " " + to_hex(s.encryption_key) + " " + s.kme_prefix + " " +
         s.scope;
}

TEST_P(Suppliers, come_back_as_they_were_put_in_the_order_of_their_names) {
  const Supplier exports_only{"b", true, {}, {}, {9}, "", ""};
  ASSERT_TRUE(ok(put({PutSupplier{maker("c")}, PutSupplier{maker("a", 61)}, PutSupplier{exports_only}})));
  EXPECT_EQ(text(**store_->supplier("a")), text(maker("a", 61)));
  EXPECT_EQ(text(**store_->supplier("b")), text(exports_only));
  EXPECT_FALSE(*store_->supplier("d"));
  const auto first = *store_->suppliers("", 2);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].name + first[1].name, "ab");
  const auto rest = *store_->suppliers("b", 2);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(text(rest[0]), text(maker("c")));
}

TEST_P(Suppliers, are_not_replaced_and_not_removed_twice) {
  ASSERT_TRUE(ok(put({PutSupplier{maker("a")}})));
  EXPECT_EQ(code(put({PutSupplier{maker("a", 61)}})), Errc::already_exists);
  EXPECT_EQ(text(**store_->supplier("a")), text(maker("a")));
  EXPECT_EQ(code(put({RemoveSupplier{"a"}, RemoveSupplier{"a"}})), Errc::not_found);
  EXPECT_TRUE(*store_->supplier("a")) << "half a group was applied";
  ASSERT_TRUE(ok(put({RemoveSupplier{"a"}, PutSupplier{maker("a", 61)}})));
  EXPECT_EQ(text(**store_->supplier("a")), text(maker("a", 61)));
}

TEST_P(Suppliers, have_limits) {
  const auto refused = [this](auto&& spoil) {
    Supplier bad = maker("bad");
    spoil(bad);
    return code(put({PutSupplier{bad}})) == Errc::invalid_argument;
  };
  EXPECT_TRUE(refused([](Supplier& s) { s.name = ""; }));
  EXPECT_TRUE(refused([](Supplier& s) { s.name = "a b"; }));
  EXPECT_TRUE(refused([](Supplier& s) { s.name = std::string(65, 'a'); }));
  EXPECT_TRUE(refused([](Supplier& s) { s.transport_key = key(1, 16); }));
  EXPECT_TRUE(refused([](Supplier& s) { s.verifying_key.resize(public_key_limit + 1); }));
  EXPECT_TRUE(refused([](Supplier& s) { s.encryption_key.resize(public_key_limit + 1); }));
  EXPECT_TRUE(refused([](Supplier& s) { s.kme_prefix.resize(text_limit + 1, 'a'); }));
  EXPECT_TRUE(refused([](Supplier& s) { s.scope.resize(scope_limit + 1, '1'); }));
  EXPECT_TRUE(store_->suppliers("", 9)->empty());
}

TEST(SqliteSuppliers, keep_their_transport_key_sealed_in_its_place) {
  const SqliteFiles files;
  auto store = files.make();
  ASSERT_TRUE(ok(store->commit(Changes{PutSupplier{maker("a")}, PutSupplier{maker("b", 61)}})));
  EXPECT_EQ(
      ask(files.db(), "SELECT instr(hex(transport_key), '" + to_hex(key(60, 32).reveal()).substr(0, 16) +
                          "') FROM supplier WHERE name = 'a'"),
      "0");
  EXPECT_EQ(ask(files.db(), "SELECT length(transport_key) FROM supplier WHERE name = 'a'"), "61");
  tamper(files.db(),
         "UPDATE supplier SET transport_key = (SELECT transport_key FROM supplier WHERE name = 'b')");
  EXPECT_EQ(store->supplier("a").error().code, Errc::corrupt);
  EXPECT_TRUE(store->supplier("b"));
}

TEST(SqliteSuppliers, come_back_with_a_backup_under_the_key_of_this_store) {
  const SqliteFiles files;
  ASSERT_TRUE(ok(create_sqlite_store(files.db("theirs.db"))));
  {
    auto theirs = *open_sqlite_store(files.db("theirs.db"), test_sealer(2));
    ASSERT_TRUE(
        ok(theirs->commit(Changes{PutSupplier{maker("a")}, PutSupplier{{"b", true, {}, {}, {9}, "", ""}},
                                  PutSupplier{maker("c", 62)}})));
    ASSERT_TRUE(ok(theirs->backup_to(files.db("theirs.backup"))));
  }
  auto store = files.make();
  ASSERT_TRUE(ok(store->commit(Changes{PutSupplier{maker("gone")}})));
  ASSERT_TRUE(done(store->restore_from(files.db("theirs.backup"), test_sealer(2), margin(0))));
  const auto all = *store->suppliers("", 9);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(text(all[0]), text(maker("a")));
  EXPECT_EQ(all[1].name, "b");
  EXPECT_TRUE(all[1].transport_key.empty());
  EXPECT_EQ(text(all[2]), text(maker("c", 62)));
}

}  // namespace
}  // namespace simbiont::store

// Data keys in the SQLite store, and the sealing anew of everything under others.
#include "crypto/keyring.h"
#include "sqlite_support.h"

namespace simbiont::store {
namespace {

using crypto::Purpose;

class SealTest : public ::testing::Test {
 protected:
  SealTest() {
    ring_->add(kek_);
    EXPECT_TRUE(ok(create_sqlite_store(files_.db())));
    open();
  }
  void open() {
    auto store = open_sqlite_store(files_.db(), ring_);
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
  }
  std::vector<crypto::WrappedKey> pair_of_keys(std::uint32_t first) {
    std::vector<crypto::WrappedKey> keys;
    for (const Purpose purpose : {Purpose::subscriber, Purpose::device}) {
      const auto id = static_cast<std::uint32_t>(first + keys.size());
      keys.push_back({id, purpose, true, kek_->id(),
                      *crypto::new_wrapped_key(*kek_, crypto::data_key_context(id, name(purpose)))});
    }
    return keys;
  }
  void fill(int count) {
    for (int i = 1; i <= count; ++i)
      ASSERT_TRUE(ok(store_->commit(
          Changes{PutSubscriber{sample_subscriber(i)}, PutKme{sample_kme("k" + std::to_string(i))}})));
  }

  SqliteFiles files_;
  std::shared_ptr<crypto::KekProvider> kek_ = crypto::make_file_kek(key(1, 32));
  std::shared_ptr<crypto::Keyring> ring_ = std::make_shared<crypto::Keyring>();
  std::unique_ptr<Store> store_;
};

TEST_F(SealTest, without_a_data_key_nothing_is_taken) {
  EXPECT_EQ(store_->commit(Changes{PutSubscriber{sample_subscriber(1)}}).error().code, Errc::unavailable);
  EXPECT_FALSE(*store_->has_subscriber(imsi(1)));
}

TEST_F(SealTest, every_record_is_sealed_anew_in_groups_and_the_old_keys_go_after_the_last) {
  ASSERT_TRUE(ok(store_->add_data_keys(pair_of_keys(1))));
  fill(5);
  ASSERT_TRUE(ok(store_->add_data_keys(pair_of_keys(3))));
  EXPECT_EQ(store_->data_keys()->size(), 4U);
  EXPECT_EQ(*store_->reseal(2), 2U);
  EXPECT_TRUE(store_->drop_data_keys()->empty());
  open();  // as after a crash: nothing is lost, and it goes on
  EXPECT_EQ(text((*store_->subscriber(imsi(5)))->subscriber), text(sample_subscriber(5)));
  std::size_t groups = 0;
  while (*store_->reseal(2) > 0) ++groups;
  EXPECT_EQ(groups, 2U + 3U);  // of three subscribers, of five epochs
  const auto counts = *store_->sealed_under();
  EXPECT_FALSE(counts.contains(2));
  EXPECT_EQ(counts.at(3), 2U * 5U + 1U);
  EXPECT_EQ(store_->drop_data_keys()->size(), 2U);
  EXPECT_EQ(store_->data_keys()->size(), 2U);
  open();
  EXPECT_EQ(text((*store_->subscriber(imsi(1)))->subscriber), text(sample_subscriber(1)));
  EXPECT_EQ(text(**store_->kme("k5")), text(sample_kme("k5")));
}

TEST_F(SealTest, a_store_sealed_directly_under_its_kek_moves_to_data_keys) {
  const SqliteFiles old;
  ASSERT_TRUE(ok(old.make()->commit(Changes{PutSubscriber{sample_subscriber(1)}})));
  auto store = *open_sqlite_store(old.db(), ring_);
  EXPECT_EQ(store->sealed_under()->at(0), 3U);
  ASSERT_TRUE(ok(store->add_data_keys(pair_of_keys(1))));
  while (*store->reseal(100) > 0) {
  }
  EXPECT_FALSE(store->sealed_under()->contains(0));
  EXPECT_EQ(text((*store->subscriber(imsi(1)))->subscriber), text(sample_subscriber(1)));
}

TEST_F(SealTest, a_suppliers_transport_key_is_sealed_anew_with_the_rest) {
  ASSERT_TRUE(ok(store_->add_data_keys(pair_of_keys(1))));
  ASSERT_TRUE(ok(store_->commit(Changes{PutSupplier{{"maker", false, {1}, key(60, 32), {}, "", ""}}})));
  ASSERT_TRUE(ok(store_->add_data_keys(pair_of_keys(3))));
  EXPECT_TRUE(store_->sealed_under()->contains(2));
  while (*store_->reseal(2) > 0) {
  }
  EXPECT_EQ(store_->drop_data_keys()->size(), 2U);
  open();
  EXPECT_TRUE((*store_->supplier("maker"))->transport_key == key(60, 32));
}

TEST_F(SealTest, a_key_in_a_token_is_kept_as_its_name_alone) {
  ASSERT_TRUE(ok(store_->add_data_keys(pair_of_keys(1))));
  binding::Kme kme{"vault", binding::TransformAlgorithm::aes128, {}, binding::KeyUse::token};
  kme.epochs.push_back({1, binding::EpochState::active, {}});
  kme.epochs.back().token = binding::TokenKey{Bytes{9, 8, 7}, {1, 2, 3}};
  ASSERT_TRUE(ok(store_->commit(Changes{PutKme{kme}})));
  const auto read = **store_->kme("vault");
  EXPECT_EQ(read.use, binding::KeyUse::token);
  EXPECT_EQ(read.epochs.at(0).token, kme.epochs.at(0).token);
  EXPECT_TRUE(read.epochs.at(0).key.empty());
}

}  // namespace
}  // namespace simbiont::store

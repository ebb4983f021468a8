#include "crypto/keyring.h"

#include <gtest/gtest.h>

namespace simbiont::crypto {
namespace {

Secret kek_of(std::uint8_t fill) { return Secret(Bytes(32, fill)); }

const Secret k = *Secret::from_hex("465b5ce8b199b49faa5f0a2ee238a6bc");
constexpr std::string_view of_sim = "subscriber|001010000000001|k", of_kme = "kme|fleet|1";

class KeyringTest : public ::testing::Test {
 protected:
  KeyringTest() { ring_.add(kek_); }

  WrappedKey data_key(std::uint32_t id, Purpose purpose, KekProvider& kek, bool active = true) {
    return {id, purpose, active, kek.id(), *new_wrapped_key(kek, data_key_context(id, name(purpose)))};
  }
  std::shared_ptr<KekProvider> kek_ = make_file_kek(kek_of(1)), other_ = make_file_kek(kek_of(2));
  Keyring ring_;
};

TEST_F(KeyringTest, each_purpose_is_sealed_under_its_own_data_key_and_says_which) {
  const std::vector<WrappedKey> keys{data_key(7, Purpose::subscriber, *kek_),
                                     data_key(8, Purpose::device, *kek_)};
  ring_.load(keys);
  const Bytes sim = *ring_.seal(k, of_sim), kme = *ring_.seal(k, of_kme);
  EXPECT_EQ(Bytes(sim.begin(), sim.begin() + 5), (Bytes{2, 0, 0, 0, 7}));
  EXPECT_EQ(Bytes(kme.begin(), kme.begin() + 5), (Bytes{2, 0, 0, 0, 8}));
  EXPECT_EQ(ring_.mark(Purpose::device), (Bytes{2, 0, 0, 0, 8}));
  EXPECT_TRUE(*ring_.open(sim, of_sim) == k);
  EXPECT_TRUE(*ring_.open(kme, of_kme) == k);
  EXPECT_EQ(ring_.open(sim, of_kme).error().code, Errc::corrupt);
  Bytes other = sim;
  other[4] = 8;  // says another data key
  EXPECT_EQ(ring_.open(other, of_sim).error().code, Errc::corrupt);
}

TEST_F(KeyringTest, without_its_kek_a_purpose_is_closed_and_the_other_one_works) {
  const std::vector<WrappedKey> keys{data_key(1, Purpose::subscriber, *kek_),
                                     data_key(2, Purpose::device, *other_)};
  ring_.load(keys);
  EXPECT_TRUE(ring_.seal(k, of_sim));
  EXPECT_EQ(ring_.seal(k, of_kme).error().code, Errc::unavailable);
  EXPECT_FALSE(ring_.unlock());
  ring_.add(other_);
  EXPECT_TRUE(ring_.unlock());
  EXPECT_TRUE(*ring_.open(*ring_.seal(k, of_kme), of_kme) == k);
}

TEST_F(KeyringTest, an_old_data_key_opens_and_the_active_one_seals) {
  std::vector<WrappedKey> keys{data_key(1, Purpose::subscriber, *kek_)};
  ring_.load(keys);
  const Bytes before = *ring_.seal(k, of_sim);
  keys[0].active = false;
  ring_.add(other_);
  keys.push_back(data_key(2, Purpose::subscriber, *other_));
  ring_.load(keys);
  EXPECT_TRUE(*ring_.open(before, of_sim) == k);
  EXPECT_EQ(ring_.seal(k, of_sim)->at(4), 2);
  ring_.load(std::span(keys).last(1));
  EXPECT_EQ(ring_.open(before, of_sim).error().code, Errc::corrupt);
}

TEST_F(KeyringTest, what_was_sealed_directly_under_a_kek_still_opens) {
  const Bytes direct = *make_key_sealer(kek_of(1))->seal(k, of_sim);
  EXPECT_TRUE(*ring_.open(direct, of_sim) == k);
  EXPECT_EQ(ring_.open(*make_key_sealer(kek_of(2))->seal(k, of_sim), of_sim).error().code, Errc::corrupt);
}

TEST_F(KeyringTest, a_data_key_wrapped_for_another_number_or_purpose_stays_closed) {
  WrappedKey moved = data_key(1, Purpose::subscriber, *kek_);
  moved.id = 2;
  ring_.load(std::span(&moved, 1));
  EXPECT_FALSE(ring_.is_open(2));
  WrappedKey turned = data_key(3, Purpose::subscriber, *kek_);
  turned.purpose = Purpose::device;
  ring_.load(std::span(&turned, 1));
  EXPECT_FALSE(ring_.is_open(3));
}

}  // namespace
}  // namespace simbiont::crypto

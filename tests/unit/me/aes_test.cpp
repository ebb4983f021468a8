#include "me/aes.h"

#include <gtest/gtest.h>

#include <random>

#include "me/cmac.h"
#include "support/me_oracle.h"
#include "support/vec_file.h"

namespace simbiont {
namespace {

Block own(const Bytes& key, const Block& in, int direction) {
  Block out{};
  me::aes_block(key.data(), key.size(), direction, in.data(), out.data());
  return out;
}

TEST(MeAes, fips_197_examples_hold_both_ways) {
  const auto sets = test::read_vec_file(TEST_DATA "/aes_fips197.vec");
  ASSERT_EQ(sets.size(), 3U);
  for (const auto& set : sets) {
    EXPECT_EQ(own(set.bytes("key"), set.block("plain"), SIMBIONT_ME_ENCRYPT), set.block("cipher"))
        << set.title;
    EXPECT_EQ(own(set.bytes("key"), set.block("cipher"), SIMBIONT_ME_DECRYPT), set.block("plain"))
        << set.title;
  }
}

TEST(MeAes, agrees_with_openssl_over_random_keys_and_blocks) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto fill = [&](auto& octets) {
    for (auto& octet : octets) octet = static_cast<std::uint8_t>(random());
  };
  for (int round = 0; round < 500; ++round) {
    Bytes key(round % 2 == 0 ? 16 : 32);
    Block in{};
    fill(key);
    fill(in);
    ASSERT_EQ(own(key, in, SIMBIONT_ME_ENCRYPT), test::aes(key, in, true)) << to_hex(key) << to_hex(in);
    ASSERT_EQ(own(key, in, SIMBIONT_ME_DECRYPT), test::aes(key, in, false)) << to_hex(key) << to_hex(in);
  }
}

// Each octet value in each place of the block goes through the S-boxes as computed, not as tabled.
TEST(MeAes, agrees_with_openssl_for_every_octet_value) {
  const Bytes key(16, 0x5a);
  for (unsigned value = 0; value < 256; ++value) {
    Block in{};
    in.fill(static_cast<std::uint8_t>(value));
    ASSERT_EQ(own(key, in, SIMBIONT_ME_ENCRYPT), test::aes(key, in, true)) << value;
    ASSERT_EQ(own(key, in, SIMBIONT_ME_DECRYPT), test::aes(key, in, false)) << value;
  }
}

TEST(MeCmac, agrees_with_openssl_for_every_length) {
  for (const std::size_t key_size : {16U, 32U}) {
    const Bytes key(key_size, 0x3c);
    me::LocalKey local(static_cast<std::uint8_t>(key_size));
    std::copy(key.begin(), key.end(), local.octets());
    Bytes message;
    for (std::size_t size = 0; size < 70; ++size) {
      Block mac{};
      ASSERT_TRUE(me::cmac(local.key(), message.data(), message.size(), mac.data()));
      ASSERT_EQ(mac, test::cmac(key, message)) << size;
      message.push_back(static_cast<std::uint8_t>(size * 7));
    }
  }
}

}  // namespace
}  // namespace simbiont

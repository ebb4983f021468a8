#include <gtest/gtest.h>

#include "crypto/aes.h"
#include "crypto/aes_decrypt.h"
#include "crypto/hmac.h"
#include "tests/support/vec_file.h"

namespace simbiont::crypto {
namespace {

using test::VecSet;

std::vector<VecSet> sets(const std::string& name) {
  return test::read_vec_file(std::string(TEST_DATA) + "/" + name);
}

TEST(Aes, fips_197_examples_hold_both_ways) {
  const auto examples = sets("aes_fips197.vec");
  ASSERT_EQ(examples.size(), 3U);
  for (const VecSet& set : examples) {
    EXPECT_EQ(Aes(set.secret("key")).encrypt(set.block("plain")), set.block("cipher")) << set.title;
    EXPECT_EQ(decrypt_block(set.secret("key"), set.block("cipher")), set.block("plain")) << set.title;
  }
}

TEST(Aes, a_copy_is_keyed_like_its_original) {
  const VecSet set = sets("aes_fips197.vec").back();
  auto original = std::make_unique<Aes>(set.secret("key"));
  const Aes copy = *original;
  original.reset();
  EXPECT_EQ(copy.encrypt(set.block("plain")), set.block("cipher"));
}

TEST(Cmac, rfc_4493_examples_hold) {
  const auto examples = sets("cmac_rfc4493.vec");
  ASSERT_EQ(examples.size(), 8U);
  for (const VecSet& set : examples) {
    EXPECT_EQ(cmac(Aes(set.secret("key")), set.bytes("message")), set.block("mac")) << set.title;
  }
}

TEST(Hmac, rfc_4231_cases_hold) {
  const auto cases = sets("hmac_sha256_rfc4231.vec");
  ASSERT_EQ(cases.size(), 6U);
  for (const VecSet& set : cases) {
    EXPECT_EQ(hmac_sha256(set.bytes("key"), set.bytes("message")), set.array<32>("mac")) << set.title;
  }
}

}  // namespace
}  // namespace simbiont::crypto

#include "binding/token_transform.h"

#include <gtest/gtest.h>

#include "tests/support/softhsm.h"

namespace simbiont::binding {
namespace {

class TokenTransformTest : public ::testing::TestWithParam<TransformAlgorithm> {
 protected:
  void SetUp() override {
    if (!test::SoftHsm::is_installed()) GTEST_SKIP() << "softhsm2 is not installed";
    token_ = hsm_.token();
    ASSERT_TRUE(token_->connect());
  }
  const Imsi imsi_ = *Imsi::parse("001010000000001");
  test::SoftHsm hsm_;
  std::unique_ptr<crypto::Token> token_;
};

TEST_P(TokenTransformTest, is_the_transform_under_the_same_key_and_inverts_it) {
  const Secret k_me(Bytes(key_size(GetParam()), 0x5a));
  const TokenKey key = *import_token_key(*token_, k_me, "fleet");
  EXPECT_EQ(key.kcv, key_check_value(k_me));
  TokenTransform in_token(*token_, GetParam(), key, imsi_);
  const Transform in_memory(GetParam(), k_me, imsi_);
  std::vector<HiddenRand> rands(3);
  for (std::uint8_t i = 0; i < 3; ++i) rands[i].plain.octets.fill(i);
  ASSERT_TRUE(in_token.apply(rands));
  for (const HiddenRand& rand : rands) {
    EXPECT_EQ(rand.wire.octets, in_memory.apply(rand.plain).octets);
    EXPECT_EQ(in_token.invert(rand.wire)->octets, rand.plain.octets);
  }
  const Imei imei = *Imei::parse("490154203237518");
  EXPECT_TRUE(*derive_k_conf(*token_, key, imei) == derive_k_conf(k_me, imei));
}

TEST_P(TokenTransformTest, a_key_made_in_the_token_hides_and_inverts) {
  const TokenKey key = *generate_token_key(*token_, GetParam(), "fleet");
  TokenTransform transform(*token_, GetParam(), key, imsi_);
  std::vector<HiddenRand> rands(1);
  ASSERT_TRUE(transform.apply(rands));
  EXPECT_NE(rands[0].wire.octets, rands[0].plain.octets);
  EXPECT_EQ(transform.invert(rands[0].wire)->octets, rands[0].plain.octets);
}

INSTANTIATE_TEST_SUITE_P(All, TokenTransformTest,
                         ::testing::Values(TransformAlgorithm::aes128, TransformAlgorithm::aes256,
                                           TransformAlgorithm::aes128_imsi));

}  // namespace
}  // namespace simbiont::binding

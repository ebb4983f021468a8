#include "crypto/token.h"

#include <gtest/gtest.h>

#include "crypto/aes.h"
#include "crypto/aes_decrypt.h"
#include "crypto/kek.h"
#include "crypto/pin_source.h"
#include "tests/support/softhsm.h"

namespace simbiont::crypto {
namespace {

const Secret key = *Secret::from_hex("2b7e151628aed2a6abf7158809cf4f3c");

class TokenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!test::SoftHsm::is_installed()) GTEST_SKIP() << "softhsm2 is not installed";
    ASSERT_TRUE(hsm_.works());
    token_ = hsm_.token();
    const Status connected = token_->connect();
    ASSERT_TRUE(connected) << connected.error().message;
  }

  test::SoftHsm hsm_;
  std::unique_ptr<Token> token_;
};

TEST_F(TokenTest, aes_in_the_token_is_that_of_the_key) {
  const Bytes id = *token_->import(key, "test");
  ByteArray<32> blocks{1, 2, 3}, out{}, back{};
  ASSERT_TRUE(token_->encrypt(id, blocks, out));
  ByteArray<32> expected{};
  Aes(key).encrypt(blocks.data(), expected.data(), 2);
  EXPECT_EQ(out, expected);
  ASSERT_TRUE(token_->decrypt(id, out, back));
  EXPECT_EQ(back, blocks);
  // RFC 4493 section 4, example 2.
  EXPECT_EQ(to_hex(*cmac(*token_, id, *from_hex("6bc1bee22e409f96e93d7e117393172a"))),
            "070a16b46b4d4144f79bdd9dd04a287c");
}

TEST_F(TokenTest, a_key_made_in_the_token_is_known_by_its_id_and_can_be_destroyed) {
  const Bytes id = *token_->generate(32, "one"), other = *token_->generate(16, "two");
  EXPECT_NE(id, other);
  Block block{}, one{}, two{};
  ASSERT_TRUE(token_->encrypt(id, block, one));
  ASSERT_TRUE(token_->encrypt(other, block, two));
  EXPECT_NE(one, two);
  ASSERT_TRUE(token_->destroy(other));
  EXPECT_EQ(token_->encrypt(other, block, two).error().code, Errc::not_found);
  EXPECT_TRUE(token_->encrypt(id, block, one));
}

TEST_F(TokenTest, what_a_tokens_kek_wrapped_opens_in_its_place_unchanged_only) {
  const auto kek = make_token_kek(*token_, *token_->generate(32, "kek"));
  const Bytes wrapped = *kek->wrap(key, "here");
  EXPECT_TRUE(*kek->unwrap(wrapped, "here") == key);
  EXPECT_FALSE(kek->unwrap(wrapped, "there"));
  Bytes changed = wrapped;
  changed.back() ^= 1;
  EXPECT_FALSE(kek->unwrap(changed, "here"));
  EXPECT_FALSE(make_token_kek(*token_, *token_->generate(32, "kek"))->unwrap(wrapped, "here"));
  EXPECT_EQ(token_kek_id(token_kek_object(kek->id())), kek->id());
}

TEST_F(TokenTest, a_token_that_went_away_is_unavailable_until_it_is_back) {
  const Bytes id = *token_->generate(16, "k");
  Block block{};
  hsm_.lose();
  EXPECT_FALSE(token_->probe(id));
  EXPECT_FALSE(token_->connected());
  EXPECT_FALSE(token_->connect());
  EXPECT_EQ(token_->encrypt(id, block, block).error().code, Errc::unavailable);
  hsm_.find();
  ASSERT_TRUE(token_->connect());
  EXPECT_TRUE(token_->encrypt(id, block, block));
}

TEST_F(TokenTest, a_refused_pin_is_not_tried_again_until_its_source_has_another_one) {
  hsm_.set_pin("wrong");
  EXPECT_NE(token_->connect().error().message.find("no login"), std::string::npos);
  EXPECT_NE(token_->connect().error().message.find("not asked again"), std::string::npos);
  hsm_.set_pin("wrong too");
  EXPECT_NE(token_->connect().error().message.find("no login"), std::string::npos);
  hsm_.set_pin(test::SoftHsm::pin);
  EXPECT_TRUE(token_->connect());
}

TEST_F(TokenTest, a_pin_that_others_can_read_is_refused) {
  std::filesystem::permissions(hsm_.pin_file(), std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(token_->connect().error().code, Errc::refused);
}

TEST(PinSource, is_a_file_a_credential_or_a_variable_that_names_a_file) {
  for (const char* good : {"file:/run/pin", "credential:pin", "env:PIN_FILE"})
    EXPECT_TRUE(check_pin_source(good));
  for (const char* bad : {"", "1234", "file:", "pin:1234", "credential:a/b", "env:"})
    EXPECT_FALSE(check_pin_source(bad)) << bad;
  ::setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", 1);
  EXPECT_EQ(*pin_source_file("credential:pin"), "/run/credentials/x/pin");
  EXPECT_EQ(read_pin_source("credential:pin").error().code, Errc::not_found);
}

}  // namespace
}  // namespace simbiont::crypto

#include "crypto/public_key.h"

#include <gtest/gtest.h>

#include "tests/support/test_keys.h"
#include "tests/support/vec_file.h"

namespace simbiont::crypto {
namespace {

std::string text_of(ByteView octets) { return std::string(as_text(octets)); }

TEST(PublicKey, verifies_the_signatures_of_rfc_8032_and_rfc_6979) {
  const auto sets = test::read_vec_file(TEST_DATA "/signatures.vec");
  ASSERT_EQ(sets.size(), 4U);
  for (const auto& set : sets) {
    const auto key = parse_verifying_key(set.text("public"));
    ASSERT_TRUE(key) << set.title;
    const Bytes message = set.bytes("message"), signature = set.bytes("signature");
    EXPECT_TRUE(verify_signature(*key, message, signature)) << set.title;
    Bytes longer = message;
    longer.push_back(0);
    EXPECT_FALSE(verify_signature(*key, longer, signature)) << set.title;
    for (std::size_t at = 0; at < signature.size(); ++at) {
      Bytes changed = signature;
      changed[at] ^= 1;
      EXPECT_FALSE(verify_signature(*key, message, changed)) << set.title << " octet " << at;
    }
    EXPECT_FALSE(verify_signature(*key, message, ByteView()));
  }
}

TEST(PublicKey, what_is_signed_verifies_under_its_own_key_only) {
  const auto ed_pair = test::make_ed25519(), p256_pair = test::make_ec("P-256");
  const Bytes ed = *parse_verifying_key(ed_pair.pub), p256 = *parse_verifying_key(p256_pair.pub);
  EXPECT_EQ(key_kind(ed), "Ed25519");
  EXPECT_EQ(key_kind(p256), "ECDSA P-256");
  const ByteView message = as_bytes("imei,kme\n");
  const Bytes by_ed = *sign(ed_pair.priv, message), by_p256 = *sign(p256_pair.priv, message);
  EXPECT_TRUE(verify_signature(ed, message, by_ed));
  EXPECT_TRUE(verify_signature(p256, message, by_p256));
  EXPECT_FALSE(verify_signature(ed, message, by_p256));
  EXPECT_FALSE(verify_signature(p256, message, by_ed));
  EXPECT_NE(fingerprint(ed), fingerprint(p256));
}

TEST(PublicKey, takes_only_ed25519_and_p256_to_verify_and_only_long_rsa_to_encrypt) {
  const auto ed_pair = test::make_ed25519(), p384 = test::make_ec("P-384");
  const std::string rsa_public = test::read_text(TEST_DATA "/keys/rsa-3072.pub");
  const Bytes rsa = *parse_encryption_key(rsa_public);
  EXPECT_EQ(key_kind(rsa), "RSA-3072");
  EXPECT_FALSE(parse_verifying_key(rsa_public));
  EXPECT_FALSE(parse_verifying_key(p384.pub));
  EXPECT_FALSE(parse_encryption_key(test::read_text(TEST_DATA "/keys/rsa-2048.pub")));
  EXPECT_FALSE(parse_encryption_key(ed_pair.pub));
  EXPECT_FALSE(verify_signature(rsa, as_bytes("x"), Bytes(384)));
  for (const std::string& text :
       {std::string(), std::string("00"), std::string(64, 'g'), std::string(130, '0'),
        "04" + std::string(128, '1'), text_of(rsa), ed_pair.priv, std::string(max_pem + 1, 'A')}) {
    EXPECT_FALSE(parse_verifying_key(text)) << text.size();
    EXPECT_FALSE(parse_encryption_key(text)) << text.size();
  }
}

TEST(PublicKey, signing_takes_no_other_key) {
  EXPECT_FALSE(sign(test::make_ed25519().pub, as_bytes("x")));
  EXPECT_FALSE(sign(test::make_ec("P-384").priv, as_bytes("x")));
  EXPECT_FALSE(sign("", as_bytes("x")));
}

TEST(PublicKey, encryption_is_fresh_each_time_and_opens_with_the_private_key) {
  const std::string priv = test::read_text(TEST_DATA "/keys/rsa-3072.key");
  const Bytes rsa = *parse_encryption_key(test::read_text(TEST_DATA "/keys/rsa-3072.pub"));
  const Secret kek(Bytes(32, 7));
  const Bytes one = *encrypt_to(rsa, kek), two = *encrypt_to(rsa, kek);
  EXPECT_EQ(one.size(), 384U);
  EXPECT_NE(one, two);
  EXPECT_EQ(test::decrypt_oaep(priv, one), kek);
  EXPECT_EQ(test::decrypt_oaep(priv, two), kek);
}

TEST(SignatureFile, holds_octets_or_base64) {
  for (const std::size_t size : {64U, 70U, 71U, 72U}) {
    Bytes signature(size, 0x41);
    if (size != 64) signature[0] = 0x30, signature[1] = static_cast<std::uint8_t>(size - 2);
    EXPECT_EQ(*parse_signature(text_of(signature)), signature);
  }
  EXPECT_EQ(*parse_signature("QUJD\nRA==\r\n"), Bytes({'A', 'B', 'C', 'D'}));
  for (const char* bad : {"", "\n", "QUJ", "====", "Q===", "QU=D", "not base64 at all !!"})
    EXPECT_FALSE(parse_signature(bad)) << bad;
  EXPECT_FALSE(parse_signature(std::string(4000, 'A')));
}

}  // namespace
}  // namespace simbiont::crypto

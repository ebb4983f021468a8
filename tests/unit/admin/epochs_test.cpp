// A new epoch of a KME, and its confirmation by proof.
#include "epochs_fixture.h"

namespace simbiont::admin::test {
namespace {

class EpochsTest : public EpochsFixture {};

TEST_F(EpochsTest, a_staged_epoch_has_the_next_number_and_no_second_one_beside_it) {
  const Json first = ok("POST", "/v1/kmes/m1/stage", R"({"generate":true})");
  EXPECT_EQ(first["epoch"], 2);
  EXPECT_EQ(first["state"], "STAGED");
  EXPECT_EQ(last_event(), "kme-staged");
  EXPECT_NE(refused(409, "POST", "/v1/kmes/m1/stage", R"({"generate":true})").find("epoch 2 is STAGED"),
            std::string::npos);
  EXPECT_EQ(ok("GET", "/v1/kmes/m1")["epoch"], 1) << "the ACTIVE one";
  refused(404, "POST", "/v1/kmes/none/stage", R"({"generate":true})");
  refused(400, "POST", "/v1/kmes/m2/stage", R"({})");
  refused(400, "POST", "/v1/kmes/m2/stage", R"({"generate":true,"from":1})");
  refused(400, "POST", "/v1/kmes/m2/stage", Json{{"key", kme_hex}}.dump());  // aes256 wants 32 octets
}

TEST_F(EpochsTest, an_epoch_can_be_staged_with_a_key_of_its_own_or_of_an_older_epoch) {
  const Json own = ok("POST", "/v1/kmes/m1/stage", R"({"key":"00112233445566778899aabbccddeeff"})");
  EXPECT_EQ(to_hex((**live.store().kme("m1")).find(2)->key.reveal()), "00112233445566778899aabbccddeeff");
  const Json old = ok("POST", "/v1/kmes/m2/stage", R"({"from":1})");
  EXPECT_EQ(old["epoch"], 2);
  const auto kme = **live.store().kme("m2");
  EXPECT_EQ(kme.find(2)->key, kme.find(1)->key);
  EXPECT_EQ(said.find("00112233445566778899aabbccddeeff"), std::string::npos);
}

TEST_F(EpochsTest, a_proof_over_the_challenge_confirms_once) {
  stage();
  const Block asked = challenge(2);
  const std::string answer = proof(2, asked);
  EXPECT_TRUE(ok("POST", path("confirmations", 2, imei_a), answer)["confirmed"]);
  EXPECT_EQ(row(2).proved_at, live.now());
  EXPECT_FALSE(row(2).proved_active);
  EXPECT_EQ(last_event(), "epoch-confirmed");
  EXPECT_NE(refused(409, "POST", path("confirmations", 2, imei_a), answer).find("it was used"),
            std::string::npos);
  EXPECT_EQ(row(2).refused, 1U);
  EXPECT_EQ(last_event(), "proof-refused");
}

TEST_F(EpochsTest, a_challenge_is_fresh_and_the_only_one) {
  stage();
  const Block first = challenge(2), second = challenge(2);
  EXPECT_NE(first, second);
  refused(409, "POST", path("confirmations", 2, imei_a), proof(2, first));
  ok("POST", path("confirmations", 2, imei_a), proof(2, second));
}

TEST_F(EpochsTest, a_wrong_proof_is_refused_counted_and_changes_nothing_else) {
  stage();
  const Block asked = challenge(2);
  const std::string good = proof(2, asked);
  for (std::size_t digit = 0; digit < 32; digit += 5) {
    std::string wrong = good;
    char& at = wrong[wrong.size() - 34 + digit];
    at = at == '0' ? '1' : '0';
    refused(409, "POST", path("confirmations", 2, imei_a), wrong);
  }
  EXPECT_EQ(row(2).refused, 7U);
  EXPECT_EQ(row(2).proved_at, 0);
  refused(409, "POST", path("confirmations", 2, imei_a), proof(1, asked));          // of another epoch
  refused(409, "POST", path("confirmations", 2, imei_a), proof(2, asked, imei_c));  // of another device
  ok("POST", path("confirmations", 2, imei_a), good);  // the challenge is still outstanding
}

TEST_F(EpochsTest, a_late_proof_is_refused) {
  stage();
  const std::string answer = proof(2, challenge(2));
  live.now_ms += Options().challenge_life_ms;
  EXPECT_NE(refused(409, "POST", path("confirmations", 2, imei_a), answer).find("expired"),
            std::string::npos);
  EXPECT_EQ(row(2).proved_at, 0);
}

TEST_F(EpochsTest, only_a_device_of_the_kme_and_an_epoch_of_it_are_asked) {
  stage();
  refused(404, "POST", path("challenges", 3, imei_a));
  refused(400, "POST", path("challenges", 0, imei_a));
  refused(409, "POST", path("challenges", 2, imei_b));
  refused(404, "POST", path("challenges", 2, "350000000000010"));
  refused(400, "POST", path("challenges", 2, "12"));
  refused(400, "POST", path("confirmations", 2, imei_a), R"({"proof":"00"})");
  EXPECT_EQ(row(2).refused, 0U);
}

TEST_F(EpochsTest, an_epoch_that_is_over_is_not_asked_for) {
  for (const auto state : {binding::EpochState::retired, binding::EpochState::revoked}) {
    ASSERT_TRUE(live.put({store::PutEpoch{"m1", {2, state, {}}}}).ok());
    refused(409, "POST", path("challenges", 2, imei_a));
  }
}

}  // namespace
}  // namespace simbiont::admin::test

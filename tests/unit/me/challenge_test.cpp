// RAND and AUTN in, the card's answer out.
#include "device.h"
#include "support/me_oracle.h"
#include "support/vec_file.h"

namespace simbiont::test {
namespace {

const Bytes key_a(16, 0xa1), key_b(16, 0xb2);
const Block rand_received{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
const Block autn{0xe0, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0x80, 0, 0xe8, 0xe9, 0xea, 0xeb, 0xec, 0xed, 0xee, 0xef};
const std::string res = "a1a2a3a4a5a6a7a8", ck(32, 'c'), ik(32, '1'), kc(16, '7'), auts(28, '5');

struct Challenge : ::testing::Test {
  simbiont_me_status run() {
    const simbiont_me_card handle = card.card(channel);
    return simbiont_me_challenge(device.me, rand_received.data(), autn.data(), &handle, &result);
  }
  void two_slots() {
    ASSERT_EQ(device.load({device.slot("a", 1, key_a), device.slot("a", 2, key_b, 0, SIMBIONT_ME_PENDING)}),
              SIMBIONT_ME_OK);
  }
  std::vector<int> words() const { return {result.status_words, result.status_words + result.tries}; }
  Device device;
  OneRandCard card;
  std::uint8_t channel = 0;
  simbiont_me_result result{};
};

TEST_F(Challenge, returns_what_the_card_computed_and_which_slot_it_was) {
  two_slots();
  card.rand = aes(key_a, rand_received, false);
  card.answer = *from_hex("db08" + res + "10" + ck + "10" + ik + "08" + kc);
  channel = 2;
  ASSERT_EQ(run(), SIMBIONT_ME_OK);
  EXPECT_EQ(result.verdict, SIMBIONT_ME_SUCCESS);
  EXPECT_EQ(words(), (std::vector<int>{0x9862, 0x9000}));
  EXPECT_EQ(result.slot, 0);
  EXPECT_EQ(to_hex({result.res, result.res_size}), res);
  EXPECT_EQ(to_hex(result.ck), ck);
  EXPECT_EQ(to_hex(result.ik), ik);
  EXPECT_EQ(result.has_kc, 1);
  EXPECT_EQ(to_hex(result.kc), kc);
  EXPECT_EQ(device.states(), "1 current, 2 pending");
  ASSERT_EQ(card.commands.size(), 2U);
  EXPECT_EQ(to_hex(card.commands[1]), "028800812210" + to_hex(card.rand) + "10" + to_hex(autn) + "00");
}

TEST_F(Challenge, get_response_fetches_what_a_t0_card_keeps) {
  two_slots();
  card.rand = aes(key_b, rand_received, false);
  card.answer = *from_hex("db04a1a2a3a410" + ck + "10" + ik);
  card.keeps = true;
  ASSERT_EQ(run(), SIMBIONT_ME_OK);
  EXPECT_EQ(result.verdict, SIMBIONT_ME_SUCCESS);
  EXPECT_EQ(result.res_size, 4);
  EXPECT_EQ(result.has_kc, 0);
  EXPECT_EQ(to_hex(card.commands.back()), "00c0000028");
  EXPECT_EQ(device.states(), "1 previous, 2 current");
}

TEST_F(Challenge, a_wrong_le_is_put_right_and_is_no_try) {
  two_slots();
  card.rand = aes(key_b, rand_received, false);
  card.answer = *from_hex("db04a1a2a3a410" + ck + "10" + ik);
  card.exact_le = true;
  ASSERT_EQ(run(), SIMBIONT_ME_OK);
  EXPECT_EQ(result.verdict, SIMBIONT_ME_SUCCESS);
  EXPECT_EQ(result.tries, 1);
  ASSERT_EQ(card.commands.size(), 2U);
  EXPECT_EQ(card.commands[1].back(), card.answer.size());
}

TEST_F(Challenge, a_card_whose_toolkit_waits_says_91xx_and_has_succeeded) {
  two_slots();
  card.rand = aes(key_b, rand_received, false);
  card.answer = *from_hex("db04a1a2a3a410" + ck + "10" + ik);
  card.done = 0x910b;
  ASSERT_EQ(run(), SIMBIONT_ME_OK);
  EXPECT_EQ(result.verdict, SIMBIONT_ME_SUCCESS);
  EXPECT_EQ(device.states(), "1 previous, 2 current");
}

TEST_F(Challenge, a_sync_failure_gives_auts_and_proves_the_slot) {
  two_slots();
  card.rand = aes(key_b, rand_received, false);
  card.answer = *from_hex("dc0e" + auts);
  ASSERT_EQ(run(), SIMBIONT_ME_OK);
  EXPECT_EQ(result.verdict, SIMBIONT_ME_SYNC_FAILURE);
  EXPECT_EQ(to_hex(result.auts), auts);
  EXPECT_EQ(result.slot, 1);
  EXPECT_EQ(device.states(), "1 previous, 2 current");
}

TEST_F(Challenge, a_foreign_card_gets_the_rand_as_received) {
  ASSERT_EQ(simbiont_me_set_imsi(device.me, "262010000000001"), SIMBIONT_ME_OK);
  two_slots();
  card.rand = rand_received;
  card.answer = *from_hex("db08" + res + "10" + ck + "10" + ik);
  ASSERT_EQ(run(), SIMBIONT_ME_OK);
  EXPECT_EQ(result.verdict, SIMBIONT_ME_SUCCESS);
  EXPECT_EQ(result.slot, SIMBIONT_ME_PLAIN);
  EXPECT_EQ(result.tries, 1);
}

TEST_F(Challenge, mac_failure_is_that_of_every_try) {
  two_slots();
  ASSERT_EQ(run(), SIMBIONT_ME_OK);
  EXPECT_EQ(result.verdict, SIMBIONT_ME_MAC_FAILURE);
  EXPECT_EQ(words(), (std::vector<int>{0x9862, 0x9862, 0x9862}));
  EXPECT_EQ(result.res_size, 0);
}

TEST_F(Challenge, another_status_word_ends_the_tries) {
  two_slots();
  card.refusal = 0x6985;
  ASSERT_EQ(run(), SIMBIONT_ME_OK);
  EXPECT_EQ(result.verdict, SIMBIONT_ME_CARD_ERROR);
  EXPECT_EQ(words(), (std::vector<int>{0x6985}));
}

TEST_F(Challenge, an_answer_that_is_none_is_a_card_error_proves_nothing_and_leaves_no_keys) {
  for (const std::string& answer :
       {std::string(), std::string("db"), "db08" + res, "db08" + res + "10" + ck + "10" + ik.substr(2),
        "db11" + std::string(34, '1') + "10" + ck + "10" + ik, "dc0d" + auts.substr(2), "aa08" + res}) {
    SCOPED_TRACE(answer);
    device.start();
    device.keys = {};
    two_slots();
    card.rand = aes(key_b, rand_received, false);
    card.answer = *from_hex(answer);
    ASSERT_EQ(run(), SIMBIONT_ME_OK);
    EXPECT_EQ(result.verdict, SIMBIONT_ME_CARD_ERROR);
    EXPECT_EQ(result.res_size, 0);
    EXPECT_EQ(to_hex(result.ck), std::string(32, '0'));
    EXPECT_EQ(device.states(), "1 current, 2 pending");
  }
}

TEST_F(Challenge, a_card_that_is_gone_is_an_error) {
  two_slots();
  card.breaks = true;
  EXPECT_EQ(run(), SIMBIONT_ME_CARD_FAILED);
  EXPECT_EQ(card.commands.size(), 1U);
}

TEST_F(Challenge, a_key_store_that_refuses_sends_nothing) {
  two_slots();
  device.blocks_until_failure = 0;
  EXPECT_EQ(run(), SIMBIONT_ME_KEY_FAILED);
  EXPECT_TRUE(card.commands.empty());
}

TEST_F(Challenge, a_proof_that_cannot_be_saved_leaves_the_slot_pending_and_the_answer_good) {
  two_slots();
  device.save_fails = true;
  card.rand = aes(key_b, rand_received, false);
  card.answer = *from_hex("db08" + res + "10" + ck + "10" + ik);
  EXPECT_EQ(run(), SIMBIONT_ME_SAVE_FAILED);
  EXPECT_EQ(result.verdict, SIMBIONT_ME_SUCCESS);
  EXPECT_EQ(to_hex({result.res, result.res_size}), res);
  EXPECT_EQ(device.states(), "1 current, 2 pending");
  device.save_fails = false;
  EXPECT_EQ(run(), SIMBIONT_ME_OK);
  EXPECT_EQ(device.states(), "1 previous, 2 current");
}

TEST_F(Challenge, gsm_uses_the_current_slot_and_reads_sres_and_kc) {
  two_slots();
  card.rand = aes(key_a, rand_received, false);
  card.answer = *from_hex("04a1a2a3a408" + kc);
  const simbiont_me_card handle = card.card();
  ASSERT_EQ(simbiont_me_challenge_gsm(device.me, rand_received.data(), &handle, &result), SIMBIONT_ME_OK);
  EXPECT_EQ(result.verdict, SIMBIONT_ME_SUCCESS);
  EXPECT_EQ(to_hex({result.res, result.res_size}), "a1a2a3a4");
  EXPECT_EQ(to_hex(result.kc), kc);
  EXPECT_EQ(result.slot, 0);
  EXPECT_EQ(to_hex(card.commands[0]), "008800801110" + to_hex(card.rand) + "00");
}

TEST(MeProof, is_the_one_computed_elsewhere_for_each_algorithm) {
  for (const auto& set : read_vec_file(TEST_DATA "/transform.vec")) {
    SCOPED_TRACE(set.title);
    const std::string name = set.text("algorithm");
    Device device;
    std::strcpy(device.config.imei, set.text("imei").c_str());
    device.start();
    const std::uint64_t epoch = std::stoull(set.text("epoch"));
    simbiont_me_slot slot = device.slot(set.text("kme").c_str(), epoch, set.bytes("K_ME"),
                                        name == "aes128"   ? 0
                                        : name == "aes256" ? 1
                                                           : 2);
    ASSERT_EQ(device.load({slot}), SIMBIONT_ME_OK);
    Block proof{};
    ASSERT_EQ(simbiont_me_proof(device.me, slot.kme, epoch, set.block("challenge").data(), proof.data()),
              SIMBIONT_ME_OK);
    EXPECT_EQ(proof, set.block("proof"));
    ByteArray<3> kcv{};
    ASSERT_EQ(simbiont_me_key_check_value(device.me, 0, kcv.data()), SIMBIONT_ME_OK);
    EXPECT_EQ(kcv, set.array<3>("kcv"));

    slot.confirm_key = device.add_key(set.bytes("K_conf"));
    slot.key = device.add_key(Bytes(16, 0));
    ASSERT_EQ(device.load({slot}), SIMBIONT_ME_OK);
    proof = {};
    ASSERT_EQ(simbiont_me_proof(device.me, slot.kme, epoch, set.block("challenge").data(), proof.data()),
              SIMBIONT_ME_OK);
    EXPECT_EQ(proof, set.block("proof")) << "from K_conf";
    EXPECT_EQ(simbiont_me_proof(device.me, slot.kme, epoch + 1, set.block("challenge").data(), proof.data()),
              SIMBIONT_ME_NOT_FOUND);
  }
}

}  // namespace
}  // namespace simbiont::test

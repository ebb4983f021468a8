// The ME against numbers computed with the openssl command.
#include "lab/me.h"

#include <gtest/gtest.h>

#include "usim/milenage.h"

namespace simbiont::lab {
namespace {

const char* const imsi = "001010000000001";
const char* const rand_hex = "23553cbe9637a89d218ae64dae47bf35";
const char* const k_me_hex = "000102030405060708090a0b0c0d0e0f";
const char* const k_me_256_hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
// AUTN for SEQ 1, IND 0, AMF 8000 under test set 1 of TS 35.208 and the RAND above.
const char* const autn_hex = "aa689c6483508000904cbb451b65def8";

Block block(const char* hex) {
  Block out{};
  EXPECT_TRUE(from_hex(hex, out));
  return out;
}
KeySlot slot(Scheme s, const char* hex) { return {"kme", s, *Secret::from_hex(hex)}; }

usim::Usim make_card() {
  return usim::Usim({imsi, *Secret::from_hex("465b5ce8b199b49faa5f0a2ee238a6bc"),
                     *Secret::from_hex("cd63cb71954a9f4e48a5994e37a02baf"), 1ULL << 28, 0});
}
std::string words(const MeResponse& response) {
  std::string out;
  for (const std::uint16_t word : response.status_words) {
    out += (out.empty() ? "" : " ") +
           to_hex(ByteArray<2>{static_cast<std::uint8_t>(word >> 8), static_cast<std::uint8_t>(word)});
  }
  return out;
}

TEST(Me, decrypts_what_the_openssl_command_encrypted) {
  EXPECT_EQ(decrypt_rand(slot(Scheme::aes128, k_me_hex), imsi, block("5828d46d7c43d0eaaad5d7b6cbfefd8c")),
            block(rand_hex));
  EXPECT_EQ(decrypt_rand(slot(Scheme::aes256, k_me_256_hex), imsi, block("cd7d667625c9853595cfdcd7d16b8eb8")),
            block(rand_hex));
  EXPECT_EQ(
      decrypt_rand(slot(Scheme::aes128_imsi, k_me_hex), imsi, block("3c406fb4bcdf6b0b2c22519998227218")),
      block(rand_hex));
  EXPECT_NE(decrypt_rand(slot(Scheme::aes128_imsi, k_me_hex), "001010000000002",
                         block("3c406fb4bcdf6b0b2c22519998227218")),
            block(rand_hex));
}

TEST(Me, right_slot_gives_res_and_the_kasme_of_ts_33_401) {
  const Device device{"d", "35000000000001", {slot(Scheme::aes128, k_me_hex)}, true};
  usim::Usim card = make_card();
  const MeResponse response = answer_challenge(
      device, card, {block("5828d46d7c43d0eaaad5d7b6cbfefd8c"), block(autn_hex)}, {0x00, 0xf1, 0x10});
  EXPECT_EQ(response.verdict, MeVerdict::success);
  EXPECT_EQ(words(response), "9000");
  EXPECT_EQ(to_hex(response.res), "a54211d5e3ba50bf");
  EXPECT_EQ(to_hex(response.kasme), "e4903528c0cc772066d77f3de4f6855d26e7e75bc06642e69d05b284e7ee9007");
}

TEST(Me, slots_are_tried_newest_first_and_the_rand_as_received_last) {
  const char* const wrong = "ffffffffffffffffffffffffffffffff";
  struct Try {
    const char* what;
    std::vector<KeySlot> slots;
    const char* rand;
    const char* words;
    MeVerdict verdict;
    bool tries_plain;
  };
  const Try rows[] = {
      {"no slot, plain", {}, rand_hex, "9000", MeVerdict::success, true},
      {"no slot, bound", {}, "5828d46d7c43d0eaaad5d7b6cbfefd8c", "9862", MeVerdict::mac_failure, true},
      {"no slot, policy forbids", {}, "5828d46d7c43d0eaaad5d7b6cbfefd8c", "", MeVerdict::mac_failure, false},
      {"wrong slot",
       {slot(Scheme::aes128, wrong)},
       "5828d46d7c43d0eaaad5d7b6cbfefd8c",
       "9862 9862",
       MeVerdict::mac_failure,
       true},
      {"wrong slot, no plain",
       {slot(Scheme::aes128, wrong)},
       "5828d46d7c43d0eaaad5d7b6cbfefd8c",
       "9862",
       MeVerdict::mac_failure,
       false},
      {"second slot",
       {slot(Scheme::aes128, wrong), slot(Scheme::aes128, k_me_hex)},
       "5828d46d7c43d0eaaad5d7b6cbfefd8c",
       "9862 9000",
       MeVerdict::success,
       true},
      {"unbound card", {slot(Scheme::aes128, k_me_hex)}, rand_hex, "9862 9000", MeVerdict::success, true},
      {"unbound card, policy forbids",
       {slot(Scheme::aes128, k_me_hex)},
       rand_hex,
       "9862",
       MeVerdict::mac_failure,
       false},
      {"right key, other scheme",
       {slot(Scheme::aes128_imsi, k_me_hex)},
       "5828d46d7c43d0eaaad5d7b6cbfefd8c",
       "9862 9862",
       MeVerdict::mac_failure,
       true},
  };
  for (const auto& row : rows) {
    usim::Usim card = make_card();
    const Device device{"d", "35000000000001", row.slots, row.tries_plain};
    const MeResponse response = answer_challenge(device, card, {block(row.rand), block(autn_hex)}, {});
    EXPECT_EQ(words(response), row.words) << row.what;
    EXPECT_EQ(response.verdict, row.verdict) << row.what;
  }
}

TEST(Me, at_most_four_tries_are_made) {
  const KeySlot wrong = slot(Scheme::aes128, "ffffffffffffffffffffffffffffffff");
  const Device device{"d", "35000000000001", std::vector<KeySlot>(7, wrong), true};
  usim::Usim card = make_card();
  EXPECT_EQ(
      words(answer_challenge(device, card, {block("5828d46d7c43d0eaaad5d7b6cbfefd8c"), block(autn_hex)}, {})),
      "9862 9862 9862 9862");
}

TEST(Me, sync_failure_ends_the_tries_and_carries_auts) {
  const Device device{"d", "35000000000001", {slot(Scheme::aes128, k_me_hex)}, true};
  usim::Usim card = make_card();
  card.accepted_seq().fill(100);
  const MeResponse response =
      answer_challenge(device, card, {block("5828d46d7c43d0eaaad5d7b6cbfefd8c"), block(autn_hex)}, {});
  EXPECT_EQ(response.verdict, MeVerdict::sync_failure);
  EXPECT_EQ(words(response), "9000");
  EXPECT_NE(response.auts, (ByteArray<14>{}));
}

TEST(Me, autn_without_the_separation_bit_never_reaches_the_card) {
  const Device device{"d", "35000000000001", {}, true};
  usim::Usim card = make_card();
  Block autn = block(autn_hex);
  autn[6] = 0;
  const MeResponse response = answer_challenge(device, card, {block(rand_hex), autn}, {});
  EXPECT_EQ(response.verdict, MeVerdict::separation_bit_off);
  EXPECT_TRUE(response.status_words.empty());
}

TEST(Me, schemes_have_names_and_key_sizes) {
  EXPECT_EQ(key_size(*scheme("aes128")), 16U);
  EXPECT_EQ(key_size(*scheme("aes256")), 32U);
  EXPECT_EQ(key_size(*scheme("aes128-imsi")), 16U);
  EXPECT_FALSE(scheme("aes192"));
}

}  // namespace
}  // namespace simbiont::lab

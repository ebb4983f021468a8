#include "usim/usim.h"

#include <gtest/gtest.h>

#include <string>

#include "usim/milenage.h"

namespace simbiont::usim {
namespace {

const char* const k_hex = "465b5ce8b199b49faa5f0a2ee238a6bc";
const char* const opc_hex = "cd63cb71954a9f4e48a5994e37a02baf";
const char* const rand_hex = "23553cbe9637a89d218ae64dae47bf35";

Block block(const char* hex) {
  Block out{};
  EXPECT_TRUE(from_hex(hex, out));
  return out;
}

// The network's side: AUTN for one SEQ and IND over a RAND.
class Network {
 public:
  Bytes command(std::uint64_t seq, unsigned ind, ByteArray<2> amf = {0x80, 0}) const {
    ByteArray<6> sqn{};
    store_be(seq << 5 | ind, sqn);
    const Milenage functions(k_, opc_, rand_);
    const auto ak = functions.f2_f5().ak;
    Bytes out = {0x00, 0x88, 0x00, 0x81, 0x22, 0x10};
    out.insert(out.end(), rand_.begin(), rand_.end());
    out.push_back(0x10);
    for (std::size_t i = 0; i < 6; ++i) out.push_back(sqn[i] ^ ak[i]);
    out.insert(out.end(), amf.begin(), amf.end());
    const auto mac = functions.f1(sqn, amf).mac_a;
    out.insert(out.end(), mac.begin(), mac.end());
    return out;
  }

  // SQN_MS out of a DC response, when MAC-S holds; all ones otherwise.
  std::uint64_t resynchronise(const Bytes& response) const {
    if (response.size() != 18 || response[0] != 0xdc || response[1] != 14) return ~0ULL;
    const Milenage functions(k_, opc_, rand_);
    const auto ak = functions.f5_star();
    ByteArray<6> sqn{};
    for (std::size_t i = 0; i < 6; ++i) sqn[i] = response[2 + i] ^ ak[i];
    const auto mac = functions.f1(sqn, {0, 0}).mac_s;
    return std::equal(mac.begin(), mac.end(), response.begin() + 8) ? load_be(sqn) : ~0ULL;
  }

 private:
  Secret k_ = *Secret::from_hex(k_hex), opc_ = *Secret::from_hex(opc_hex);
  Block rand_ = block(rand_hex);
};

Profile profile() {
  return {"001010000000001", *Secret::from_hex(k_hex), *Secret::from_hex(opc_hex), 1ULL << 28, 0};
}

std::uint16_t status(const Bytes& response) {
  return static_cast<std::uint16_t>(load_be(ByteView(response).last(2)));
}
std::string verdict(const Bytes& response) {
  if (status(response) != sw::success) return to_hex(ByteView(response).last(2));
  return response[0] == 0xdb ? "DB" : response[0] == 0xdc ? "DC" : "?";
}

TEST(Usim, success_carries_res_ck_and_ik_of_the_test_set) {
  Usim card(profile());
  EXPECT_EQ(to_hex(card.transmit(Network().command(1, 0))),
            "db08a54211d5e3ba50bf10b40ba9a3c58b2a05bbf0d987b21bf8cb10f769bcd751044604127672711c6d34419000");
}

TEST(Usim, a_le_octet_may_follow) {
  Usim card(profile());
  Bytes command = Network().command(1, 0);
  command.push_back(0);
  EXPECT_EQ(verdict(card.transmit(command)), "DB");
}

TEST(Usim, every_malformed_command_has_its_status_word) {
  const Bytes good = Network().command(1, 0);
  struct {
    const char* what;
    std::size_t at;
    std::uint8_t value;
    std::uint16_t expected;
  } const rows[] = {
      {"class", 0, 0x80, 0x6e00},           {"class of another channel", 0, 0x01, 0x6e00},
      {"instruction", 1, 0x89, 0x6d00},     {"p1", 2, 0x01, 0x6a86},
      {"GSM context", 3, 0x80, 0x6a86},     {"Lc too small", 4, 0x21, 0x6700},
      {"Lc too large", 4, 0x23, 0x6700},    {"length of RAND", 5, 0x0f, 0x6700},
      {"length of AUTN", 22, 0x0e, 0x6700},
  };
  for (const auto& row : rows) {
    Usim card(profile());
    Bytes command = good;
    command[row.at] = row.value;
    const Bytes response = card.transmit(command);
    EXPECT_EQ(status(response), row.expected) << row.what;
    EXPECT_EQ(response.size(), 2U) << row.what;
    EXPECT_EQ(verdict(card.transmit(good)), "DB") << row.what << " left a trace in the card";
  }
}

TEST(Usim, every_length_but_39_and_40_is_wrong_length) {
  Bytes command = Network().command(1, 0);
  command.resize(60, 0);
  for (std::size_t length = 0; length <= command.size(); ++length) {
    Usim card(profile());
    const Bytes response = card.transmit(ByteView(command).first(length));
    EXPECT_EQ(verdict(response), length == 39 || length == 40 ? "DB" : "6700") << length;
  }
}

TEST(Usim, any_changed_bit_of_rand_or_autn_is_a_mac_failure) {
  const Bytes good = Network().command(1, 0);
  for (std::size_t octet = 6; octet < good.size(); ++octet) {
    if (octet == 22) continue;  // the length of AUTN
    for (int bit = 0; bit < 8; ++bit) {
      Usim card(profile());
      Bytes command = good;
      command[octet] ^= static_cast<std::uint8_t>(1 << bit);
      EXPECT_EQ(verdict(card.transmit(command)), "9862") << octet << "." << bit;
    }
  }
}

TEST(Usim, mac_failure_comes_before_the_judgement_of_sqn) {
  Usim card(profile());
  card.accepted_seq().fill(1000);
  Bytes stale = Network().command(1, 0);
  EXPECT_EQ(verdict(card.transmit(stale)), "DC");
  stale.back() ^= 1;
  EXPECT_EQ(verdict(card.transmit(stale)), "9862");
}

TEST(Usim, the_same_autn_twice_is_a_sync_failure) {
  Usim card(profile());
  const Bytes command = Network().command(5, 3);
  EXPECT_EQ(verdict(card.transmit(command)), "DB");
  const Bytes second = card.transmit(command);
  EXPECT_EQ(verdict(second), "DC");
  EXPECT_EQ(Network().resynchronise(second), 5U << 5 | 3U);
}

TEST(Usim, auts_is_the_independently_computed_one) {
  Usim card(profile());
  card.accepted_seq()[7] = 0x123456;
  EXPECT_EQ(to_hex(card.transmit(Network().command(0x123456, 7))), "dc0e451e89aa2efc797cdc42ae004def9000");
}

TEST(Usim, auts_names_the_highest_seq_accepted_under_any_ind) {
  Usim card(profile());
  ASSERT_EQ(verdict(card.transmit(Network().command(70, 3))), "DB");
  ASSERT_EQ(verdict(card.transmit(Network().command(50, 9))), "DB");
  EXPECT_EQ(Network().resynchronise(card.transmit(Network().command(49, 9))), 70U << 5 | 3U);
}

struct WindowRow {
  const char* what;
  std::uint64_t delta, age_limit;
  std::uint64_t highest, at_ind;  // accepted under IND 0 and under IND 4
  std::uint64_t seq;              // now presented under IND 4
  const char* expected;
};

TEST(Usim, the_window_of_annex_c_2) {
  const WindowRow rows[] = {
      {"first use", 1 << 28, 0, 0, 0, 1, "DB"},
      {"SEQ 0 is never fresh", 1 << 28, 0, 0, 0, 0, "DC"},
      {"out of order between INDs", 1 << 28, 0, 100, 3, 4, "DB"},
      {"equal within its IND", 1 << 28, 0, 100, 4, 4, "DC"},
      {"below within its IND", 1 << 28, 0, 100, 4, 3, "DC"},
      {"a jump of exactly delta", 1000, 0, 100, 4, 1100, "DB"},
      {"a jump above delta", 1000, 0, 100, 4, 1101, "DC"},
      {"delta counts from the highest of all INDs", 1000, 0, 5000, 4, 5999, "DB"},
      {"the annex's delta", 1 << 28, 0, 1, 1, (1ULL << 28) + 1, "DB"},
      {"above the annex's delta", 1 << 28, 0, 1, 1, (1ULL << 28) + 2, "DC"},
      {"no delta, no limit", 0, 0, 1, 1, (1ULL << 43) - 1, "DB"},
      {"age just within L", 1 << 28, 50, 100, 4, 51, "DB"},
      {"age of L", 1 << 28, 50, 100, 4, 50, "DC"},
      {"no L, any age", 1 << 28, 0, 1000000, 4, 5, "DB"},
  };
  for (const WindowRow& row : rows) {
    Profile p = profile();
    p.delta = row.delta;
    p.age_limit = row.age_limit;
    Usim card(p);
    card.accepted_seq()[0] = row.highest;
    card.accepted_seq()[4] = row.at_ind;
    EXPECT_EQ(verdict(card.transmit(Network().command(row.seq, 4))), row.expected) << row.what;
  }
}

TEST(Usim, refusal_leaves_the_array_as_it_was_and_acceptance_moves_one_entry) {
  Usim card(profile());
  card.accepted_seq().fill(10);
  const auto before = card.accepted_seq();
  (void)card.transmit(Network().command(10, 6));
  EXPECT_EQ(card.accepted_seq(), before);
  ASSERT_EQ(verdict(card.transmit(Network().command(11, 6))), "DB");
  auto expected = before;
  expected[6] = 11;
  EXPECT_EQ(card.accepted_seq(), expected);
}

TEST(Usim, autn_is_judged_under_the_amf_it_carries) {
  for (const ByteArray<2> amf : {ByteArray<2>{0, 0}, ByteArray<2>{0x80, 0}, ByteArray<2>{0xb9, 0xb9}}) {
    Usim card(profile());
    EXPECT_EQ(verdict(card.transmit(Network().command(1, 0, amf))), "DB");
  }
}

}  // namespace
}  // namespace simbiont::usim

#include "unit/me_daemon/fixture.h"

namespace simbiont::test {
namespace {

struct BridgeTest : DeviceTest {
  void SetUp() override { ASSERT_TRUE(device->set_imsi(card_imsi)); }
  Bytes exchange(const Bytes& command) {
    me::Bridge bridge(*device, card);
    auto response = bridge.exchange(command);
    counts = bridge.counts();
    return response ? *response : Bytes{};
  }
  Bytes rand_sent(std::size_t which, std::size_t offset = 6) const {
    const Bytes& command = card.commands.at(which);
    return {command.begin() + static_cast<long>(offset), command.begin() + static_cast<long>(offset) + 16};
  }
  static Bytes octets(const Block& block) { return {block.begin(), block.end()}; }

  const Block rand{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  me::BridgeCounts counts;
};

TEST_F(BridgeTest, an_authenticate_reaches_the_card_with_the_plain_rand) {
  ASSERT_TRUE(device->add(slot("kme", 1, test_key(7))));
  card.answers = {hex("6135")};
  EXPECT_EQ(exchange(authenticate(aes_ecb(test_key(7), rand))), hex("6135"));
  ASSERT_EQ(card.commands.size(), 1U);
  EXPECT_EQ(card.commands[0], authenticate(rand));
  EXPECT_EQ(counts.proven, 1U);
}

TEST_F(BridgeTest, the_next_slot_is_tried_after_a_mac_failure_and_proves_itself) {
  ASSERT_TRUE(device->add(slot("kme", 1, test_key(7))));
  ASSERT_TRUE(device->add(slot("kme", 2, test_key(8))));
  card.answers = {hex("6135")};
  EXPECT_EQ(exchange(authenticate(aes_ecb(test_key(8), rand))), hex("6135"));
  EXPECT_EQ(states(), "kme 1 previous, kme 2 current");
  card.commands.clear();
  card.answers = {hex("9862"), hex("6135")};
  EXPECT_EQ(exchange(authenticate(aes_ecb(test_key(7), rand))), hex("6135"));
  ASSERT_EQ(card.commands.size(), 2U);
  EXPECT_EQ(rand_sent(1), octets(rand));
}

TEST_F(BridgeTest, a_card_that_refuses_every_try_has_the_last_word) {
  ASSERT_TRUE(device->add(slot("kme", 1, test_key(7))));
  card.answers = {hex("9862")};
  EXPECT_EQ(exchange(authenticate(rand)), hex("9862"));
  EXPECT_EQ(card.commands.size(), 1U);
  EXPECT_EQ(counts.mac_failures, 1U);
}

TEST_F(BridgeTest, without_a_slot_in_scope_the_card_is_not_asked) {
  struct {
    const char* what;
    Bytes command;
    const char* answer;
  } const cases[] = {
      {"USIM", authenticate(rand), "9862"},
      {"GSM context", hex("00880080111000112233445566778899aabbccddeeff"), "9862"},
      {"SIM", hex("a08800001000112233445566778899aabbccddeeff"), "9804"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(exchange(c.command), hex(c.answer)) << c.what;
    EXPECT_EQ(counts.without_slot, 1U) << c.what;
  }
  EXPECT_TRUE(card.commands.empty());
}

TEST_F(BridgeTest, a_foreign_sim_gets_the_rand_as_received_when_that_is_allowed) {
  start(true);
  ASSERT_TRUE(device->set_imsi("262010000000009"));
  ASSERT_TRUE(device->add(slot("kme", 1, test_key(7))));
  card.answers = {hex("6135")};
  EXPECT_EQ(exchange(authenticate(rand)), hex("6135"));
  EXPECT_EQ(card.commands, std::vector<Bytes>{authenticate(rand)});
}

TEST_F(BridgeTest, a_wrong_le_is_put_right_and_is_no_new_try) {
  ASSERT_TRUE(device->add(slot("kme", 1, test_key(7))));
  for (const char* const le : {"", "00"}) {
    card.commands.clear();
    card.answers = {hex("6c35"), hex("db9000")};
    Bytes command = authenticate(aes_ecb(test_key(7), rand));
    if (*le != 0) command.push_back(0);
    EXPECT_EQ(exchange(command), hex("db9000"));
    Bytes again = authenticate(rand);
    again.push_back(0x35);
    ASSERT_EQ(card.commands.size(), 2U);
    EXPECT_EQ(card.commands[1], again);
    EXPECT_EQ(counts.authenticates, 1U);
  }
}

TEST_F(BridgeTest, everything_else_passes_as_it_came) {
  ASSERT_TRUE(device->add(slot("kme", 1, test_key(7))));
  const Bytes commands[] = {hex("00a40004023f00"),
                            hex("00c0000035"),
                            hex("0020000108313233343435ffff"),
                            hex("008800840a"
                                "de"
                                "04"
                                "01020304"
                                "03010203"),          // a GBA NAF derivation
                            hex("0088008122110102"),  // no form of AUTHENTICATE
                            hex("80100000"),
                            hex("ff"),
                            Bytes(300, 0x5a)};
  for (const Bytes& command : commands) {
    card.commands.clear();
    card.answers = {hex("cafe9000")};
    EXPECT_EQ(exchange(command), hex("cafe9000"));
    EXPECT_EQ(card.commands, std::vector<Bytes>{command});
  }
}

TEST_F(BridgeTest, a_card_that_is_gone_is_said_to_be) {
  ASSERT_TRUE(device->add(slot("kme", 1, test_key(7))));
  card.gone = true;
  me::Bridge bridge(*device, card);
  const auto response = bridge.exchange(authenticate(rand));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
}

TEST_F(BridgeTest, the_imsi_that_the_host_reads_brings_slots_into_scope) {
  ASSERT_TRUE(device->set_imsi(""));
  ASSERT_TRUE(device->add(slot("kme", 1, test_key(7))));
  me::Bridge bridge(*device, card);
  const Bytes challenge = authenticate(aes_ecb(test_key(7), rand));
  ASSERT_EQ(*bridge.exchange(challenge), hex("9862"));
  card.answers = {hex("9000")};
  ASSERT_TRUE(bridge.exchange(hex("00a40004026f07")));
  card.answers = {hex("0809101000000000109000")};
  ASSERT_TRUE(bridge.exchange(hex("00b0000009")));
  EXPECT_EQ(device->imsi(), card_imsi);
  card.answers = {hex("6135")};
  EXPECT_EQ(*bridge.exchange(challenge), hex("6135"));
}

}  // namespace
}  // namespace simbiont::test

// Arguments, ABI, and what a slot may be.
#include "device.h"

namespace simbiont::test {
namespace {

const Bytes key(16, 0xa1);

TEST(MeContext, holds_as_many_slots_as_its_size_says) {
  for (const std::size_t slots : {1U, 2U, 5U}) {
    Device device(slots);
    std::vector<simbiont_me_slot> table;
    for (std::size_t i = 0; i < slots; ++i) table.push_back(device.slot("a", i + 1, key, 0, 0));
    EXPECT_EQ(device.load(table), SIMBIONT_ME_OK);
    table.push_back(device.slot("a", slots + 1, key, 0, 0));
    EXPECT_EQ(device.load(table), SIMBIONT_ME_NO_ROOM);
    EXPECT_EQ(device.slots().size(), slots);
  }
}

TEST(MeContext, another_abi_is_refused) {
  EXPECT_EQ(simbiont_me_abi(), SIMBIONT_ME_ABI);
  for (const std::uint32_t abi : {0U, 0x00010001U, 0x00020000U, 0x0000ffffU}) {
    Device device;
    device.config.abi = abi;
    simbiont_me* me = nullptr;
    EXPECT_EQ(simbiont_me_init(device.memory.data(), device.memory.size() * 8, &device.config, &me),
              SIMBIONT_ME_BAD_ABI);
    EXPECT_EQ(me, nullptr);
  }
}

TEST(MeContext, bad_configurations_are_refused) {
  const auto init = [](auto change, std::size_t less = 0) {
    Device device(1);
    change(device.config);
    simbiont_me* me = nullptr;
    return simbiont_me_init(device.memory.data(), SIMBIONT_ME_CONTEXT_SIZE(1) - less, &device.config, &me);
  };
  EXPECT_EQ(init([](auto&) {}), SIMBIONT_ME_OK);
  EXPECT_EQ(init([](auto&) {}, 1), SIMBIONT_ME_NO_ROOM);
  EXPECT_EQ(init([](auto& config) { std::strcpy(config.imei, "4901542032375"); }), SIMBIONT_ME_BAD_ARGUMENT);
  EXPECT_EQ(init([](auto& config) { std::memset(config.imei, '1', 15); }), SIMBIONT_ME_BAD_ARGUMENT);
  EXPECT_EQ(init([](auto& config) { config.keys.block = nullptr; }), SIMBIONT_ME_BAD_ARGUMENT);
  EXPECT_EQ(init([](auto& config) { config.try_plain = 2; }), SIMBIONT_ME_BAD_ARGUMENT);

  Device device;
  auto* odd = reinterpret_cast<std::uint8_t*>(device.memory.data()) + 1;
  simbiont_me* me = nullptr;
  EXPECT_EQ(simbiont_me_init(odd, 1000, &device.config, &me), SIMBIONT_ME_BAD_ARGUMENT);
}

TEST(MeContext, a_slot_out_of_range_is_refused_and_the_table_stays) {
  struct Row {
    const char* what;
    void (*change)(simbiont_me_slot&);
  };
  const Row rows[] = {
      {"epoch 0", [](simbiont_me_slot& s) { s.epoch = 0; }},
      {"no key", [](simbiont_me_slot& s) { s.key = 0; }},
      {"algorithm", [](simbiont_me_slot& s) { s.algorithm = 3; }},
      {"state", [](simbiont_me_slot& s) { s.state = 3; }},
      {"no id", [](simbiont_me_slot& s) { s.kme[0] = 0; }},
      {"id with a slash", [](simbiont_me_slot& s) { std::strcpy(s.kme, "a/b"); }},
      {"id without end", [](simbiont_me_slot& s) { std::memset(s.kme, 'a', sizeof s.kme); }},
      {"no scope", [](simbiont_me_slot& s) { s.scope[0] = 0; }},
      {"scope without end", [](simbiont_me_slot& s) { std::memset(s.scope, '1', sizeof s.scope); }},
      {"short IMSI", [](simbiont_me_slot& s) { std::strcpy(s.scope, "00101"); }},
      {"long IMSI", [](simbiont_me_slot& s) { std::strcpy(s.scope, "0010100000000012"); }},
      {"letters", [](simbiont_me_slot& s) { std::strcpy(s.scope, "00101x000"); }},
      {"comma at the end", [](simbiont_me_slot& s) { std::strcpy(s.scope, "001010000,"); }},
      {"two commas", [](simbiont_me_slot& s) { std::strcpy(s.scope, "001010000,,001010001"); }},
      {"star inside", [](simbiont_me_slot& s) { std::strcpy(s.scope, "001*010000"); }},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    Device device;
    ASSERT_EQ(device.load({device.slot("a", 7, key)}), SIMBIONT_ME_OK);
    simbiont_me_slot slot = device.slot("b", 1, key);
    row.change(slot);
    EXPECT_EQ(device.load({slot}), SIMBIONT_ME_BAD_ARGUMENT);
    EXPECT_EQ(device.states(), "7 current");
  }
}

TEST(MeContext, a_kme_has_one_slot_an_epoch_and_one_current) {
  Device device;
  EXPECT_EQ(device.load({device.slot("a", 1, key), device.slot("a", 1, key, 0, 2)}),
            SIMBIONT_ME_BAD_ARGUMENT);
  EXPECT_EQ(device.load({device.slot("a", 1, key), device.slot("a", 2, key)}), SIMBIONT_ME_BAD_ARGUMENT);
  EXPECT_EQ(device.load({device.slot("a", 1, key), device.slot("b", 1, key)}), SIMBIONT_ME_OK);
}

TEST(MeContext, a_scope_is_imsis_and_prefixes) {
  struct Row {
    const char *scope, *imsi;
    bool in;
  };
  const Row rows[] = {{"001010000000001", "001010000000001", true},
                      {"001010000000001", "001010000000002", false},
                      {"001010000000001", "00101000000000", false},
                      {"00101000000000", "001010000000001", false},
                      {"00101*", "001010000000001", true},
                      {"00102*", "001010000000001", false},
                      {"*", "001010000000001", true},
                      {"262019,00101*,310410000000001", "310410000000001", true},
                      {"262019,00101*,310410000000001", "262019", true},
                      {"262019,00101*,310410000000001", "2620191", false}};
  for (const Row& row : rows) {
    Device device(2, false);
    ASSERT_EQ(device.load({device.slot("a", 1, key, 0, 1, row.scope)}), SIMBIONT_ME_OK);
    ASSERT_EQ(simbiont_me_set_imsi(device.me, row.imsi), SIMBIONT_ME_OK);
    Bytes apdu = *from_hex("a088000010" + std::string(32, '0'));
    simbiont_me_exchange exchange{};
    EXPECT_EQ(simbiont_me_apdu_command(device.me, &exchange, apdu.data(), apdu.size()),
              row.in ? SIMBIONT_ME_OK : SIMBIONT_ME_NOT_FOUND)
        << row.scope << " " << row.imsi;
  }
}

TEST(MeContext, an_imsi_is_6_to_15_digits_or_none) {
  Device device;
  for (const char* bad : {"00101", "0010100000000012", "00101000000000a"})
    EXPECT_EQ(simbiont_me_set_imsi(device.me, bad), SIMBIONT_ME_BAD_ARGUMENT) << bad;
  EXPECT_EQ(simbiont_me_set_imsi(device.me, ""), SIMBIONT_ME_OK);
}

TEST(MeContext, null_is_refused_everywhere) {
  Device device;
  std::uint8_t octets[40] = {};
  simbiont_me_next next{};
  simbiont_me_exchange exchange{};
  simbiont_me_result result{};
  const simbiont_me_card card{nullptr, nullptr, 0};
  const auto bad = SIMBIONT_ME_BAD_ARGUMENT;
  EXPECT_EQ(simbiont_me_init(nullptr, 1000, &device.config, &device.me), bad);
  EXPECT_EQ(simbiont_me_load(nullptr, nullptr, 0), bad);
  EXPECT_EQ(simbiont_me_load(device.me, nullptr, 1), bad);
  std::size_t count = 0;
  EXPECT_EQ(simbiont_me_slot_count(nullptr, &count), bad);
  EXPECT_EQ(simbiont_me_slot_count(device.me, nullptr), bad);
  EXPECT_EQ(simbiont_me_slot_at(device.me, 0, nullptr), bad);
  EXPECT_EQ(simbiont_me_set_imsi(device.me, nullptr), bad);
  EXPECT_EQ(simbiont_me_apdu_command(device.me, nullptr, octets, 40), bad);
  EXPECT_EQ(simbiont_me_apdu_command(device.me, &exchange, nullptr, 40), bad);
  EXPECT_EQ(simbiont_me_apdu_response(device.me, &exchange, octets, 40, 0x9862, nullptr), bad);
  EXPECT_EQ(simbiont_me_apdu_response(nullptr, &exchange, octets, 40, 0x9862, &next), bad);
  EXPECT_EQ(simbiont_me_challenge(device.me, octets, octets, &card, &result), bad);
  EXPECT_EQ(simbiont_me_challenge_gsm(device.me, octets, nullptr, &result), bad);
  EXPECT_EQ(simbiont_me_gsm_rejected(nullptr), bad);
  EXPECT_EQ(simbiont_me_proof(device.me, nullptr, 1, octets, octets), bad);
  EXPECT_EQ(simbiont_me_key_check_value(device.me, 0, nullptr), bad);
  EXPECT_EQ(simbiont_me_update(device.me, nullptr, 40), bad);
  EXPECT_EQ(simbiont_me_make_current(device.me, nullptr, 1), bad);
  EXPECT_EQ(simbiont_me_wipe(nullptr), bad);
}

TEST(MeContext, every_status_has_a_text_of_its_own) {
  std::vector<std::string> texts;
  for (int status = 0; status >= SIMBIONT_ME_UNSUPPORTED; --status) {
    const std::string text = simbiont_me_status_text(static_cast<simbiont_me_status>(status));
    EXPECT_NE(text, "unknown");
    EXPECT_EQ(std::count(texts.begin(), texts.end(), text), 0);
    texts.push_back(text);
  }
}

TEST(MeContext, wipe_leaves_nothing) {
  Device device(2);
  ASSERT_EQ(device.load({device.slot("a", 1, key)}), SIMBIONT_ME_OK);
  EXPECT_EQ(simbiont_me_wipe(device.me), SIMBIONT_ME_OK);
  for (const std::uint64_t word : device.memory) EXPECT_EQ(word, 0U);
}

}  // namespace
}  // namespace simbiont::test

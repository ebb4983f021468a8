// APDUs on their way to the card: which are rewritten, and what is tried next.
#include "device.h"
#include "support/me_oracle.h"
#include "support/vec_file.h"

namespace simbiont::test {
namespace {

const Bytes key_a(16, 0xa1), key_b(16, 0xb2), key_c(16, 0xc3), key_d(16, 0xd4);

Block sample_rand() {
  Block rand{};
  for (std::size_t i = 0; i < rand.size(); ++i) rand[i] = static_cast<std::uint8_t>(0x11 * i);
  return rand;
}
Block under(const Bytes& key) { return aes(key, sample_rand(), false); }

// The form's octets before RAND, RAND, and those after it.
Bytes apdu(std::string_view head, const Block& rand, std::string_view tail) {
  Bytes out = *from_hex(head);
  out.insert(out.end(), rand.begin(), rand.end());
  const Bytes rest = *from_hex(tail);
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}
const std::string autn = "10" + std::string(32, 'e');

struct Exchange {
  explicit Exchange(Device& d, Bytes command) : device(d), octets(std::move(command)) {}
  simbiont_me_status command() {
    return simbiont_me_apdu_command(device.me, &state, octets.data(), octets.size());
  }
  simbiont_me_next response(std::uint16_t word) {
    simbiont_me_next next = SIMBIONT_ME_DONE;
    EXPECT_EQ(simbiont_me_apdu_response(device.me, &state, octets.data(), octets.size(), word, &next),
              SIMBIONT_ME_OK);
    return next;
  }
  Device& device;
  Bytes octets;
  simbiont_me_exchange state{};
};

TEST(MeApdu, rand_of_every_authenticate_is_rewritten_and_nothing_else_is_touched) {
  struct Row {
    const char* what;
    std::string head, tail;
    bool rewritten;
  };
  const Row rows[] = {
      {"3G", "008800812210", autn, true},
      {"3G with Le", "008800812210", autn + "00", true},
      {"3G on channel 3", "038800812210", autn + "00", true},
      {"3G on channel 4", "408800812210", autn, true},
      {"GSM context", "008800801110", "", true},
      {"GSM context with Le", "008800801110", "0e", true},
      {"GBA bootstrapping", "0088008423dd10", autn, true},
      {"RUN GSM ALGORITHM", "a088000010", "", true},
      {"GBA NAF derivation", "0088008423de10", autn, false},
      {"secure messaging", "048800812210", autn, false},
      {"chained", "108800812210", autn, false},
      {"3G in the class of a SIM", "a08800812210", autn, false},
      {"RUN GSM ALGORITHM in the class of a UICC", "0088000010", "", false},
      {"VGCS", "008800821110", "", false},
      {"P1 is not 00", "008801812210", autn, false},
      {"another instruction", "008a00812210", autn, false},
      {"RAND of another length", "00880081220f", autn, false},
      {"AUTN of another length", "008800812210", "0f" + std::string(32, 'e'), false},
      {"Lc too small", "008800812110", autn, false},
      {"cut short", "008800812210", "10eeee", false},
      {"two octets too many", "008800812210", autn + "0000", false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    Device device;
    ASSERT_EQ(device.load({device.slot("a", 1, key_a)}), SIMBIONT_ME_OK);
    Exchange exchange(device, apdu(row.head, sample_rand(), row.tail));
    ASSERT_EQ(exchange.command(), SIMBIONT_ME_OK);
    EXPECT_EQ(to_hex(exchange.octets),
              to_hex(apdu(row.head, row.rewritten ? under(key_a) : sample_rand(), row.tail)));
    if (row.rewritten) continue;
    EXPECT_EQ(exchange.response(0x9862), SIMBIONT_ME_DONE);
    EXPECT_EQ(to_hex(exchange.octets), to_hex(apdu(row.head, sample_rand(), row.tail)));
  }
}

TEST(MeApdu, short_commands_of_any_length_pass) {
  Device device;
  ASSERT_EQ(device.load({device.slot("a", 1, key_a)}), SIMBIONT_ME_OK);
  const Bytes whole = apdu("008800812210", sample_rand(), autn);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Exchange exchange(device, Bytes(whole.begin(), whole.begin() + static_cast<long>(size)));
    ASSERT_EQ(exchange.command(), SIMBIONT_ME_OK);
    EXPECT_TRUE(std::equal(exchange.octets.begin(), exchange.octets.end(), whole.begin())) << size;
  }
}

TEST(MeApdu, each_algorithm_opens_what_was_computed_elsewhere) {
  for (const auto& set : read_vec_file(TEST_DATA "/transform.vec")) {
    SCOPED_TRACE(set.title);
    const std::string name = set.text("algorithm");
    const std::uint8_t algorithm = name == "aes128" ? 0 : name == "aes256" ? 1 : 2;
    Device device;
    ASSERT_EQ(device.load({device.slot("a", 1, set.bytes("K_ME"), algorithm, 1, "*")}), SIMBIONT_ME_OK);
    ASSERT_EQ(simbiont_me_set_imsi(device.me, set.text("imsi").c_str()), SIMBIONT_ME_OK);
    Exchange exchange(device, apdu("008800812210", set.block("encRAND"), autn));
    ASSERT_EQ(exchange.command(), SIMBIONT_ME_OK);
    EXPECT_EQ(to_hex(exchange.octets), to_hex(apdu("008800812210", set.block("RAND"), autn)));
  }
}

TEST(MeApdu, a_device_that_holds_k_enc_only_opens_its_imsis_rands) {
  for (const auto& set : read_vec_file(TEST_DATA "/transform.vec")) {
    if (set.text("algorithm") != "aes128-imsi") continue;
    Device device;
    ASSERT_EQ(device.load(
                  {device.slot("a", 1, set.bytes("K_enc"), SIMBIONT_ME_AES128, 1, set.text("imsi").c_str())}),
              SIMBIONT_ME_OK);
    ASSERT_EQ(simbiont_me_set_imsi(device.me, set.text("imsi").c_str()), SIMBIONT_ME_OK);
    Exchange exchange(device, apdu("008800812210", set.block("encRAND"), autn));
    ASSERT_EQ(exchange.command(), SIMBIONT_ME_OK);
    EXPECT_EQ(to_hex(exchange.octets), to_hex(apdu("008800812210", set.block("RAND"), autn)));
  }
}

TEST(MeApdu, slots_in_scope_are_tried_newest_first_three_at_most_then_the_rand_as_received) {
  Device device;
  ASSERT_EQ(device.load({device.slot("a", 1, key_a, 0, SIMBIONT_ME_PREVIOUS),
                         device.slot("a", 3, key_c, 0, SIMBIONT_ME_PENDING),
                         device.slot("z", 9, Bytes(16, 0xee), 0, 1, "001010000000002"),
                         device.slot("a", 2, key_b), device.slot("d", 4, key_d, 0, 1, "00101*")}),
            SIMBIONT_ME_OK);
  Exchange exchange(device, apdu("008800812210", sample_rand(), autn));
  ASSERT_EQ(exchange.command(), SIMBIONT_ME_OK);
  for (const Block& expected : {under(key_d), under(key_c), under(key_b), sample_rand()}) {
    EXPECT_EQ(to_hex(exchange.octets), to_hex(apdu("008800812210", expected, autn)));
    EXPECT_EQ(exchange.response(0x9862), expected == sample_rand() ? SIMBIONT_ME_DONE : SIMBIONT_ME_RETRY);
  }
  EXPECT_EQ(device.saves, 0);
}

TEST(MeApdu, policy_forbids_the_rand_as_received_with_and_without_slots) {
  Device device(6, false);
  ASSERT_EQ(device.load({device.slot("a", 1, key_a)}), SIMBIONT_ME_OK);
  Exchange own(device, apdu("008800812210", sample_rand(), autn));
  ASSERT_EQ(own.command(), SIMBIONT_ME_OK);
  EXPECT_EQ(own.response(0x9862), SIMBIONT_ME_DONE);

  ASSERT_EQ(simbiont_me_set_imsi(device.me, "262010000000001"), SIMBIONT_ME_OK);
  Exchange foreign(device, apdu("008800812210", sample_rand(), autn));
  EXPECT_EQ(foreign.command(), SIMBIONT_ME_NOT_FOUND);
}

TEST(MeApdu, success_and_sync_failure_make_a_pending_slot_current_in_every_form_of_the_status_word) {
  for (const unsigned word : {0x9000U, 0x6135U, 0x9f0eU, 0x910bU}) {
    Device device;
    ASSERT_EQ(device.load({device.slot("a", 1, key_a), device.slot("a", 2, key_b, 0, SIMBIONT_ME_PENDING)}),
              SIMBIONT_ME_OK);
    Exchange exchange(device, apdu("008800812210", sample_rand(), autn));
    ASSERT_EQ(exchange.command(), SIMBIONT_ME_OK);
    EXPECT_EQ(exchange.response(static_cast<std::uint16_t>(word)), SIMBIONT_ME_DONE);
    EXPECT_EQ(device.states(), "1 previous, 2 current");
    EXPECT_EQ(device.saved.size(), 2U);
  }
}

TEST(MeApdu, nothing_else_proves_a_slot) {
  struct Row {
    const char* what;
    std::string head, tail;
    std::uint16_t word;
  };
  const Row rows[] = {{"wrong Le", "008800812210", autn, 0x6c35},
                      {"wrong length", "008800812210", autn, 0x6700},
                      {"MAC failure", "008800812210", autn, 0x9862},
                      {"security status", "008800812210", autn, 0x6982},
                      {"GSM context has no MAC", "008800801110", "", 0x9000},
                      {"RUN GSM ALGORITHM has no MAC", "a088000010", "", 0x9f0c},
                      {"not an authenticate", "00a40004023f00", "", 0x9000}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    Device device;
    ASSERT_EQ(device.load({device.slot("a", 2, key_b, 0, SIMBIONT_ME_PENDING), device.slot("a", 1, key_a)}),
              SIMBIONT_ME_OK);
    Exchange exchange(device, apdu(row.head, sample_rand(), row.tail));
    ASSERT_EQ(exchange.command(), SIMBIONT_ME_OK);
    exchange.response(row.word);
    EXPECT_EQ(device.states(), "2 pending, 1 current");
  }
}

TEST(MeApdu, a_wrong_le_leaves_the_exchange_as_it_is) {
  Device device;
  ASSERT_EQ(device.load({device.slot("a", 2, key_b, 0, SIMBIONT_ME_PENDING)}), SIMBIONT_ME_OK);
  Exchange exchange(device, apdu("008800812210", sample_rand(), autn));
  ASSERT_EQ(exchange.command(), SIMBIONT_ME_OK);
  EXPECT_EQ(exchange.response(0x6c35), SIMBIONT_ME_DONE);
  EXPECT_EQ(exchange.response(0x9000), SIMBIONT_ME_DONE);
  EXPECT_EQ(device.states(), "2 current");
}

TEST(MeApdu, slots_that_changed_under_way_end_the_tries_and_are_not_proved) {
  for (const std::uint16_t word : {std::uint16_t{0x9000}, std::uint16_t{0x9862}}) {
    Device device;
    ASSERT_EQ(device.load({device.slot("a", 1, key_a), device.slot("a", 2, key_b, 0, SIMBIONT_ME_PENDING)}),
              SIMBIONT_ME_OK);
    Exchange exchange(device, apdu("008800812210", sample_rand(), autn));
    ASSERT_EQ(exchange.command(), SIMBIONT_ME_OK);
    // Where the slot of the try stood there is another one now.
    ASSERT_EQ(device.load({device.slot("b", 1, key_c), device.slot("b", 2, key_d, 0, SIMBIONT_ME_PENDING)}),
              SIMBIONT_ME_OK);
    const Bytes before = exchange.octets;
    EXPECT_EQ(exchange.response(word), SIMBIONT_ME_DONE);
    EXPECT_EQ(exchange.octets, before);
    EXPECT_EQ(device.states(), "1 current, 2 pending");
  }
}

TEST(MeApdu, an_exchange_that_was_overwritten_is_refused) {
  Device device;
  ASSERT_EQ(device.load({device.slot("a", 1, key_a)}), SIMBIONT_ME_OK);
  const auto refused = [&](auto change) {
    Exchange exchange(device, apdu("008800812210", sample_rand(), autn));
    EXPECT_EQ(exchange.command(), SIMBIONT_ME_OK);
    change(exchange.state);
    simbiont_me_next next = SIMBIONT_ME_RETRY;
    for (const std::uint16_t word : {std::uint16_t{0x9000}, std::uint16_t{0x9862}})
      EXPECT_EQ(simbiont_me_apdu_response(device.me, &exchange.state, exchange.octets.data(),
                                          exchange.octets.size(), word, &next),
                SIMBIONT_ME_BAD_ARGUMENT);
    EXPECT_EQ(next, SIMBIONT_ME_DONE);
  };
  refused([](simbiont_me_exchange& state) { state.tries = 200; });
  refused([](simbiont_me_exchange& state) { state.tries = state.count = 200; });
  refused([](simbiont_me_exchange& state) { state.offset = 200; });
}

TEST(MeApdu, a_key_store_that_refuses_leaves_the_apdu_as_it_was) {
  Device device;
  ASSERT_EQ(device.load({device.slot("a", 1, key_a, SIMBIONT_ME_AES128_IMSI)}), SIMBIONT_ME_OK);
  // K_enc takes three block encryptions.
  for (const long blocks : {0L, 1L, 2L}) {
    device.blocks_until_failure = blocks;
    Exchange exchange(device, apdu("008800812210", sample_rand(), autn));
    EXPECT_EQ(exchange.command(), SIMBIONT_ME_KEY_FAILED);
    EXPECT_EQ(to_hex(exchange.octets), to_hex(apdu("008800812210", sample_rand(), autn)));
  }
}

TEST(MeApdu, without_a_mac_the_current_slot_is_used_and_a_reject_moves_to_the_next) {
  Device device;
  ASSERT_EQ(device.load({device.slot("a", 2, key_b, 0, SIMBIONT_ME_PENDING), device.slot("a", 1, key_a)}),
            SIMBIONT_ME_OK);
  for (const Block& expected : {under(key_a), under(key_b), sample_rand(), under(key_a)}) {
    Exchange exchange(device, apdu("a088000010", sample_rand(), ""));
    ASSERT_EQ(exchange.command(), SIMBIONT_ME_OK);
    EXPECT_EQ(to_hex(exchange.octets), to_hex(apdu("a088000010", expected, "")));
    EXPECT_EQ(exchange.response(0x9862), SIMBIONT_ME_DONE);
    ASSERT_EQ(simbiont_me_gsm_rejected(device.me), SIMBIONT_ME_OK);
  }
  ASSERT_EQ(simbiont_me_make_current(device.me, "a", 2), SIMBIONT_ME_OK);
  Exchange exchange(device, apdu("a088000010", sample_rand(), ""));
  ASSERT_EQ(exchange.command(), SIMBIONT_ME_OK);
  EXPECT_EQ(to_hex(exchange.octets), to_hex(apdu("a088000010", under(key_b), "")));
}

}  // namespace
}  // namespace simbiont::test

#include "terminal.h"
#include "usim/gba.h"
#include "usim/milenage.h"

namespace simbiont::usim {
namespace {

// AUTHENTICATE's data in the 3G context: 10 RAND 10 AUTN.
std::string challenge(std::uint64_t seq, const std::string& rand = rand_hex) {
  Block block{};
  EXPECT_TRUE(from_hex(rand, block));
  const Milenage functions(*Secret::from_hex(k_hex), *Secret::from_hex(opc_hex), block);
  ByteArray<6> sqn{};
  store_be(seq << 5, sqn);
  const auto ak = functions.f2_f5().ak;
  Bytes autn;
  for (std::size_t i = 0; i < 6; ++i) autn.push_back(sqn[i] ^ ak[i]);
  autn.insert(autn.end(), {0x80, 0});
  const auto mac = functions.f1(sqn, {0x80, 0}).mac_a;
  autn.insert(autn.end(), mac.begin(), mac.end());
  return "10" + rand + "10" + to_hex(autn);
}

TEST(UiccSelect, answers_are_held_for_get_response_and_only_for_the_next_command) {
  Terminal t;
  EXPECT_EQ(t.raw("00a40004022fe2"), "6119");
  EXPECT_EQ(t.raw("00c0000019"),
            "62178202412183022fe28a01058b032f0601800200"
            "0a"
            "880110"
            "9000");
  EXPECT_EQ(t.raw("00c0000019"), "6985");
  EXPECT_EQ(t.raw("00a40004022fe2"), "6119");
  EXPECT_EQ(t.raw("00c00000ff"), "6c19");
  EXPECT_EQ(t.raw("00c0000003"), "6217826116");
  EXPECT_EQ(t.raw("00b0000000"), "6c0a");
  EXPECT_EQ(t.raw("00c0000019"), "6985");
}

TEST(UiccSelect, an_le_behind_the_data_changes_nothing) {
  Terminal t;
  EXPECT_EQ(t.raw("00a40004022fe200"), "6119");
}

TEST(UiccSelect, templates_of_directories_carry_aid_and_pin_status) {
  Terminal t;
  EXPECT_EQ(t.send("00a40004023f00"),
            "621d"
            "82027821"
            "83023f00"
            "a503800171"
            "8a0105"
            "8b032f0601"
            "c606900100830101"
            "9000");
  EXPECT_EQ(t.send("00a4040407a0000000871002"),
            "6226"
            "82027821"
            "8410a0000000871002ffffffff8907090000"
            "8a0105"
            "8b032f0601"
            "c606900100830101"
            "9000");
}

struct SelectCase {
  const char* what;
  const char* before;  // a SELECT, or empty
  const char* command;
  const char* word;
};

TEST(UiccSelect, finds_what_ts_102_221_says_can_be_seen) {
  const SelectCase cases[] = {
      {"EF below the MF", "", "00a4000c022f00", "9000"},
      {"EF of the USIM from the MF", "", "00a4000c026f07", "6a82"},
      {"the USIM by 7FFF before any was selected", "", "00a4000c027fff", "6a82"},
      {"EF of the USIM", "00a4040c07a0000000871002", "00a4000c026f07", "9000"},
      {"7FFF once there is one", "00a4040c07a0000000871002", "00a4000c027fff", "9000"},
      {"path from the MF", "", "00a4080c047f206f07", "9000"},
      {"path from the MF through the application", "00a4040c07a0000000871002", "00a4080c047fff6f07", "9000"},
      {"path through an application that is none", "", "00a4080c047fff6f07", "6a82"},
      {"path from here", "00a4040c07a0000000871002", "00a4090c045f3b4f20", "9000"},
      {"half a path", "", "00a4080c037f206f", "6a82"},
      {"the whole AID", "", "00a4040c10a0000000871002ffffffff8907090000", "9000"},
      {"another application", "", "00a4040c07a0000000871004", "6a82"},
      {"too short an AID", "", "00a4040c04a0000000", "6a82"},
      {"a sibling directory", "00a4000c027f20", "00a4000c027f10", "9000"},
      {"an EF of the parent", "00a4000c027f20", "00a4000c022f00", "6a82"},
      {"P1 of no meaning", "", "00a4050c023f00", "6a86"},
      {"no data: the MF", "", "00a4000c00", "9000"},
      {"parent", "00a4000c027f20", "00a4030c00", "9000"},
  };
  for (const SelectCase& c : cases) {
    SCOPED_TRACE(c.what);
    Terminal t;
    if (*c.before) t.raw(c.before);
    EXPECT_EQ(t.raw(c.command), c.word);
  }
}

TEST(UiccFiles, hold_the_identities) {
  Terminal t;
  t.send("00a40004022fe2");
  EXPECT_EQ(t.raw("00b000000a"), "980000010100000010f79000");
  t.select_usim();
  t.send("00a40004026f07");
  EXPECT_EQ(t.raw("00b0000009"), "0809101000000000109000");
  EXPECT_EQ(t.raw("00b0830004"), "000000029000");  // EF.AD by its SFI
  EXPECT_EQ(t.raw("00b0860002"), "00029000");      // EF.ACC: class 1
}

TEST(UiccFiles, the_directory_lists_the_usim) {
  Terminal t;
  EXPECT_EQ(t.raw("00b201f426"),
            "6118"
            "4f10a0000000871002ffffffff8907090000"
            "50045553494d" +
                std::string(2 * 12, 'f') + "9000");
  EXPECT_EQ(t.raw("00b202f426"), "6a83");
  EXPECT_EQ(t.raw("00b201f400"), "6c26");
}

TEST(UiccFiles, record_numbers_may_be_walked) {
  Terminal t;
  t.raw("00a4000c022f06");
  EXPECT_TRUE(t.raw("00b2000218").ends_with("9000"));
  EXPECT_TRUE(t.raw("00b2000218").starts_with("800101a406830101"));
  EXPECT_EQ(t.raw("00b2000418").substr(0, 6), "800101");
  EXPECT_TRUE(t.raw("00b2000318").starts_with("8001019000"));
  EXPECT_EQ(t.raw("00b2000318"), "6a83");
  EXPECT_EQ(t.send("00a2010403a40683"), "010203049000");
  EXPECT_EQ(t.raw("00a20104026666"), "6a83");
}

TEST(UiccFiles, wrong_uses_have_their_status_words) {
  const std::pair<const char*, const char*> cases[] = {
      {"00b0000001", "6986"},     {"00b0100001", "6b00"},     {"00b20104ff", "6986"},
      {"00d6000001ff", "6986"},   {"0088008122", "6700"},     {"00fe000000", "6d00"},
      {"50a40004023f00", "6e00"}, {"04a40004023f00", "6882"}, {"01a40004023f00", "6881"},
      {"00f2000000", "6e00"},     {"00a4", "6700"},           {"00b000000102", "6700"},
      {"0020000a00", "6a88"},
  };
  for (const auto& [command, word] : cases) {
    Terminal t;
    if (std::string(command) == "00b0100001") t.raw("00a4000c022fe2");
    EXPECT_EQ(t.raw(command), word) << command;
  }
}

TEST(UiccFiles, an_update_is_kept_before_it_is_answered) {
  Terminal t;
  t.select_usim();
  EXPECT_EQ(t.raw("00d68b000b00112233445566778899aa"), "9000");
  EXPECT_EQ(t.writes, 1u);
  EXPECT_EQ(t.raw("00d68b000c00112233445566778899aabb"), "6700");
  EXPECT_EQ(t.raw("00d6870009080910100000000020"), "6982");
  Terminal again(t.kept);
  again.select_usim();
  EXPECT_EQ(again.raw("00b08b000b"), "00112233445566778899aa9000");
  // DF.GSM shows the same EF.LOCI.
  again.send("a0a40000027f20");
  again.send("a0a40000026f7e");
  EXPECT_EQ(again.raw("a0b000000b"), "00112233445566778899aa9000");
}

TEST(UiccFiles, what_cannot_be_kept_is_refused) {
  Terminal t;
  t.select_usim();
  t.broken = true;
  EXPECT_EQ(t.raw("00d68b000b00112233445566778899aa"), "6581");
  EXPECT_EQ(t.raw("0088008122" + challenge(1)), "6581");
  EXPECT_EQ(t.raw("00c0000010"), "6985") << "no RES is held";
}

TEST(UiccChannels, are_opened_and_closed_and_stand_apart) {
  Terminal t;
  t.select_usim();
  EXPECT_EQ(t.raw("0070000000"), "6c01");
  EXPECT_EQ(t.raw("0070000001"), "019000");
  EXPECT_EQ(t.raw("01a4000c026f07"), "6a82") << "a new channel begins at the MF";
  EXPECT_EQ(t.raw("00a4000c026f07"), "9000");
  EXPECT_EQ(t.raw("00708001"), "9000");
  EXPECT_EQ(t.raw("01a4000c022f00"), "6881");
  EXPECT_EQ(t.raw("0070000001"), "019000");
  EXPECT_EQ(t.raw("0070000001"), "029000");
  EXPECT_EQ(t.raw("0070000001"), "039000");
  EXPECT_EQ(t.raw("0070000001"), "6881");
}

TEST(UiccPin, locks_after_three_wrong_ones_and_the_puk_unlocks) {
  CardData data = personalised();
  data.pin1.enabled = true;
  Terminal t(data);
  t.select_usim();
  const std::string right = "31323334ffffffff", wrong = "39393939ffffffff", puk = "3132333435363738";
  EXPECT_EQ(t.raw("00b0870009"), "6982");
  EXPECT_EQ(t.raw("0088008122" + challenge(1)), "6982");
  EXPECT_EQ(t.raw("0020000100"), "63c3");
  EXPECT_EQ(t.raw("0020000108" + wrong), "63c2");
  EXPECT_EQ(t.kept.pin1.tries, 2) << "before the answer";
  EXPECT_EQ(t.raw("0020000108" + right), "9000");
  EXPECT_EQ(t.raw("00b0870009"), "0809101000000000109000");
  for (const char* word : {"63c2", "63c1", "6983", "6983"}) EXPECT_EQ(t.raw("0020000108" + wrong), word);
  EXPECT_EQ(t.raw("0020000108" + right), "6983");
  EXPECT_EQ(t.raw("00b0870009"), "6982");
  EXPECT_EQ(t.raw("002c000110" + wrong + right), "63c9");
  EXPECT_EQ(t.raw("002c000110" + puk + "35353535ffffffff"), "9000");
  EXPECT_EQ(t.raw("00b0870009"), "0809101000000000109000");
  t.card.reset();
  t.select_usim();
  EXPECT_EQ(t.raw("0020000108" + right), "63c2");
  EXPECT_EQ(t.raw("002000010835353535ffffffff"), "9000");
}

TEST(UiccPin, is_changed_enabled_and_disabled_by_who_knows_it) {
  Terminal t;
  const std::string old = "31323334ffffffff", fresh = "3938373635ffffff";
  EXPECT_EQ(t.raw("0020000108" + old), "6984") << "nothing to verify while it is off";
  EXPECT_EQ(t.raw("0028000108" + fresh), "63c2");
  EXPECT_EQ(t.raw("0028000108" + old), "9000");
  EXPECT_EQ(t.raw("0024000110" + old + "00000000ffffffff"), "6a80");
  EXPECT_EQ(t.raw("0024000110" + old + fresh), "9000");
  EXPECT_EQ(t.raw("0026000108" + old), "63c2");
  EXPECT_EQ(t.raw("0026000108" + fresh), "9000");
  EXPECT_FALSE(t.kept.pin1.enabled);
}

TEST(UiccAuthenticate, answers_in_the_3g_context_once_a_sqn) {
  Terminal t;
  EXPECT_EQ(t.raw("0088008122" + challenge(1)), "6985") << "no application";
  t.select_usim();
  EXPECT_EQ(t.raw("0088008122" + challenge(1)), "6135");
  EXPECT_EQ(t.kept.accepted_seq[0], 1u);
  EXPECT_EQ(t.raw("00c0000035"),
            "db08a54211d5e3ba50bf10b40ba9a3c58b2a05bbf0d987b21bf8cb10f769bcd751044604127672711c6d344108eae4be"
            "823af9a08b9000");
  const std::string again = t.send("0088008122" + challenge(1));
  EXPECT_TRUE(again.starts_with("dc0e")) << again;
  std::string wrong = challenge(2);
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  EXPECT_EQ(t.raw("0088008122" + wrong), "9862");
  EXPECT_EQ(t.raw("0088008222" + challenge(2)), "6a86");
}

TEST(UiccAuthenticate, gsm_answers_as_sim_and_as_usim) {
  Terminal t;
  EXPECT_EQ(t.send("a088000010" + std::string(rand_hex)), "9808") << "not below DF.GSM";
  t.send("a0a40000027f20");
  EXPECT_EQ(t.send("a088000010" + std::string(rand_hex)), "46f8416aeae4be823af9a08b9000");
  t.select_usim();
  EXPECT_EQ(t.send("008800801110" + std::string(rand_hex)), "0446f8416a08eae4be823af9a08b9000");
}

TEST(UiccAuthenticate, gba_keeps_ks_and_derives_naf_keys) {
  Terminal t;
  t.select_usim();
  const std::string naf =
      "de"
      "05"
      "6e61663031"
      "03"
      "696d70";
  EXPECT_EQ(t.raw("008800840b" + naf), "6985") << "not bootstrapped";
  EXPECT_EQ(t.raw("0088008423dd" + challenge(1)), "9862") << "MAC is not hidden";
  Bytes data = *from_hex(challenge(1));
  Block ik{}, autn{};
  ASSERT_TRUE(from_hex("f769bcd751044604127672711c6d3441", ik));
  std::copy(data.begin() + 18, data.end(), autn.begin());
  unhide_mac(ik, autn);
  std::copy(autn.begin(), autn.end(), data.begin() + 18);
  EXPECT_EQ(t.send("0088008423dd" + to_hex(data)), "db08a54211d5e3ba50bf9000");
  EXPECT_EQ(to_hex(t.kept.gba.ks.reveal()),
            "b40ba9a3c58b2a05bbf0d987b21bf8cbf769bcd751044604127672711c6d3441");
  // HMAC-SHA-256 by another program.
  EXPECT_EQ(t.send("008800840b" + naf),
            "db202a5d90e531407296ac8849f4fe5553e2c732499fd1e40289a06c2a01df4c98729000");
}

TEST(UiccGsm, templates_and_status_words_are_those_of_ts_51_011) {
  Terminal t;
  EXPECT_EQ(t.raw("a0a40000023f00"), "9f16");
  EXPECT_EQ(t.send("a0a40000027f20"),
            "000000007f20020000000000098000"
            "0e0200"
            "83"
            "8a0000"
            "9000");
  EXPECT_EQ(t.send("a0a40000026f07"),
            "000000096f07040014ffff0102000"
            "0"
            "9000");
  EXPECT_EQ(t.raw("a0a40000026fff"), "9404");
  EXPECT_EQ(t.raw("a0b0000009"), "0809101000000000109000");
  EXPECT_EQ(t.raw("a0b0000109"), "6c08");
  EXPECT_EQ(t.raw("a0b0100001"), "9402");
  EXPECT_EQ(t.raw("a0b2010418"), "9408");
}

TEST(Uicc, its_atr_has_the_right_check_octet_and_speaks_t_0) {
  const ByteView atr = Uicc::atr();
  EXPECT_EQ(to_hex(atr.first(6)), "3b9f96801fc7");
  std::uint8_t check = 0;
  for (const std::uint8_t octet : atr.subspan(1)) check ^= octet;
  EXPECT_EQ(check, 0);
}

}  // namespace
}  // namespace simbiont::usim

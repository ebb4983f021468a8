// The card against the tables of the standards, and against commands that no standard knows.
#include <random>

#include "terminal.h"
#include "usim/gba.h"

namespace simbiont::usim {
namespace {

TEST(UiccFiles, each_that_clients_walk_is_there_with_its_size) {
  struct Row {
    const char *name, *file;
    std::size_t size, record;
  };
  const Row usim[] = {{"IMSI", "6f07", 9, 0},      {"AD", "6fad", 4, 0},        {"UST", "6f38", 16, 0},
                      {"EST", "6f56", 1, 0},       {"ACC", "6f78", 2, 0},       {"LOCI", "6f7e", 11, 0},
                      {"PSLOCI", "6f73", 14, 0},   {"EPSLOCI", "6fe3", 18, 0},  {"EPSNSC", "6fe4", 80, 80},
                      {"Keys", "6f08", 33, 0},     {"KeysPS", "6f09", 33, 0},   {"HPPLMN", "6f31", 1, 0},
                      {"FPLMN", "6f7b", 12, 0},    {"LI", "6f05", 4, 0},        {"SPN", "6f46", 17, 0},
                      {"HPLMNwAcT", "6f62", 5, 0}, {"START-HFN", "6f5b", 6, 0}, {"GBABP", "6fd6", 96, 0}};
  const Row gsm[] = {{"IMSI", "6f07", 9, 0},   {"AD", "6fad", 4, 0},    {"SST", "6f38", 5, 0},
                     {"Kc", "6f20", 9, 0},     {"LOCI", "6f7e", 11, 0}, {"ACC", "6f78", 2, 0},
                     {"FPLMN", "6f7b", 12, 0}, {"Phase", "6fae", 1, 0}, {"HPPLMN", "6f31", 1, 0}};
  const auto le = [](std::size_t size) { return to_hex(ByteArray<1>{static_cast<std::uint8_t>(size)}); };
  Terminal t;
  t.select_usim();
  for (const Row& row : usim) {
    SCOPED_TRACE(row.name);
    const std::string fcp = t.send(std::string("00a4000402") + row.file);
    EXPECT_TRUE(fcp.starts_with("62") && fcp.ends_with("9000")) << fcp;
    EXPECT_NE(fcp.find("8302" + std::string(row.file)), std::string::npos);
    EXPECT_NE(fcp.find("800200" + le(row.size)), std::string::npos) << fcp;
    const std::string read = row.record == 0 ? "00b00000" : "00b20104";
    EXPECT_EQ(t.raw(read + le(row.size)).size(), 2 * (row.size + 2));
    EXPECT_EQ(t.raw(read + le(row.size + 1)), "6c" + le(row.size)) << "wrong Le";
    EXPECT_EQ(t.raw(read + "00"), "6c" + le(row.size));
    EXPECT_EQ(t.raw("00a4080c047fff" + std::string(row.file)), "9000") << "by path";
  }
  for (const char* path : {"022f00", "022fe2", "022f05", "022f06"})
    EXPECT_EQ(t.raw(std::string("00a4080c") + path), "9000");
  t.send("a0a40000027f20");
  for (const Row& row : gsm) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(t.raw(std::string("a0a4000002") + row.file), "9f0f");
    EXPECT_EQ(t.raw("a0b00000" + le(row.size)).size(), 2 * (row.size + 2));
  }
}

// Seeded, so that a failure repeats. What it says is a status word with no more before it than an APDU holds.
TEST(UiccFiles, any_command_of_any_length_is_answered_and_harms_nothing) {
  std::mt19937 random(20261125);
  const auto octet = [&] { return static_cast<std::uint8_t>(random()); };
  const Bytes classes{0x00, 0x01, 0x03, 0x80, 0xa0},
      instructions{0x20, 0x24, 0x26, 0x28, 0x2c, 0x70, 0x88, 0xa2,
                   0xa4, 0xaa, 0xb0, 0xb2, 0xc0, 0xd6, 0xdc, 0xf2};
  Terminal t;
  t.select_usim();
  for (int i = 0; i < 30000; ++i) {
    Bytes command(random() % 48);
    for (auto& o : command) o = octet();
    if (!command.empty() && octet() > 8) command[0] = classes[random() % classes.size()];
    if (command.size() > 1 && octet() > 8) command[1] = instructions[random() % instructions.size()];
    if (command.size() > 4 && octet() > 40) command[4] = static_cast<std::uint8_t>(command.size() - 5);
    const Bytes answer = t.card.transmit(command);
    ASSERT_GE(answer.size(), 2U) << to_hex(command);
    ASSERT_LE(answer.size(), 258U) << to_hex(command);
    if (i % 50 == 0) t.send("00a4040407a0000000871002");
  }
  EXPECT_EQ(t.card.data().profile.imsi, "001010000000001");
  EXPECT_EQ(t.card.data().iccid, "8900001010000000017");
}

// AUTHENTICATE's data for whichever algorithm the card has.
std::string challenge_of(const Profile& profile, std::uint64_t seq, std::uint64_t ind = 0) {
  Block rand{};
  EXPECT_TRUE(from_hex(rand_hex, rand));
  const auto functions = functions_of(profile, rand);
  ByteArray<6> sqn{};
  store_be(seq << ind_bits | ind, sqn);
  const auto ak = functions->f2_f5().ak;
  Bytes autn;
  for (std::size_t i = 0; i < 6; ++i) autn.push_back(static_cast<std::uint8_t>(sqn[i] ^ ak[i]));
  autn.insert(autn.end(), {0x80, 0});
  const auto mac = functions->f1(sqn, {0x80, 0});
  autn.insert(autn.end(), mac.begin(), mac.end());
  return "10" + std::string(rand_hex) + "10" + to_hex(autn);
}

TEST(UiccAuthenticate, each_algorithm_answers_in_each_context) {
  struct Row {
    Algorithm algorithm;
    std::string opc;
  };
  for (const Row& row : {Row{Algorithm::milenage, opc_hex}, Row{Algorithm::tuak, std::string(64, '5')},
                         Row{Algorithm::xor_test, ""}}) {
    SCOPED_TRACE(name(row.algorithm));
    CardData data = personalised();
    data.profile.algorithm = row.algorithm;
    data.profile.opc = row.opc.empty() ? Secret() : *Secret::from_hex(row.opc);
    ASSERT_TRUE(keys_fit(data.profile));
    Block rand{};
    ASSERT_TRUE(from_hex(rand_hex, rand));
    const auto expected = functions_of(data.profile, rand)->f2_f5();
    const std::string fresh = challenge_of(data.profile, 1), replayed = fresh;
    const Profile profile = data.profile;
    Terminal t(std::move(data));
    t.select_usim();
    const std::string answer = t.send("0088008122" + fresh);
    EXPECT_TRUE(answer.starts_with("db08" + to_hex(expected.res) + "10" + to_hex(expected.ck) + "10" +
                                   to_hex(expected.ik) + "08"))
        << answer;
    EXPECT_TRUE(answer.ends_with("9000"));
    const std::string sync = t.send("0088008122" + replayed);
    EXPECT_TRUE(sync.starts_with("dc0e") && sync.ends_with("9000")) << sync;
    EXPECT_TRUE(t.send("0088008122" + challenge_of(profile, 2)).starts_with("db08"));
    std::string wrong = challenge_of(profile, 3);
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    EXPECT_EQ(t.raw("0088008122" + wrong), "9862");
    const std::string gsm = t.send("008800801110" + std::string(rand_hex));
    EXPECT_EQ(gsm.size(), 2 * (1 + 4 + 1 + 8 + 2U)) << gsm;
    Bytes bootstrapping = *from_hex(challenge_of(profile, 4));
    Block autn{};
    std::copy(bootstrapping.begin() + 18, bootstrapping.end(), autn.begin());
    unhide_mac(expected.ik, autn);
    std::copy(autn.begin(), autn.end(), bootstrapping.begin() + 18);
    EXPECT_EQ(t.send("0088008423dd" + to_hex(bootstrapping)), "db08" + to_hex(expected.res) + "9000");
  }
}

TEST(UiccAuthenticate, the_sqn_array_of_annex_c_2_holds_over_the_apdus) {
  CardData data = personalised();
  data.profile.delta = 1000;
  data.profile.age_limit = 50;
  const Profile profile = data.profile;
  Terminal t(std::move(data));
  t.select_usim();
  const auto taken = [&](std::uint64_t seq, std::uint64_t ind = 0) {
    return t.send("0088008122" + challenge_of(profile, seq, ind)).starts_with("db");
  };
  EXPECT_TRUE(taken(100));
  EXPECT_FALSE(taken(100)) << "again";
  EXPECT_FALSE(taken(1101)) << "further ahead than delta";
  EXPECT_TRUE(taken(1100));
  EXPECT_TRUE(taken(1060, 1)) << "older, on an index of its own";
  EXPECT_FALSE(taken(1050, 2)) << "as old as the age limit";
  EXPECT_EQ(t.kept.accepted_seq[0], 1100U);
  Terminal after(t.kept);
  after.select_usim();
  EXPECT_FALSE(after.send("0088008122" + challenge_of(profile, 1100)).starts_with("db"))
      << "after a loss of power";
}

}  // namespace
}  // namespace simbiont::usim

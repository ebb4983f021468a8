#include "lab/attach.h"

#include <gtest/gtest.h>

#include "lab/me_crypto.h"
#include "tests/support/me_oracle.h"
#include "usim/milenage.h"

namespace simbiont::lab {
namespace {

const char* const imsi = "001010000000001";
const Secret k = *Secret::from_hex("465b5ce8b199b49faa5f0a2ee238a6bc");
const Secret opc = *Secret::from_hex("cd63cb71954a9f4e48a5994e37a02baf");
const Secret k_me = *Secret::from_hex("000102030405060708090a0b0c0d0e0f");
const ByteArray<3> plmn{0x00, 0xf1, 0x10};

// A home network in a few lines: one SIM bound under k_me, SQN counted from 1.
class FakeHome final : public HomeNetwork {
 public:
  std::vector<std::string> asked;
  diameter::ResultCode aia = diameter::result::success, ula = diameter::result::success;
  bool gives_vectors = true, bound = true, turns_seq = true;
  std::uint8_t spoils_xres = 0, spoils_kasme = 0;
  std::uint64_t seq = 0;
  std::optional<Block> last_rand;

  Result<AuthenticationAnswer> authentication(std::string_view who, std::uint32_t vectors,
                                              ByteView resync) override {
    asked.push_back("AIR " + std::string(who) + " " + std::to_string(vectors) +
                    (resync.empty() ? "" : " resync"));
    if (!resync.empty() && !resynchronise(resync))
      return AuthenticationAnswer{diameter::result::unable_to_comply, {}};
    AuthenticationAnswer answer{aia, {}};
    if (gives_vectors && aia == diameter::result::success) answer.vectors.push_back(make_vector());
    return answer;
  }
  Result<LocationAnswer> update_location(std::string_view who, std::string_view imei) override {
    asked.push_back("ULR " + std::string(who) + " " + std::string(imei));
    return LocationAnswer{ula, std::nullopt};
  }

 private:
  diameter::EutranVector make_vector() {
    Block rand{};
    store_be(++seq * 0x9E3779B97F4A7C15ULL, rand);
    const usim::Milenage functions(k, opc, rand);
    ByteArray<6> sqn{};
    store_be(seq << 5, sqn);
    diameter::EutranVector out{};
    out.rand = bound ? usim::BlockCipher(k_me).encrypt(rand) : rand;
    last_rand = out.rand;
    const auto ak = functions.f2_f5().ak;
    for (std::size_t i = 0; i < 6; ++i) out.autn[i] = sqn[i] ^ ak[i];
    out.autn[6] = 0x80;
    const auto mac = functions.f1(sqn, {0x80, 0}).mac_a;
    std::copy(mac.begin(), mac.end(), out.autn.begin() + 8);
    out.xres = functions.f2_f5().res;
    out.xres[0] ^= spoils_xres;
    out.kasme = derive_kasme(functions.f3(), functions.f4(), plmn, out.autn);
    out.kasme[0] ^= spoils_kasme;
    return out;
  }

  // RAND must be the transported one; AUTS is verified over what it decrypts to.
  bool resynchronise(ByteView info) {
    EXPECT_EQ(info.size(), 30U);
    Block rand{};
    std::copy_n(info.begin(), 16, rand.begin());
    EXPECT_EQ(rand, *last_rand);
    const usim::Milenage functions(k, opc, bound ? test::aes(k_me.reveal(), rand, false) : rand);
    const auto ak = functions.f5_star();
    ByteArray<6> sqn{};
    for (std::size_t i = 0; i < 6; ++i) sqn[i] = info[16 + i] ^ ak[i];
    const auto mac = functions.f1(sqn, {0, 0}).mac_s;
    if (!std::equal(mac.begin(), mac.end(), info.begin() + 22)) return false;
    if (turns_seq) seq = load_be(sqn) >> 5;
    return true;
  }
};

struct Scene {
  FakeHome home;
  Device device{"d", "35000000000001", {{"kme", Scheme::aes128, k_me}}, true};
  usim::Usim card{{imsi, k, opc}};
  AttachReport run() {
    auto report = attach(home, {device, card, "35000000000001", plmn, 2});
    EXPECT_TRUE(report.ok());
    return report ? *report : AttachReport{};
  }
};
using Asked = std::vector<std::string>;

TEST(Attach, right_device_attaches_and_reports_its_imei_after_authentication) {
  Scene scene;
  const AttachReport report = scene.run();
  EXPECT_EQ(report.outcome, AttachOutcome::attached);
  EXPECT_EQ(report.kasme_agrees, std::optional(true));
  EXPECT_EQ(scene.home.asked, (Asked{"AIR 001010000000001 2", "ULR 001010000000001 35000000000001"}));
}

TEST(Attach, mac_failure_ends_it_without_a_word_to_the_home_network) {
  Scene scene;
  scene.device.slots.clear();
  const AttachReport report = scene.run();
  EXPECT_EQ(report.outcome, AttachOutcome::mac_failure);
  EXPECT_EQ(report.challenges, (std::vector<std::vector<std::uint16_t>>{{0x9862}}));
  EXPECT_FALSE(report.kasme_agrees);
  EXPECT_EQ(scene.home.asked, (Asked{"AIR 001010000000001 2"}));
}

TEST(Attach, auts_goes_back_with_the_rand_as_received_and_the_next_vector_attaches) {
  for (const bool bound : {true, false}) {
    Scene scene;
    scene.home.bound = bound;
    scene.card.accepted_seq().fill(5000);
    const AttachReport report = scene.run();
    EXPECT_EQ(report.outcome, AttachOutcome::attached);
    EXPECT_TRUE(report.resynchronised);
    EXPECT_EQ(scene.home.asked, (Asked{"AIR 001010000000001 2", "AIR 001010000000001 2 resync",
                                       "ULR 001010000000001 35000000000001"}));
    EXPECT_EQ(scene.home.seq, 5001U);
  }
}

TEST(Attach, a_second_auts_ends_it) {
  Scene scene;
  scene.home.turns_seq = false;
  scene.card.accepted_seq().fill(5000);
  const AttachReport report = scene.run();
  EXPECT_EQ(report.outcome, AttachOutcome::sync_failure);
  EXPECT_EQ(scene.home.asked.size(), 2U);
}

TEST(Attach, every_other_end_has_its_name_and_sends_no_ulr) {
  struct {
    AttachOutcome outcome;
    void (*spoil)(Scene&);
  } const rows[] = {
      {AttachOutcome::no_vector,
       [](Scene& s) { s.home.aia = diameter::result::authentication_data_unavailable; }},
      {AttachOutcome::no_vector, [](Scene& s) { s.home.gives_vectors = false; }},
      {AttachOutcome::wrong_res, [](Scene& s) { s.home.spoils_xres = 1; }},
      {AttachOutcome::wrong_kasme, [](Scene& s) { s.home.spoils_kasme = 1; }},
  };
  for (const auto& row : rows) {
    Scene scene;
    row.spoil(scene);
    EXPECT_EQ(scene.run().outcome, row.outcome) << name(row.outcome);
    EXPECT_EQ(scene.home.asked.size(), 1U) << name(row.outcome);
  }
}

TEST(Attach, a_refused_ulr_is_no_attach) {
  Scene scene;
  scene.home.ula = {5004, true};
  const AttachReport report = scene.run();
  EXPECT_EQ(report.outcome, AttachOutcome::update_refused);
  EXPECT_EQ(report.ula->code, (diameter::ResultCode{5004, true}));
}

TEST(Attach, a_home_network_that_does_not_answer_is_an_error) {
  class Silent final : public HomeNetwork {
    Result<AuthenticationAnswer> authentication(std::string_view, std::uint32_t, ByteView) override {
      return error(Errc::unavailable, "no answer in time");
    }
    Result<LocationAnswer> update_location(std::string_view, std::string_view) override {
      return error(Errc::unavailable, "no answer in time");
    }
  };
  Scene scene;
  Silent silent;
  EXPECT_FALSE(attach(silent, {scene.device, scene.card, "", plmn, 1}).ok());
}

}  // namespace
}  // namespace simbiont::lab

// An operator's small world over the harness: one SIM in several binding states, and a card that judges what
// it is sent.
#pragma once

#include "aka/milenage.h"
#include "binding/transform.h"
#include "support/hss_harness.h"
#include "usim/usim.h"

namespace simbiont::test {

class OperatorTest : public ::testing::Test {
 protected:
  static constexpr const char* imsi = "001010000000001";
  static constexpr const char* imei_a = "356938035643809";
  static constexpr const char* imei_b = "490154203237518";
  static constexpr const char* stranger = "352099001761481";
  inline static const Secret k = secret_of("465b5ce8b199b49faa5f0a2ee238a6bc");
  inline static const Secret opc = secret_of("cd63cb71954a9f4e48a5994e37a02baf");
  inline static const Secret key_a = secret_of("000102030405060708090a0b0c0d0e0f");
  inline static const Secret key_b = secret_of("f0e0d0c0b0a090807060504030201000");

  void SetUp() override { add_subscriber(imsi); }

  void add_subscriber(const char* digits, std::uint64_t seq_high = 0) {
    store::Subscriber subscriber{imsi_of(digits), aka::Algorithm::milenage, k, opc, {0x80, 0x00}, seq_high,
                                 "491700000001",  {"internet", "ims"}};
    hss.admin({store::PutSubscriber{subscriber, true}});
  }
  void add_device(const char* imei, const char* kme, const Secret& key) {
    binding::Kme record{kme, binding::TransformAlgorithm::aes128, {{1, binding::EpochState::active, key}}};
    hss.admin({store::PutKme{record, true}, store::PutDevice{{imei_of(imei), kme, 1}, true}});
  }
  void bind(binding::Mode mode, const std::vector<std::pair<const char*, const char*>>& pairs) {
    binding::Binding binding;
    binding.mode = mode;
    for (const auto& [imei, kme] : pairs) binding.associations.push_back({imei_of(imei), kme, 1});
    hss.admin({store::PutBinding{imsi_of(imsi), binding}});
  }
  void bind_to_a(binding::Mode mode = binding::Mode::enforce) {
    add_device(imei_a, "kme-a", key_a);
    bind(mode, {{imei_a, "kme-a"}});
  }
  void bind_to_a_and_b() {
    add_device(imei_a, "kme-a", key_a);
    add_device(imei_b, "kme-b", key_b);
    bind(binding::Mode::enforce, {{imei_a, "kme-a"}, {imei_b, "kme-b"}});
  }
  store::SubscriberState stored(const char* digits = imsi) {
    return **hss.store().subscriber(imsi_of(digits));
  }

  // ---- the card's side ----
  static Block decrypt(const Block& rand, const Secret& k_me) {
    return binding::Transform(binding::TransformAlgorithm::aes128, k_me, imsi_of(imsi)).invert({rand}).octets;
  }
  // The card's answer to a vector whose RAND the device hands on as `rand`.
  Bytes present(const Block& rand, const diameter::EutranVector& vector) {
    Bytes command{0x00, 0x88, 0x00, 0x81, 0x22, 0x10};
    command.insert(command.end(), rand.begin(), rand.end());
    command.push_back(0x10);
    command.insert(command.end(), vector.autn.begin(), vector.autn.end());
    return card.transmit(command);
  }
  static bool is_success(const Bytes& response) { return response.size() > 2 && response[0] == 0xdb; }
  static bool is_mac_failure(const Bytes& response) { return response == Bytes{0x98, 0x62}; }
  // RAND as transported || AUTS, from a card's sync failure.
  static Bytes resync_info(const diameter::EutranVector& vector, const Bytes& response) {
    EXPECT_EQ(response[0], 0xdc);
    Bytes out(vector.rand.begin(), vector.rand.end());
    out.insert(out.end(), response.begin() + 2, response.begin() + 16);
    return out;
  }
  static aka::Sqn sqn_of(const diameter::EutranVector& vector, const Block& plain_rand) {
    const auto ak = aka::Milenage(k, opc).f2345({plain_rand}).ak;
    ByteArray<6> octets{};
    for (std::size_t i = 0; i < 6; ++i) octets[i] = vector.autn[i] ^ ak[i];
    return aka::Sqn::from_octets(octets);
  }

  HssHarness hss;
  usim::Usim card{{imsi, k, opc}};
};

inline constexpr diameter::ResultCode success = diameter::result::success,
                                      no_data = diameter::result::authentication_data_unavailable,
                                      unknown_user = diameter::result::user_unknown;

}  // namespace simbiont::test

// A KME that rolls over, and the proofs of its devices a and c.
#pragma once

#include "binding/transform.h"
#include "fixture.h"

namespace simbiont::admin::test {

class EpochsFixture : public AdminTest {
 protected:
  void SetUp() override { provision(); }
  void stage(const std::string& kme = "m1") {
    ok("POST", "/v1/kmes/" + kme + "/stage", R"({"generate":true})");
  }
  static std::string path(const char* what, unsigned epoch, const std::string& imei) {
    return "/v1/kmes/m1/epochs/" + std::to_string(epoch) + '/' + what + '/' + imei;
  }
  Block challenge(unsigned epoch, const std::string& imei = imei_a) {
    Block octets{};
    const Json answer = ok("POST", path("challenges", epoch, imei));
    EXPECT_TRUE(from_hex(answer["challenge"].get<std::string>(), octets));
    return octets;
  }
  std::string proof(unsigned epoch, const Block& challenge, const std::string& imei = imei_a) {
    const auto kme = **live.store().kme("m1");
    const Secret k_conf = binding::derive_k_conf(kme.find(epoch)->key, *Imei::parse(imei));
    return Json{{"proof", to_hex(binding::confirmation_proof(k_conf, "m1", epoch, challenge))}}.dump();
  }
  // The device proves that it holds an epoch of m1.
  Json prove(unsigned epoch, const std::string& imei = imei_a) {
    return ok("POST", path("confirmations", epoch, imei), proof(epoch, challenge(epoch, imei), imei));
  }
  void bind(const char* imsi, const std::string& imeis) {
    ok("POST", std::string("/v1/bindings/") + imsi + "/bind", R"({"imei":[)" + imeis + "]}");
  }
  Json activate() { return ok("POST", "/v1/kmes/m1/activate"); }
  binding::EpochNumber in_force(const char* imsi) { return state(imsi).binding.associations.at(0).epoch; }
  std::string epochs() {
    std::string out;
    const auto kme = **live.store().kme("m1");
    for (const auto& epoch : kme.epochs)
      out += std::to_string(epoch.number) + ' ' + std::string(binding::name(epoch.state)) +
             (epoch.key.empty() ? " erased, " : ", ");
    return out;
  }
  void vectors_at(const char* imsi, const std::string& host, bool plain = false) {
    const UnixMs at = live.now();
    ASSERT_TRUE(
        live.put({store::PutVectorNode{{*Imsi::parse(imsi), host, "r", plain ? at : 0, plain ? 0 : at}}})
            .ok());
  }
  store::DeviceEpoch row(unsigned epoch, const char* imei = imei_a) {
    for (const auto& each : *live.store().device_epochs(*Imei::parse(imei)))
      if (each.epoch == epoch) return each;
    return {};
  }
};

}  // namespace simbiont::admin::test

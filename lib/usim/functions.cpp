#include "usim/functions.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "usim/authenticator.h"
#include "usim/milenage.h"
#include "usim/tuak.h"
#include "usim/xor.h"

namespace simbiont::usim {
namespace {

constexpr std::array<std::pair<Algorithm, std::string_view>, 3> names{
    {{Algorithm::milenage, "milenage"}, {Algorithm::tuak, "tuak"}, {Algorithm::xor_test, "xor"}}};

template <std::size_t N>
void copy(const Secret& from, ByteArray<N>& to) {
  assert(from.size() == N);
  std::copy(from.reveal().begin(), from.reveal().end(), to.begin());
}

class OfMilenage final : public Functions {
 public:
  OfMilenage(const Profile& profile, const Block& rand) : of_(profile.k, profile.opc, rand) {}
  ByteArray<8> f1(const ByteArray<6>& sqn, const ByteArray<2>& amf) const override {
    return of_.f1(sqn, amf).mac_a;
  }
  ByteArray<8> f1_star(const ByteArray<6>& sqn, const ByteArray<2>& amf) const override {
    return of_.f1(sqn, amf).mac_s;
  }
  Answer f2_f5() const override {
    const Milenage::ResAk res_ak = of_.f2_f5();
    Answer answer;
    answer.res = res_ak.res;
    answer.ak = res_ak.ak;
    answer.ck = of_.f3();
    answer.ik = of_.f4();
    return answer;
  }
  ByteArray<6> f5_star() const override { return of_.f5_star(); }

 private:
  Milenage of_;
};

// TUAK and XOR have the same shape.
template <class Of>
class OfSecrets final : public Functions {
 public:
  template <class... Arguments>
  explicit OfSecrets(const Arguments&... arguments) : of_(arguments...) {}
  ByteArray<8> f1(const ByteArray<6>& sqn, const ByteArray<2>& amf) const override {
    ByteArray<8> mac{};
    copy(of_.f1(sqn, amf), mac);
    return mac;
  }
  ByteArray<8> f1_star(const ByteArray<6>& sqn, const ByteArray<2>& amf) const override {
    ByteArray<8> mac{};
    copy(of_.f1_star(sqn, amf), mac);
    return mac;
  }
  Answer f2_f5() const override {
    const auto of = of_.f2_f5();
    Answer answer;
    copy(of.res, answer.res);
    copy(of.ck, answer.ck);
    copy(of.ik, answer.ik);
    answer.ak = of.ak;
    return answer;
  }
  ByteArray<6> f5_star() const override { return of_.f5_star(); }

 private:
  Of of_;
};

}  // namespace

Functions::Answer::~Answer() {
  zeroise(res);
  zeroise(ck);
  zeroise(ik);
  zeroise(ak);
}

std::string_view name(Algorithm algorithm) {
  return std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == algorithm; })
      ->second;
}

std::optional<Algorithm> algorithm(std::string_view text) {
  for (const auto& [value, known] : names)
    if (known == text) return value;
  return std::nullopt;
}

bool keys_fit(const Profile& profile) {
  const std::size_t k = profile.k.size(), op = profile.opc.size();
  switch (profile.algorithm) {
    case Algorithm::milenage:
      return k == 16 && op == 16;
    case Algorithm::tuak:
      return (k == 16 || k == 32) && op == 32;
    case Algorithm::xor_test:
      return k == 16 && op == 0;
  }
  return false;
}

std::unique_ptr<Functions> functions_of(const Profile& profile, const Block& rand) {
  assert(keys_fit(profile));
  switch (profile.algorithm) {
    case Algorithm::tuak:
      return std::make_unique<OfSecrets<Tuak>>(profile.k, profile.opc, rand);
    case Algorithm::xor_test:
      return std::make_unique<OfSecrets<Xor>>(profile.k, rand);
    case Algorithm::milenage:
      break;
  }
  return std::make_unique<OfMilenage>(profile, rand);
}

}  // namespace simbiont::usim

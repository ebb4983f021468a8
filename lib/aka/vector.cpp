#include "aka/vector.h"

#include <algorithm>

#include "aka/eps_kernel.h"
#include "crypto/hmac.h"

namespace simbiont::aka {
namespace {

constexpr Amf resync_amf{0, 0};  // AMF*, TS 33.102 6.3.3

ByteArray<6> concealed(Sqn sqn, const Ak& ak) {
  ByteArray<6> out = sqn.octets();
  for (std::size_t i = 0; i < out.size(); ++i) out[i] ^= ak[i];
  return out;
}

Autn make_autn(const ByteArray<6>& sqn_xor_ak, const Amf& amf, const Mac& mac) {
  Autn autn;
  std::ranges::copy(sqn_xor_ak, autn.begin());
  std::ranges::copy(amf, autn.begin() + 6);
  std::ranges::copy(mac, autn.begin() + 8);
  return autn;
}

}  // namespace

Kasme derive_kasme(const Key128& ck, const Key128& ik, const Plmn& serving_network,
                   const ByteArray<6>& sqn_xor_ak) {
  ByteArray<32> key;
  std::ranges::copy(ck, key.begin());
  std::ranges::copy(ik, key.begin() + 16);
  // FC || P0 || L0 || P1 || L1
  ByteArray<14> input{0x10, 0, 0, 0, 0x00, 0x03, 0, 0, 0, 0, 0, 0, 0x00, 0x06};
  std::ranges::copy(serving_network.octets, input.begin() + 1);
  std::ranges::copy(sqn_xor_ak, input.begin() + 6);
  const Kasme kasme = crypto::hmac_sha256(key, input);
  zeroise(key);
  return kasme;
}

EpsQuantities make_eps_quantities(const Functions& functions, const PlainRand& rand, Sqn sqn, Amf amf,
                                  const Plmn& serving_network) {
  amf[0] |= separation_bit;
  Functions::F2345 f = functions.f2345(rand);
  const ByteArray<6> sqn_xor_ak = concealed(sqn, f.ak);
  const EpsQuantities quantities{f.res, make_autn(sqn_xor_ak, amf, functions.f1(rand, sqn, amf)),
                                 derive_kasme(f.ck, f.ik, serving_network, sqn_xor_ak)};
  zeroise(f.ck);
  zeroise(f.ik);
  zeroise(f.ak);
  return quantities;
}

UtranQuantities::~UtranQuantities() {
  zeroise(ck);
  zeroise(ik);
}

namespace {

UtranQuantities make_quintet(const Functions& functions, const PlainRand& rand, Sqn sqn, const Amf& amf) {
  Functions::F2345 f = functions.f2345(rand);
  UtranQuantities quantities;
  quantities.xres = f.res;
  quantities.autn = make_autn(concealed(sqn, f.ak), amf, functions.f1(rand, sqn, amf));
  quantities.ck = f.ck;
  quantities.ik = f.ik;
  zeroise(f.ck);
  zeroise(f.ik);
  zeroise(f.ak);
  return quantities;
}

}  // namespace

UtranQuantities make_utran_quantities(const Functions& functions, const PlainRand& rand, Sqn sqn, Amf amf) {
  amf[0] &= static_cast<std::uint8_t>(~separation_bit);
  return make_quintet(functions, rand, sqn, amf);
}

UtranQuantities make_eap_quantities(const Functions& functions, const PlainRand& rand, Sqn sqn, Amf amf) {
  amf[0] |= separation_bit;
  return make_quintet(functions, rand, sqn, amf);
}

GsmQuantities::~GsmQuantities() {
  zeroise(sres);
  zeroise(kc);
}

GsmQuantities make_gsm_quantities(const Functions& functions, const PlainRand& rand) {
  Functions::F2345 f = functions.f2345(rand);
  GsmQuantities out;
  for (std::size_t i = 0; i < out.sres.size(); ++i) out.sres[i] = f.res[i] ^ f.res[i + out.sres.size()];
  for (std::size_t i = 0; i < out.kc.size(); ++i)
    out.kc[i] = f.ck[i] ^ f.ck[i + out.kc.size()] ^ f.ik[i] ^ f.ik[i + out.kc.size()];
  zeroise(f.ck);
  zeroise(f.ik);
  zeroise(f.ak);
  return out;
}

std::optional<Sqn> verify_auts(const Functions& functions, const PlainRand& rand, const Auts& auts) {
  ByteArray<6> sqn_xor_ak;
  std::copy_n(auts.begin(), sqn_xor_ak.size(), sqn_xor_ak.begin());
  const Ak ak = functions.f5_star(rand);
  const Sqn sqn_ms = Sqn::from_octets(concealed(Sqn::from_octets(sqn_xor_ak), ak));
  const Mac expected = functions.f1_star(rand, sqn_ms, resync_amf);
  if (!equal_constant_time(expected, ByteView(auts).subspan(sqn_xor_ak.size()))) return std::nullopt;
  return sqn_ms;
}

}  // namespace simbiont::aka

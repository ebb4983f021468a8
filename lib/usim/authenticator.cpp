#include "usim/authenticator.h"

#include <algorithm>
#include <memory>

namespace simbiont::usim {
namespace {

ByteArray<6> exclusive_or(ByteView a, const ByteArray<6>& b) {
  ByteArray<6> out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(a[i] ^ b[i]);
  return out;
}

// 6.3.3: AUTS = SQN_MS xor f5*(RAND) || f1*(SQN_MS || RAND || AMF*), AMF* all zeros.
ByteArray<14> make_auts(const Functions& functions, std::uint64_t sqn_ms) {
  ByteArray<6> sqn{};
  store_be(sqn_ms, sqn);
  const ByteArray<8> mac_s = functions.f1_star(sqn, {0, 0});
  const ByteArray<6> concealed = exclusive_or(sqn, functions.f5_star());
  ByteArray<14> auts{};
  std::copy(concealed.begin(), concealed.end(), auts.begin());
  std::copy(mac_s.begin(), mac_s.end(), auts.begin() + concealed.size());
  return auts;
}

Outcome accepted_by(const Functions& functions) {
  const Functions::Answer answer = functions.f2_f5();
  Outcome outcome;
  outcome.verdict = Verdict::accepted;
  outcome.res = answer.res;
  outcome.ck = answer.ck;
  outcome.ik = answer.ik;
  return outcome;
}

}  // namespace

Outcome::~Outcome() {
  zeroise(res);
  zeroise(ck);
  zeroise(ik);
}

GsmQuantities gsm_quantities(const Outcome& accepted) {
  GsmQuantities out;
  const ByteArray<8>& res = accepted.res;
  const Block &ck = accepted.ck, &ik = accepted.ik;
  for (std::size_t i = 0; i < out.sres.size(); ++i)
    out.sres[i] = static_cast<std::uint8_t>(res[i] ^ res[i + 4]);
  for (std::size_t i = 0; i < out.kc.size(); ++i)
    out.kc[i] = static_cast<std::uint8_t>(ck[i] ^ ck[i + 8] ^ ik[i] ^ ik[i + 8]);
  return out;
}

Authenticator::Authenticator(Profile profile, const SeqArray& accepted_seq)
    : profile_(std::move(profile)), accepted_seq_(accepted_seq) {}

GsmQuantities Authenticator::gsm(const Block& rand) const {
  return gsm_quantities(accepted_by(*functions_of(profile_, rand)));
}

Block Authenticator::ik(const Block& rand) const { return functions_of(profile_, rand)->f2_f5().ik; }

std::uint64_t Authenticator::sqn_ms() const {
  const auto highest = std::max_element(accepted_seq_.begin(), accepted_seq_.end());
  return *highest << ind_bits | static_cast<std::uint64_t>(highest - accepted_seq_.begin());
}

bool Authenticator::fresh(std::uint64_t seq, std::size_t ind) const {
  const std::uint64_t highest = sqn_ms() >> ind_bits;
  if (profile_.delta != 0 && seq > highest && seq - highest > profile_.delta) return false;
  if (profile_.age_limit != 0 && seq < highest && highest - seq >= profile_.age_limit) return false;
  return seq > accepted_seq_[ind];
}

Outcome Authenticator::authenticate(const Block& rand, const Block& autn) {
  const std::unique_ptr<Functions> functions = functions_of(profile_, rand);
  const ByteView view(autn);
  const ByteArray<6> sqn_octets = exclusive_or(view.first(6), functions->f2_f5().ak);
  const ByteArray<8> expected = functions->f1(sqn_octets, {autn[6], autn[7]});

  Outcome outcome;
  if (!equal_constant_time(expected, view.subspan(8))) return outcome;

  const std::uint64_t sqn = load_be(sqn_octets);
  const std::size_t ind = sqn % ind_count;
  if (!fresh(sqn >> ind_bits, ind)) {
    outcome.verdict = Verdict::sync_failure;
    outcome.auts = make_auts(*functions, sqn_ms());
    return outcome;
  }
  accepted_seq_[ind] = sqn >> ind_bits;
  return accepted_by(*functions);
}

}  // namespace simbiont::usim

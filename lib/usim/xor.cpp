#include "usim/xor.h"

#include <algorithm>
#include <cassert>

namespace simbiont::usim {
namespace {

Secret sum(const Secret& k, const Block& rand) {
  Block xdout = rand;
  const ByteView key = k.reveal();
  for (std::size_t i = 0; i < key.size(); ++i) xdout[i] ^= key[i];
  Secret secret(xdout);
  zeroise(xdout);
  return secret;
}

// The octets from `first` on, then those before it.
Secret rotated(const Secret& xdout, std::size_t first) {
  Block block{};
  const ByteView octets = xdout.reveal();
  for (std::size_t i = 0; i < block.size(); ++i) block[i] = octets[(i + first) % octets.size()];
  Secret secret(block);
  zeroise(block);
  return secret;
}

}  // namespace

Xor::Xor(const Secret& k, const Block& rand, std::size_t res_size)
    : xdout_(sum(k, rand)), res_size_(res_size) {
  assert(k.size() == 16 && res_size >= min_res && res_size <= max_res);
}

Secret Xor::f1(const ByteArray<6>& sqn, const ByteArray<2>& amf) const {
  ByteArray<8> mac{};  // CDOUT = SQN || AMF
  std::copy(sqn.begin(), sqn.end(), mac.begin());
  std::copy(amf.begin(), amf.end(), mac.begin() + sqn.size());
  const ByteView xdout = xdout_.reveal();
  for (std::size_t i = 0; i < mac.size(); ++i) mac[i] ^= xdout[i];
  Secret secret(mac);
  zeroise(mac);
  return secret;
}

Xor::Answer Xor::f2_f5() const {
  Answer answer;
  answer.res = Secret(xdout_.reveal().first(res_size_));
  answer.ck = rotated(xdout_, 1);
  answer.ik = rotated(xdout_, 2);
  answer.ak = f5_star();
  return answer;
}

ByteArray<6> Xor::f5_star() const {
  ByteArray<6> ak{};  // bits 24 to 71
  std::copy_n(xdout_.reveal().begin() + 3, ak.size(), ak.begin());
  return ak;
}

}  // namespace simbiont::usim

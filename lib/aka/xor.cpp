#include "aka/xor.h"

#include <algorithm>
#include <cassert>

namespace simbiont::aka {

Xor::Xor(const Secret& k) : k_(k) { assert(k.size() == 16); }

Block Xor::xdout(const PlainRand& rand) const {
  Block out = rand.octets;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] ^= k_.reveal()[i];
  return out;
}

// XDOUT[0..63] xor (SQN || AMF)
Mac Xor::f1(const PlainRand& rand, Sqn sqn, Amf amf) const {
  const Block x = xdout(rand);
  Mac mac{};
  std::copy_n(x.begin(), mac.size(), mac.begin());
  const ByteArray<6> octets = sqn.octets();
  for (std::size_t i = 0; i < octets.size(); ++i) mac[i] ^= octets[i];
  mac[6] ^= amf[0];
  mac[7] ^= amf[1];
  return mac;
}

// CK and IK are XDOUT turned by one octet and by two, AK its bits 24 to 71.
Xor::F2345 Xor::f2345(const PlainRand& rand) const {
  const Block x = xdout(rand);
  F2345 out{{}, x, x, {}};
  std::copy_n(x.begin(), out.res.size(), out.res.begin());
  std::rotate(out.ck.begin(), out.ck.begin() + 1, out.ck.end());
  std::rotate(out.ik.begin(), out.ik.begin() + 2, out.ik.end());
  std::copy_n(x.begin() + 3, out.ak.size(), out.ak.begin());
  return out;
}

}  // namespace simbiont::aka

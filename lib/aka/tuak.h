// TUAK, TS 35.231: the functions f1, f1*, f2..f5, f5* over Keccak-f[1600].
#pragma once

#include "aka/functions.h"
#include "aka/keccak.h"

namespace simbiont::aka {

// The sizes an operator may choose (clause 5), in octets, and how often the permutation is applied. Of S6a
// and of a USIM as TS 31.102 has it are the ones that stand here.
struct TuakProfile {
  std::size_t mac = 8, res = 8, ck = 16, ik = 16;
  unsigned iterations = 1;
};

// The computations of clause 6 as they are, for any profile. What is returned holds the outputs at the places
// where out() finds them. key: 16 or 32 octets, top or topc: 32 (assert).
namespace tuak {
KeccakState topc(const Secret& key, const Secret& top, unsigned iterations);
KeccakState f1(const Secret& key, const Secret& topc, const PlainRand& rand, Sqn sqn, Amf amf, bool star,
               const TuakProfile& profile);
KeccakState f2345(const Secret& key, const Secret& topc, const PlainRand& rand, const TuakProfile& profile);
KeccakState f5_star(const Secret& key, const Secret& topc, const PlainRand& rand, unsigned iterations);
// MAC, RES and TOPc stand at 0, CK at 32, IK at 64, AK and AK* at 96.
void out(const KeccakState& state, std::size_t place, std::span<std::uint8_t> to);
}  // namespace tuak

class Tuak final : public Functions {
 public:
  // k: 16 or 32 octets, topc: 32 (assert).
  Tuak(const Secret& k, const Secret& topc);
  static Secret topc_from_top(const Secret& k, const Secret& top);

  Mac f1(const PlainRand& rand, Sqn sqn, Amf amf) const override;
  Mac f1_star(const PlainRand& rand, Sqn sqn, Amf amf) const override;
  F2345 f2345(const PlainRand& rand) const override;
  Ak f5_star(const PlainRand& rand) const override;

 private:
  Mac mac(const PlainRand& rand, Sqn sqn, Amf amf, bool star) const;

  Secret k_, topc_;
};

}  // namespace simbiont::aka

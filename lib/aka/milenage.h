// Milenage, TS 35.206: the functions f1, f1*, f2..f5, f5* with AES-128 as kernel.
#pragma once

#include "aka/functions.h"
#include "crypto/aes.h"

namespace simbiont::aka {

class Milenage final : public Functions {
 public:
  // k, opc: 16 octets each (assert).
  Milenage(const Secret& k, const Secret& opc);

  // 4.1: OPc = E_K(OP) xor OP.
  static Secret opc_from_op(const Secret& k, const Secret& op);

  Mac f1(const PlainRand& rand, Sqn sqn, Amf amf) const override;
  Mac f1_star(const PlainRand& rand, Sqn sqn, Amf amf) const override;
  F2345 f2345(const PlainRand& rand) const override;
  Ak f5_star(const PlainRand& rand) const override;

 private:
  Block temp(const PlainRand& rand) const;
  Block out1(const PlainRand& rand, Sqn sqn, Amf amf) const;
  Block out(const Block& temp, unsigned rotation_octets, std::uint8_t constant) const;

  crypto::Aes aes_;
  Secret opc_;
};

}  // namespace simbiont::aka

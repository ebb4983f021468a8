// The authentication functions f1, f1*, f2..f5, f5* of TS 33.102 6.3, whatever the algorithm: RES of 64 bits,
// CK and IK of 128, MAC of 64.
#pragma once

#include <memory>

#include "aka/sqn.h"
#include "aka/types.h"
#include "base/secret.h"

namespace simbiont::aka {

class Functions {
 public:
  struct F2345 {
    Res res;
    Key128 ck;
    Key128 ik;
    Ak ak;
  };

  Functions() = default;
  Functions(const Functions&) = default;
  Functions& operator=(const Functions&) = default;
  virtual ~Functions() = default;

  virtual Mac f1(const PlainRand& rand, Sqn sqn, Amf amf) const = 0;
  virtual Mac f1_star(const PlainRand& rand, Sqn sqn, Amf amf) const = 0;
  virtual F2345 f2345(const PlainRand& rand) const = 0;
  virtual Ak f5_star(const PlainRand& rand) const = 0;
};

// k, opc: of the sizes of types.h (assert). opc: OPc or TOPc.
std::unique_ptr<Functions> make_functions(Algorithm algorithm, const Secret& k, const Secret& opc);
// OPc from OP, TOPc from TOP. Sizes as above (assert); not for xor, which has none (assert).
Secret opc_from_op(Algorithm algorithm, const Secret& k, const Secret& op);

}  // namespace simbiont::aka

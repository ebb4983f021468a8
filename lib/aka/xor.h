// The test algorithm of TS 34.108 8.1.2, for test USIMs: it hides nothing from whoever sees one RAND and RES.
#pragma once

#include "aka/functions.h"

namespace simbiont::aka {

class Xor final : public Functions {
 public:
  explicit Xor(const Secret& k);  // 16 octets (assert)

  // f1* is f1, f5* is f5. RES: n = 63 of the n that 8.1.2.1 leaves open.
  Mac f1(const PlainRand& rand, Sqn sqn, Amf amf) const override;
  Mac f1_star(const PlainRand& rand, Sqn sqn, Amf amf) const override { return f1(rand, sqn, amf); }
  F2345 f2345(const PlainRand& rand) const override;
  Ak f5_star(const PlainRand& rand) const override { return f2345(rand).ak; }

 private:
  Block xdout(const PlainRand& rand) const;

  Secret k_;
};

}  // namespace simbiont::aka

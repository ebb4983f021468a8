// The algorithm of test USIMs, TS 34.108 8.1.2: everything is K xor RAND, so it hides nothing. It shares no
// source with the HSS's.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

namespace simbiont::usim {

class Xor {
 public:
  static constexpr std::size_t min_res = 4, max_res = 16;

  // K of 16 octets, RES of min_res to max_res octets (assert). The standard leaves the length open and test
  // equipment takes 8 or 16.
  Xor(const Secret& k, const Block& rand, std::size_t res_size = 8);

  Secret f1(const ByteArray<6>& sqn, const ByteArray<2>& amf) const;  // MAC-A, 8 octets
  // MAC-S is made as MAC-A is (8.1.2.2).
  Secret f1_star(const ByteArray<6>& sqn, const ByteArray<2>& amf) const { return f1(sqn, amf); }
  struct Answer {
    Secret res, ck, ik;  // f2, f3, f4
    ByteArray<6> ak{};   // f5
    Answer() = default;
    Answer(const Answer&) = default;
    Answer& operator=(const Answer&) = default;
    ~Answer() { zeroise(ak); }
  };
  Answer f2_f5() const;
  ByteArray<6> f5_star() const;  // f5 again

 private:
  Secret xdout_;
  std::size_t res_size_;
};

}  // namespace simbiont::usim

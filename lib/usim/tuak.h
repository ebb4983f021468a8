// TUAK as a card computes it, written from TS 35.231 clauses 6 and 7 over a Keccak of its own: the HSS has
// another one, and neither may take over the other's mistakes.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/secret.h"

namespace simbiont::usim {

// What an operator chooses for its cards (TS 35.231 5.2, 5.3). TS 33.102 and the AUTN of the AUTHENTICATE
// command want a MAC of 8 octets and keys of 16; RES may have up to 16 there.
struct TuakChoice {
  std::size_t mac = 8;      // octets: 8, 16 or 32
  std::size_t res = 8;      // octets: 4, 8, 16 or 32
  std::size_t ck = 16;      // octets: 16 or 32
  std::size_t ik = 16;      // octets: 16 or 32
  unsigned iterations = 1;  // of Keccak, 1 to max_iterations; counts for TOPc too

  static constexpr unsigned max_iterations = 255;
  bool allowed() const;
};

class Tuak {
 public:
  // K of 16 or 32 octets, TOPc of 32, a choice that is allowed (assert).
  Tuak(const Secret& k, const Secret& topc, const Block& rand, TuakChoice choice = {});

  Secret f1(const ByteArray<6>& sqn, const ByteArray<2>& amf) const;       // MAC-A
  Secret f1_star(const ByteArray<6>& sqn, const ByteArray<2>& amf) const;  // MAC-S
  struct Answer {
    Secret res, ck, ik;  // f2, f3, f4
    ByteArray<6> ak{};   // f5
    Answer() = default;
    Answer(const Answer&) = default;
    Answer& operator=(const Answer&) = default;
    ~Answer() { zeroise(ak); }
  };
  Answer f2_f5() const;
  ByteArray<6> f5_star() const;

  // 6.1: TOPc of TOP (32 octets) and K, under the iterations the card will use.
  static Secret topc(const Secret& k, const Secret& top, unsigned iterations = 1);

 private:
  Secret mac(std::uint8_t instance, const ByteArray<6>& sqn, const ByteArray<2>& amf) const;

  Secret k_, topc_;
  Block rand_;
  TuakChoice choice_;
};

}  // namespace simbiont::usim

// What the AuC makes from a plain RAND: everything of a vector but its RAND, which only the transform hands
// on.
#pragma once

#include <optional>

#include "aka/functions.h"
#include "aka/sqn.h"
#include "aka/types.h"
#include "base/digits.h"

namespace simbiont::aka {

struct EpsQuantities {
  Res xres;
  Autn autn;
  Kasme kasme;
};

// A quintet without its RAND, TS 33.102 6.3.2. CK and IK leave in the answer; zeroised when it goes.
struct UtranQuantities {
  Res xres{};
  Autn autn{};
  Key128 ck{}, ik{};

  UtranQuantities() = default;
  UtranQuantities(const UtranQuantities&) = default;
  UtranQuantities& operator=(const UtranQuantities&) = default;
  ~UtranQuantities();
};

// TS 33.401 A.2: KASME = KDF(CK || IK, 0x10 || SN id || 3 || SQN xor AK || 6).
Kasme derive_kasme(const Key128& ck, const Key128& ik, const Plmn& serving_network,
                   const ByteArray<6>& sqn_xor_ak);

// The separation bit of amf (bit 0 in the words of TS 33.102 annex H: the most significant) is set, whatever
// amf holds.
EpsQuantities make_eps_quantities(const Functions& functions, const PlainRand& rand, Sqn sqn, Amf amf,
                                  const Plmn& serving_network);

// The separation bit of amf is clear, whatever amf holds: an ME on E-UTRAN refuses such a vector.
UtranQuantities make_utran_quantities(const Functions& functions, const PlainRand& rand, Sqn sqn, Amf amf);

// The same with the separation bit set, for EAP-AKA' (RFC 9048 3.1: the peer insists on it) and EAP-AKA.
UtranQuantities make_eap_quantities(const Functions& functions, const PlainRand& rand, Sqn sqn, Amf amf);

// A triplet without its RAND: SRES and Kc from RES, CK and IK, TS 33.102 6.8.1.2 (c2, c3). Zeroised when it
// goes. Over Milenage it is GSM-Milenage with the first of the two derivations of SRES (TS 55.205).
struct GsmQuantities {
  Sres sres{};
  Kc kc{};

  GsmQuantities() = default;
  GsmQuantities(const GsmQuantities&) = default;
  GsmQuantities& operator=(const GsmQuantities&) = default;
  ~GsmQuantities();
};
GsmQuantities make_gsm_quantities(const Functions& functions, const PlainRand& rand);

// TS 33.102 6.3.5: SQN_MS out of AUTS, when MAC-S (f1*, AMF* = 0000) holds over this RAND; nullopt otherwise.
// The comparison takes constant time.
std::optional<Sqn> verify_auts(const Functions& functions, const PlainRand& rand, const Auts& auts);

}  // namespace simbiont::aka

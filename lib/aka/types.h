// The quantities of AKA (TS 33.102 6.3). The two kinds of RAND are two types: what f1..f5 take can not be put
// into a message, and what stands in a message can not be given to f1..f5.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace simbiont::aka {

// RAND as the AuC and the UICC know it. It never leaves the AuC.
struct PlainRand {
  Block octets{};
};

// RAND as transported: encRAND of a bound IMSI, the RAND itself of an unbound one.
struct WireRand {
  Block octets{};
  friend bool operator==(const WireRand&, const WireRand&) = default;
};

using Amf = ByteArray<2>;
using Mac = ByteArray<8>;
using Res = ByteArray<8>;    // Milenage: 64 bits
using Ak = ByteArray<6>;     // anonymity key
using Autn = ByteArray<16>;  // SQN xor AK || AMF || MAC-A
using Auts = ByteArray<14>;  // SQN_MS xor AK* || MAC-S
using Key128 = Block;        // CK, IK
using Kasme = ByteArray<32>;
using Sres = ByteArray<4>;
using Kc = ByteArray<8>;

enum class Algorithm : std::uint8_t { milenage };

}  // namespace simbiont::aka

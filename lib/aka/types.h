// The quantities of AKA (TS 33.102 6.3). The two kinds of RAND are two types: what f1..f5 take can not be put
// into a message, and what stands in a message can not be given to f1..f5.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

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

using Sres = ByteArray<4>;  // GSM's response
using Kc = ByteArray<8>;    // GSM's ciphering key

// gsm_milenage: a SIM of TS 55.205, which has no AUTN; the others are USIMs'.
enum class Algorithm : std::uint8_t { milenage, gsm_milenage, tuak, xor_test };
std::string_view name(Algorithm);                      // "gsm-milenage"
std::optional<Algorithm> algorithm(std::string_view);  // inverse of name

// Octets that K, and what goes with it (OPc, TOPc; nothing for xor), have.
bool fits_k(Algorithm algorithm, std::size_t octets);
std::size_t opc_size(Algorithm algorithm);
// What a key of the wrong size is told: "K is 16 octets ... (TS ...)".
std::string_view key_rule(Algorithm algorithm);

}  // namespace simbiont::aka

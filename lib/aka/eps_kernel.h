// The two makings of a batch's Milenage part, and the form in which KASME's part is handed on.
#pragma once

#include <span>

#include "aka/eps_batch.h"
#include "crypto/hmac.h"

namespace simbiont::aka {

inline constexpr std::uint8_t separation_bit = 0x80;  // in the first octet of AMF

// TS 33.401 A.2: 0x10 || SN id || 3 || SQN xor AK || 6
inline constexpr std::size_t kasme_message_size = 14;

// XRES and AUTN into out[i]; CK || IK and the message into jobs[i]. As many out and jobs as orders.
using MilenagePart = void(std::span<const EpsOrder> orders, EpsQuantities* out, crypto::ShortHmac* jobs);

MilenagePart milenage_part_plain;   // through class Milenage
MilenagePart milenage_part_aes_ni;  // eps_x86.cpp; only where crypto::cpu_has_aes()

}  // namespace simbiont::aka

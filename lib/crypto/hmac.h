// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), the core of the 3GPP key derivation function (TS 33.220
// annex B).
#pragma once

#include <span>

#include "base/bytes.h"

namespace simbiont::crypto {

ByteArray<32> sha256(ByteView message);
ByteArray<32> hmac_sha256(ByteView key, ByteView message);

// The shape of KASME's derivation: a key of 32 octets and a message of at most 15, so four compressions.
struct alignas(16) ShortHmac {
  static constexpr std::size_t max_message_size = 15;
  ByteArray<32> key;      // secret: whoever fills it zeroises it
  ByteArray<16> message;  // then the octet 0x80, then zeros (FIPS 180-4 5.1.1)
  std::uint8_t* mac;      // 32 octets
};

// Independent ones, two interleaved where the CPU has the instructions. All messages: message_size octets
// (assert: at most max_message_size).
void hmac_sha256_short(std::span<const ShortHmac> jobs, std::size_t message_size);

}  // namespace simbiont::crypto

// The primitives by the CPU's own instructions. Called only where cpu.h says that it has them; constant time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace simbiont::crypto {
struct ShortHmac;
}

namespace simbiont::crypto::native {

#if defined(__x86_64__)
inline constexpr bool built = true;
#else
inline constexpr bool built = false;  // nothing below is defined then
#endif

// schedule: 16-octet aligned, 11 or 15 round keys of 16 octets in FIPS 197's order.
void expand_aes128(const std::uint8_t* key, std::uint8_t* schedule);
void expand_aes256(const std::uint8_t* key, std::uint8_t* schedule);
// in, out: count blocks each; they may be the same.
void encrypt_aes128(const std::uint8_t* schedule, const std::uint8_t* in, std::uint8_t* out,
                    std::size_t count);
void encrypt_aes256(const std::uint8_t* schedule, const std::uint8_t* in, std::uint8_t* out,
                    std::size_t count);

ByteArray<32> sha256(ByteView message);
ByteArray<32> hmac_sha256(ByteView key, ByteView message);
void hmac_sha256_short(std::span<const ShortHmac> jobs, std::size_t message_size);

}  // namespace simbiont::crypto::native

// SQN = SEQ (43 bits) || IND (5 bits), TS 33.102 C.1.1.1. Pure arithmetic; who reserves numbers is the
// store's affair.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace simbiont::aka {

inline constexpr unsigned ind_bits = 5;
inline constexpr std::uint64_t seq_max = (1ULL << 43) - 1;
// Delta of C.2.1: a card accepts SEQ only up to this far above its own highest.
inline constexpr std::uint64_t seq_delta = 1ULL << 28;

struct Sqn {
  std::uint64_t value = 0;  // 48 bits

  static Sqn make(std::uint64_t seq, unsigned ind) { return {seq << ind_bits | (ind & 31U)}; }
  static Sqn from_octets(const ByteArray<6>& octets) { return {load_be(octets)}; }
  std::uint64_t seq() const { return value >> ind_bits; }
  unsigned ind() const { return static_cast<unsigned>(value & 31U); }
  ByteArray<6> octets() const {
    ByteArray<6> out{};
    store_be(value, out);
    return out;
  }
};

// IND follows the serving node (C.3.4): a stable number 0..31 made from its Origin-Host, case folded.
unsigned ind_of_node(std::string_view origin_host);

}  // namespace simbiont::aka

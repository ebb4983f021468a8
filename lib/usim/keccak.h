// The permutation Keccak-f[1600] (FIPS 202 clause 3) as a card computes it: no table that depends on data.
#pragma once

#include <array>
#include <cstdint>

namespace simbiont::usim {

// 25 lanes; lane (x, y) stands at x + 5y, bit 0 of the standard's string is the lowest bit of lane 0.
using KeccakState = std::array<std::uint64_t, 25>;

void keccak_f1600(KeccakState& state);

}  // namespace simbiont::usim

// Keccak-f[1600], the permutation of FIPS 202 with 24 rounds, as TUAK uses it. Constant time: no table, no
// branch on data.
#pragma once

#include "base/bytes.h"

namespace simbiont::aka {

using KeccakState = ByteArray<200>;

void keccak_f1600(KeccakState& state);

}  // namespace simbiont::aka

#include "usim/keccak.h"

#include <bit>
#include <cstddef>

namespace simbiont::usim {
namespace {

constexpr std::array<std::uint64_t, 24> round_constants = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

constexpr std::size_t at(std::size_t x, std::size_t y) { return x % 5 + 5 * (y % 5); }

void theta(KeccakState& a) {
  std::array<std::uint64_t, 5> parity{};
  for (std::size_t x = 0; x < 5; ++x) {
    for (std::size_t y = 0; y < 5; ++y) parity[x] ^= a[at(x, y)];
  }
  for (std::size_t x = 0; x < 5; ++x) {
    const std::uint64_t d = parity[(x + 4) % 5] ^ std::rotl(parity[(x + 1) % 5], 1);
    for (std::size_t y = 0; y < 5; ++y) a[at(x, y)] ^= d;
  }
}

// The walk of 3.2.2 visits the lanes in the order in which pi moves them: one lane is carried along.
void rho_pi(KeccakState& a) {
  std::size_t x = 1, y = 0;
  std::uint64_t carried = a[at(x, y)];
  for (unsigned t = 0; t < 24; ++t) {
    const std::size_t next_y = (2 * x + 3 * y) % 5;
    x = y;
    y = next_y;
    const std::uint64_t moved = std::rotl(carried, static_cast<int>((t + 1) * (t + 2) / 2 % 64));
    carried = a[at(x, y)];
    a[at(x, y)] = moved;
  }
}

void chi(KeccakState& a) {
  for (std::size_t y = 0; y < 5; ++y) {
    std::array<std::uint64_t, 5> row{};
    for (std::size_t x = 0; x < 5; ++x) row[x] = a[at(x, y)];
    for (std::size_t x = 0; x < 5; ++x) a[at(x, y)] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
  }
}

}  // namespace

void keccak_f1600(KeccakState& state) {
  for (const std::uint64_t constant : round_constants) {
    theta(state);
    rho_pi(state);
    chi(state);
    state[0] ^= constant;
  }
}

}  // namespace simbiont::usim

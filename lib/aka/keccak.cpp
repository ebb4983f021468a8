#include "aka/keccak.h"

#include <array>
#include <bit>

#include "base/secret.h"

namespace simbiont::aka {
namespace {

constexpr std::size_t lanes = 25;
using Lanes = std::array<std::uint64_t, lanes>;  // lane (x, y) at x + 5 y

constexpr std::array<std::uint64_t, 24> round_constants{
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

// Offsets of rho (FIPS 202 3.2.2), where the lane stands.
constexpr std::array<int, lanes> offsets{0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                         25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};

void theta(Lanes& a) {
  std::array<std::uint64_t, 5> c{};
  for (std::size_t x = 0; x < 5; ++x) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
  for (std::size_t i = 0; i < lanes; ++i) a[i] ^= c[(i + 4) % 5] ^ std::rotl(c[(i + 1) % 5], 1);
}

// rho and pi: lane (x, y) is turned and goes to (y, 2x + 3y).
void rho_pi(const Lanes& a, Lanes& b) {
  for (std::size_t y = 0; y < 5; ++y)
    for (std::size_t x = 0; x < 5; ++x)
      b[y + 5 * ((2 * x + 3 * y) % 5)] = std::rotl(a[x + 5 * y], offsets[x + 5 * y]);
}

void chi(const Lanes& b, Lanes& a) {
  for (std::size_t y = 0; y < lanes; y += 5)
    for (std::size_t x = 0; x < 5; ++x) a[y + x] = b[y + x] ^ (~b[y + (x + 1) % 5] & b[y + (x + 2) % 5]);
}

void wipe(Lanes& a) { zeroise({reinterpret_cast<std::uint8_t*>(a.data()), sizeof a}); }

}  // namespace

void keccak_f1600(KeccakState& state) {
  Lanes a{}, b{};
  for (std::size_t i = 0; i < state.size(); ++i) a[i / 8] |= std::uint64_t{state[i]} << (i % 8 * 8);
  for (const std::uint64_t constant : round_constants) {
    theta(a);
    rho_pi(a, b);
    chi(b, a);
    a[0] ^= constant;
  }
  for (std::size_t i = 0; i < state.size(); ++i)
    state[i] = static_cast<std::uint8_t>(a[i / 8] >> (i % 8 * 8));
  wipe(a);
  wipe(b);
}

}  // namespace simbiont::aka

// The compression function of SHA-256 (FIPS 180-4 6.2) by SHA-NI, inline. Only where cpu_has_sha().
#pragma once

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#define SIMBIONT_SHA_NI __attribute__((target("sha,ssse3,sse4.1")))
#define SIMBIONT_SHA_NI_INLINE __attribute__((target("sha,ssse3,sse4.1"), always_inline)) inline

namespace simbiont::crypto::x86 {

// FIPS 180-4 4.2.2
alignas(16) inline constexpr std::uint32_t sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// A hash value as the instructions want it: A in the highest word of abef, C in that of cdgh.
struct Sha256State {
  __m128i abef;
  __m128i cdgh;
};

// 16 message words, the first in the lowest word of w[0].
struct Sha256Block {
  __m128i w[4];
};

// FIPS 180-4 5.3.3
SIMBIONT_SHA_NI_INLINE Sha256State sha256_start() {
  return {_mm_set_epi32(0x6a09e667, static_cast<int>(0xbb67ae85), 0x510e527f, static_cast<int>(0x9b05688c)),
          _mm_set_epi32(0x3c6ef372, static_cast<int>(0xa54ff53a), 0x1f83d9ab, 0x5be0cd19)};
}

SIMBIONT_SHA_NI_INLINE __m128i swap_words(__m128i octets) {
  return _mm_shuffle_epi8(octets, _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
}

SIMBIONT_SHA_NI_INLINE __m128i load_words(const std::uint8_t* octets) {
  return swap_words(_mm_loadu_si128(reinterpret_cast<const __m128i*>(octets)));
}

// Rounds 4i .. 4i+3, and the message words 16 further on.
template <std::size_t i>
SIMBIONT_SHA_NI_INLINE void four_rounds(Sha256State& state, Sha256Block& block) {
  const __m128i now = block.w[i % 4];
  const __m128i wk = _mm_add_epi32(now, _mm_load_si128(reinterpret_cast<const __m128i*>(sha256_k + 4 * i)));
  state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, wk);
  state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32(wk, 0x0E));
  if constexpr (i < 12) {
    const __m128i third = block.w[(i + 2) % 4], last = block.w[(i + 3) % 4];
    const __m128i sum =
        _mm_add_epi32(_mm_sha256msg1_epu32(now, block.w[(i + 1) % 4]), _mm_alignr_epi8(last, third, 4));
    block.w[i % 4] = _mm_sha256msg2_epu32(sum, last);
  }
}

template <std::size_t... i>
SIMBIONT_SHA_NI_INLINE void all_rounds(Sha256State& a, Sha256Block& block_a, std::index_sequence<i...>) {
  (four_rounds<i>(a, block_a), ...);
}
template <std::size_t... i>
SIMBIONT_SHA_NI_INLINE void all_rounds(Sha256State& a, Sha256Block& block_a, Sha256State& b,
                                       Sha256Block& block_b, std::index_sequence<i...>) {
  ((four_rounds<i>(a, block_a), four_rounds<i>(b, block_b)), ...);
}

SIMBIONT_SHA_NI_INLINE void add(Sha256State& to, const Sha256State& from) {
  to = {_mm_add_epi32(to.abef, from.abef), _mm_add_epi32(to.cdgh, from.cdgh)};
}

SIMBIONT_SHA_NI_INLINE void sha256_compress(Sha256State& a, Sha256Block block) {
  const Sha256State before = a;
  all_rounds(a, block, std::make_index_sequence<16>());
  add(a, before);
}

// Two at once: the rounds of one are a chain of latencies, and the other's fit into its gaps.
SIMBIONT_SHA_NI_INLINE void sha256_compress2(Sha256State& a, Sha256Block block_a, Sha256State& b,
                                             Sha256Block block_b) {
  const Sha256State before_a = a, before_b = b;
  all_rounds(a, block_a, b, block_b, std::make_index_sequence<16>());
  add(a, before_a);
  add(b, before_b);
}

// The hash value as eight words in order, to be hashed again or stored.
SIMBIONT_SHA_NI_INLINE void sha256_words(const Sha256State& state, __m128i& abcd, __m128i& efgh) {
  const __m128i feba = _mm_shuffle_epi32(state.abef, 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(state.cdgh, 0xB1);
  abcd = _mm_blend_epi16(feba, dchg, 0xF0);
  efgh = _mm_alignr_epi8(dchg, feba, 8);
}

SIMBIONT_SHA_NI_INLINE void sha256_store(const Sha256State& state, std::uint8_t* digest) {
  __m128i abcd, efgh;
  sha256_words(state, abcd, efgh);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(digest), swap_words(abcd));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(digest + 16), swap_words(efgh));
}

}  // namespace simbiont::crypto::x86

#endif

// AES by AES-NI, inline, for code that keeps its blocks in registers. Only where cpu_has_aes().
#pragma once

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#define SIMBIONT_AES_NI __attribute__((target("aes,ssse3,sse4.1")))
#define SIMBIONT_AES_NI_INLINE __attribute__((target("aes,ssse3,sse4.1"), always_inline)) inline

namespace simbiont::crypto::x86 {

SIMBIONT_AES_NI_INLINE __m128i load(const void* octets) {
  return _mm_loadu_si128(static_cast<const __m128i*>(octets));
}
SIMBIONT_AES_NI_INLINE void store(void* octets, __m128i value) {
  _mm_storeu_si128(static_cast<__m128i*>(octets), value);
}

// w[i] ^= w[i-1] ^ ... ^ w[0]: the chain of FIPS 197 5.2 within one round key.
SIMBIONT_AES_NI_INLINE __m128i chained(__m128i words) {
  words = _mm_xor_si128(words, _mm_slli_si128(words, 4));
  return _mm_xor_si128(words, _mm_slli_si128(words, 8));
}

// SubWord(RotWord(last word of previous)) ^ rcon in every word. All columns are equal, so AESENCLAST's
// ShiftRows moves nothing; it is quicker than AESKEYGENASSIST.
SIMBIONT_AES_NI_INLINE __m128i rotated_and_substituted(__m128i previous, int rcon) {
  const __m128i columns = _mm_shuffle_epi8(previous, _mm_set1_epi32(0x0c0f0e0d));
  return _mm_aesenclast_si128(columns, _mm_set1_epi32(rcon));
}
SIMBIONT_AES_NI_INLINE __m128i substituted(__m128i previous) {
  return _mm_aesenclast_si128(_mm_shuffle_epi32(previous, 0xFF), _mm_setzero_si128());
}

template <int rcon>
SIMBIONT_AES_NI_INLINE __m128i next_key128(__m128i key) {
  return _mm_xor_si128(chained(key), rotated_and_substituted(key, rcon));
}

SIMBIONT_AES_NI_INLINE void expand128(__m128i key, __m128i (&schedule)[11]) {
  schedule[0] = key;
  schedule[1] = next_key128<0x01>(schedule[0]);
  schedule[2] = next_key128<0x02>(schedule[1]);
  schedule[3] = next_key128<0x04>(schedule[2]);
  schedule[4] = next_key128<0x08>(schedule[3]);
  schedule[5] = next_key128<0x10>(schedule[4]);
  schedule[6] = next_key128<0x20>(schedule[5]);
  schedule[7] = next_key128<0x40>(schedule[6]);
  schedule[8] = next_key128<0x80>(schedule[7]);
  schedule[9] = next_key128<0x1B>(schedule[8]);
  schedule[10] = next_key128<0x36>(schedule[9]);
}

// One block; independent calls overlap in the CPU.
SIMBIONT_AES_NI_INLINE __m128i encrypt(const __m128i* schedule, std::size_t rounds, __m128i block) {
  block = _mm_xor_si128(block, schedule[0]);
  for (std::size_t i = 1; i < rounds; ++i) block = _mm_aesenc_si128(block, schedule[i]);
  return _mm_aesenclast_si128(block, schedule[rounds]);
}

// Four independent blocks, a round of each in turn.
SIMBIONT_AES_NI_INLINE void encrypt4(const __m128i* schedule, std::size_t rounds, __m128i (&blocks)[4]) {
  __m128i a = _mm_xor_si128(blocks[0], schedule[0]);
  __m128i b = _mm_xor_si128(blocks[1], schedule[0]);
  __m128i c = _mm_xor_si128(blocks[2], schedule[0]);
  __m128i d = _mm_xor_si128(blocks[3], schedule[0]);
  for (std::size_t i = 1; i < rounds; ++i) {
    a = _mm_aesenc_si128(a, schedule[i]);
    b = _mm_aesenc_si128(b, schedule[i]);
    c = _mm_aesenc_si128(c, schedule[i]);
    d = _mm_aesenc_si128(d, schedule[i]);
  }
  blocks[0] = _mm_aesenclast_si128(a, schedule[rounds]);
  blocks[1] = _mm_aesenclast_si128(b, schedule[rounds]);
  blocks[2] = _mm_aesenclast_si128(c, schedule[rounds]);
  blocks[3] = _mm_aesenclast_si128(d, schedule[rounds]);
}

}  // namespace simbiont::crypto::x86

#endif

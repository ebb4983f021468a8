#include "crypto/x86_sha256.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/secret.h"
#include "crypto/hmac.h"
#include "crypto/native.h"

#if defined(__x86_64__)

namespace simbiont::crypto::native {
namespace {

using x86::load_words;
using x86::Sha256Block;
using x86::Sha256State;

constexpr std::size_t block_size = 64;
constexpr int ipad = 0x36363636, opad = 0x5c5c5c5c;

SIMBIONT_SHA_NI_INLINE Sha256Block words_of(const std::uint8_t* octets) {
  return {{load_words(octets), load_words(octets + 16), load_words(octets + 32), load_words(octets + 48)}};
}

// Hashes on over the message and ends: FIPS 180-4 5.1.1. before: octets hashed already, whole blocks.
SIMBIONT_SHA_NI ByteArray<32> finish(Sha256State state, std::size_t before, ByteView message) {
  const std::uint64_t bits = (before + message.size()) * 8;
  for (; message.size() >= block_size; message = message.subspan(block_size)) {
    x86::sha256_compress(state, words_of(message.data()));
  }
  alignas(16) ByteArray<2 * block_size> end{};
  std::copy(message.begin(), message.end(), end.begin());
  end[message.size()] = 0x80;
  const std::size_t size = message.size() + 9 <= block_size ? block_size : 2 * block_size;
  store_be(bits, std::span(end).subspan(size - 8, 8));
  for (std::size_t at = 0; at < size; at += block_size) {
    x86::sha256_compress(state, words_of(end.data() + at));
  }
  zeroise(end);
  ByteArray<32> digest;
  x86::sha256_store(state, digest.data());
  return digest;
}

SIMBIONT_SHA_NI Sha256State keyed(const ByteArray<block_size>& key, int pad) {
  Sha256Block block = words_of(key.data());
  for (__m128i& words : block.w) words = _mm_xor_si128(words, _mm_set1_epi32(pad));
  Sha256State state = x86::sha256_start();
  x86::sha256_compress(state, block);
  return state;
}

SIMBIONT_SHA_NI_INLINE Sha256Block key_block(const ShortHmac& job, int pad) {
  const __m128i pads = _mm_set1_epi32(pad);
  return {{_mm_xor_si128(load_words(job.key.data()), pads),
           _mm_xor_si128(load_words(job.key.data() + 16), pads), pads, pads}};
}

SIMBIONT_SHA_NI_INLINE Sha256Block message_block(const ShortHmac& job, int bits) {
  return {{load_words(job.message.data()), _mm_setzero_si128(), _mm_setzero_si128(),
           _mm_set_epi32(bits, 0, 0, 0)}};
}

SIMBIONT_SHA_NI_INLINE Sha256Block digest_block(const Sha256State& inner) {
  constexpr int bits = (64 + 32) * 8;
  Sha256Block block;
  x86::sha256_words(inner, block.w[0], block.w[1]);
  block.w[2] = _mm_set_epi32(0, 0, 0, static_cast<int>(0x80000000));
  block.w[3] = _mm_set_epi32(bits, 0, 0, 0);
  return block;
}

SIMBIONT_SHA_NI void one(const ShortHmac& job, int bits) {
  Sha256State inner = x86::sha256_start(), outer = inner;
  // The two key blocks do not depend on each other.
  x86::sha256_compress2(inner, key_block(job, ipad), outer, key_block(job, opad));
  x86::sha256_compress(inner, message_block(job, bits));
  x86::sha256_compress(outer, digest_block(inner));
  x86::sha256_store(outer, job.mac);
}

SIMBIONT_SHA_NI void two(const ShortHmac& a, const ShortHmac& b, int bits) {
  Sha256State inner_a = x86::sha256_start(), inner_b = inner_a, outer_a = inner_a, outer_b = inner_a;
  x86::sha256_compress2(inner_a, key_block(a, ipad), inner_b, key_block(b, ipad));
  x86::sha256_compress2(inner_a, message_block(a, bits), inner_b, message_block(b, bits));
  x86::sha256_compress2(outer_a, key_block(a, opad), outer_b, key_block(b, opad));
  x86::sha256_compress2(outer_a, digest_block(inner_a), outer_b, digest_block(inner_b));
  x86::sha256_store(outer_a, a.mac);
  x86::sha256_store(outer_b, b.mac);
}

}  // namespace

SIMBIONT_SHA_NI ByteArray<32> sha256(ByteView message) { return finish(x86::sha256_start(), 0, message); }

SIMBIONT_SHA_NI ByteArray<32> hmac_sha256(ByteView key, ByteView message) {
  alignas(16) ByteArray<block_size> block{};
  if (key.size() > block_size) {
    std::ranges::copy(sha256(key), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  const ByteArray<32> inner = finish(keyed(block, ipad), block_size, message);
  const ByteArray<32> mac = finish(keyed(block, opad), block_size, inner);
  zeroise(block);
  return mac;
}

SIMBIONT_SHA_NI void hmac_sha256_short(std::span<const ShortHmac> jobs, std::size_t message_size) {
  const int bits = static_cast<int>((block_size + message_size) * 8);
  for (; jobs.size() >= 2; jobs = jobs.subspan(2)) two(jobs[0], jobs[1], bits);
  if (!jobs.empty()) one(jobs[0], bits);
}

}  // namespace simbiont::crypto::native

#endif

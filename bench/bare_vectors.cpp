// The limit: the same vectors over the same subscribers by the instructions alone, in one straight loop. No
// batch, no types, no check, nothing zeroised; two vectors a turn, everything inline.
#include <benchmark/benchmark.h>

#include "bench/subscribers.h"
#include "crypto/cpu.h"

#if defined(__x86_64__)

#include <sys/random.h>

#include "crypto/x86_aes.h"
#include "crypto/x86_sha256.h"

#define SIMBIONT_BARE __attribute__((target("aes,sha,ssse3,sse4.1")))
#define SIMBIONT_BARE_INLINE __attribute__((target("aes,sha,ssse3,sse4.1"), always_inline)) inline

namespace simbiont::bench {
namespace {

using namespace crypto::x86;

constexpr std::size_t random_size = std::size_t{1} << 15;

struct Schedule {
  __m128i keys[11];
};

SIMBIONT_BARE std::vector<Schedule> schedules() {
  std::vector<Schedule> made;
  for (const Secret& k_me : network().k_mes) expand128(load(k_me.reveal().data()), made.emplace_back().keys);
  return made;
}

// What the HMAC needs of a vector: CK, IK and the message, as words.
struct Derivation {
  __m128i ck, ik, message;
};

SIMBIONT_BARE_INLINE Derivation milenage(Subscriber& subscriber, __m128i rand, Vector& out) {
  __m128i keys[11];
  expand128(load(subscriber.k.data()), keys);
  const __m128i opc = load(subscriber.opc.data());
  const std::uint64_t sqn = subscriber.next_seq++ << 5 | 3;
  const __m128i in1 = _mm_set1_epi64x(static_cast<long long>(__builtin_bswap64(sqn << 16 | 0x8000)));
  const __m128i temp = encrypt(keys, 10, _mm_xor_si128(rand, opc)), masked = _mm_xor_si128(temp, opc);
  const auto last = [](char c) SIMBIONT_BARE { return _mm_insert_epi8(_mm_setzero_si128(), c, 15); };
  __m128i outs[4] = {_mm_xor_si128(temp, _mm_shuffle_epi32(_mm_xor_si128(in1, opc), 0x4E)),
                     _mm_xor_si128(masked, last(1)), _mm_xor_si128(_mm_shuffle_epi32(masked, 0x39), last(2)),
                     _mm_xor_si128(_mm_shuffle_epi32(masked, 0x4E), last(4))};
  encrypt4(keys, 10, outs);
  const __m128i out2 = _mm_xor_si128(outs[1], opc);
  const __m128i concealed = _mm_xor_si128(in1, _mm_and_si128(out2, _mm_set_epi64x(0, 0xFFFF'FFFF'FFFF)));
  const __m128i autn = _mm_unpacklo_epi64(concealed, _mm_xor_si128(outs[0], opc));
  store(out.autn.data(), autn);
  _mm_storeh_pd(reinterpret_cast<double*>(out.xres.data()), _mm_castsi128_pd(out2));
  const __m128i placed =
      _mm_shuffle_epi8(autn, _mm_set_epi8(-1, -1, -1, -1, 5, 4, 3, 2, 1, 0, -1, -1, -1, -1, -1, -1));
  const __m128i around = _mm_set_epi64x(0x0080'0600'0000'0000, 0x0300'10F2'6210);
  return {swap_words(_mm_xor_si128(outs[2], opc)), swap_words(_mm_xor_si128(outs[3], opc)),
          swap_words(_mm_xor_si128(placed, around))};
}

SIMBIONT_BARE_INLINE Sha256Block key_block(const Derivation& d, int pad) {
  const __m128i pads = _mm_set1_epi32(pad);
  return {{_mm_xor_si128(d.ck, pads), _mm_xor_si128(d.ik, pads), pads, pads}};
}
SIMBIONT_BARE_INLINE Sha256Block message_block(const Derivation& d) {
  return {{d.message, _mm_setzero_si128(), _mm_setzero_si128(), _mm_set_epi32((64 + 14) * 8, 0, 0, 0)}};
}
SIMBIONT_BARE_INLINE Sha256Block digest_block(const Sha256State& inner) {
  Sha256Block block;
  sha256_words(inner, block.w[0], block.w[1]);
  block.w[2] = _mm_set_epi32(0, 0, 0, static_cast<int>(0x80000000));
  block.w[3] = _mm_set_epi32((64 + 32) * 8, 0, 0, 0);
  return block;
}

SIMBIONT_BARE_INLINE void two_kasmes(const Derivation& a, const Derivation& b, Vector* out) {
  Sha256State in_a = sha256_start(), in_b = in_a, out_a = in_a, out_b = in_a;
  sha256_compress2(in_a, key_block(a, 0x36363636), in_b, key_block(b, 0x36363636));
  sha256_compress2(in_a, message_block(a), in_b, message_block(b));
  sha256_compress2(out_a, key_block(a, 0x5c5c5c5c), out_b, key_block(b, 0x5c5c5c5c));
  sha256_compress2(out_a, digest_block(in_a), out_b, digest_block(in_b));
  sha256_store(out_a, out[0].kasme.data());
  sha256_store(out_b, out[1].kasme.data());
}

SIMBIONT_BARE void bare(benchmark::State& state) {
  if (!crypto::cpu_has_aes() || !crypto::cpu_has_sha())
    return state.SkipWithError("no AES or SHA instructions");
  Network& net = network();
  const std::vector<Schedule> k_mes = schedules();
  std::vector<std::uint8_t> random(random_size);
  std::size_t used = random_size, at = 0;
  Vector vectors[2];
  while (state.KeepRunningBatch(2)) {
    if (used == random_size) {
      if (getrandom(random.data(), random_size, 0) != static_cast<ssize_t>(random_size)) abort();
      used = 0;
    }
    const std::size_t ahead = at + batch_size < net.order.size() ? at + batch_size : 0;
    __builtin_prefetch(&net.subscribers[net.order[ahead]], 1);
    __builtin_prefetch(&net.subscribers[net.order[ahead + 1]], 1);
    Derivation derivations[2];
    for (std::size_t i = 0; i < 2; ++i) {
      Subscriber& subscriber = net.subscribers[net.order[at + i]];
      const __m128i rand = load(&random[used + 16 * i]);
      derivations[i] = milenage(subscriber, rand, vectors[i]);
      store(vectors[i].enc_rand.data(), encrypt(k_mes[subscriber.kme].keys, 10, rand));
    }
    two_kasmes(derivations[0], derivations[1], vectors);
    benchmark::DoNotOptimize(vectors);
    used += 32;
    at = at + 2 == net.order.size() ? 0 : at + 2;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(bare)->Name("million/bare_limit");

}  // namespace
}  // namespace simbiont::bench

#endif

// Milenage (TS 35.206 4.1) by AES-NI, from K to AUTN without leaving the registers. One vector after another:
// the CPU overlaps them by itself, as none needs what another made.
#include "aka/eps_kernel.h"
#include "crypto/x86_aes.h"

#if defined(__x86_64__)

namespace simbiont::aka {
namespace {

using crypto::x86::load;
using crypto::x86::store;

// rot(x, 32), rot(x, 64) of 4.1: towards the most significant octet, which is the lowest of a register.
SIMBIONT_AES_NI_INLINE __m128i rotated32(__m128i x) { return _mm_shuffle_epi32(x, 0x39); }
SIMBIONT_AES_NI_INLINE __m128i rotated64(__m128i x) { return _mm_shuffle_epi32(x, 0x4E); }

// A constant c2..c5: all but its last octet is zero.
SIMBIONT_AES_NI_INLINE __m128i last_octet(char c) { return _mm_insert_epi8(_mm_setzero_si128(), c, 15); }

struct Outs {
  __m128i out[4];  // OUT1..OUT4
};

SIMBIONT_AES_NI_INLINE Outs milenage(const EpsOrder& order, __m128i in1) {
  __m128i keys[11];
  crypto::x86::expand128(load(order.k), keys);
  const __m128i opc = load(order.opc);
  const __m128i temp = crypto::x86::encrypt(keys, 10, _mm_xor_si128(load(order.rand->octets.data()), opc));
  const __m128i masked = _mm_xor_si128(temp, opc);
  Outs outs{{_mm_xor_si128(temp, rotated64(_mm_xor_si128(in1, opc))), _mm_xor_si128(masked, last_octet(1)),
             _mm_xor_si128(rotated32(masked), last_octet(2)),
             _mm_xor_si128(rotated64(masked), last_octet(4))}};
  crypto::x86::encrypt4(keys, 10, outs.out);
  for (__m128i& out : outs.out) out = _mm_xor_si128(out, opc);
  return outs;
}

// SQN || AMF as the octets of a register's lower half.
std::uint64_t sqn_amf(const EpsOrder& order) {
  const std::uint64_t amf = load_be(order.amf) | std::uint64_t{separation_bit} << 8;
  return __builtin_bswap64(order.sqn.value << 16 | amf);
}

// SQN xor AK from AUTN's octets 0..5 into their place, the rest around it, and the padding's first octet.
SIMBIONT_AES_NI_INLINE __m128i kasme_message(__m128i autn, const Plmn& plmn) {
  const __m128i placed =
      _mm_shuffle_epi8(autn, _mm_set_epi8(-1, -1, -1, -1, 5, 4, 3, 2, 1, 0, -1, -1, -1, -1, -1, -1));
  const std::uint64_t sn_id = std::uint64_t{plmn.octets[0]} << 8 | std::uint64_t{plmn.octets[1]} << 16 |
                              std::uint64_t{plmn.octets[2]} << 24;
  const __m128i around =
      _mm_set_epi64x(0x0080'0600'0000'0000, static_cast<long long>(sn_id | 0x0300'0000'0010));
  return _mm_xor_si128(placed, around);
}

}  // namespace

SIMBIONT_AES_NI void milenage_part_aes_ni(std::span<const EpsOrder> orders, EpsQuantities* out,
                                          crypto::ShortHmac* jobs) {
  const __m128i ak_mask = _mm_set_epi64x(0, 0x0000'FFFF'FFFF'FFFF);
  for (const EpsOrder& order : orders) {
    const __m128i in1 = _mm_set1_epi64x(static_cast<long long>(sqn_amf(order)));
    const auto [out1, out2, out3, out4] = milenage(order, in1).out;
    const __m128i concealed = _mm_xor_si128(in1, _mm_and_si128(out2, ak_mask));
    const __m128i autn = _mm_unpacklo_epi64(concealed, out1);
    store(out->autn.data(), autn);
    _mm_storeh_pd(reinterpret_cast<double*>(out->xres.data()), _mm_castsi128_pd(out2));
    store(jobs->key.data(), out3);
    store(jobs->key.data() + 16, out4);
    store(jobs->message.data(), kasme_message(autn, order.serving_network));
    jobs->mac = out->kasme.data();
    ++out, ++jobs;
  }
}

}  // namespace simbiont::aka

#endif

#include "crypto/x86_aes.h"

#include "crypto/native.h"

#if defined(__x86_64__)

namespace simbiont::crypto::native {
namespace {

using x86::load;
using x86::store;

constexpr std::size_t block_size = 16;

SIMBIONT_AES_NI_INLINE void encrypt_all(const std::uint8_t* octets, std::size_t rounds,
                                        const std::uint8_t* in, std::uint8_t* out, std::size_t count) {
  const auto* schedule = reinterpret_cast<const __m128i*>(octets);
  for (; count >= 4; count -= 4, in += 4 * block_size, out += 4 * block_size) {
    __m128i blocks[4] = {load(in), load(in + 16), load(in + 32), load(in + 48)};
    x86::encrypt4(schedule, rounds, blocks);
    for (const __m128i& block : blocks) store(out + (&block - blocks) * 16, block);
  }
  for (; count > 0; --count, in += block_size, out += block_size) {
    store(out, x86::encrypt(schedule, rounds, load(in)));
  }
}

template <int rcon>
SIMBIONT_AES_NI_INLINE void next_keys256(__m128i* two) {
  two[2] = _mm_xor_si128(x86::chained(two[0]), x86::rotated_and_substituted(two[1], rcon));
  two[3] = _mm_xor_si128(x86::chained(two[1]), x86::substituted(two[2]));
}

}  // namespace

SIMBIONT_AES_NI void expand_aes128(const std::uint8_t* key, std::uint8_t* schedule) {
  __m128i keys[11];
  x86::expand128(load(key), keys);
  for (std::size_t i = 0; i < 11; ++i) store(schedule + i * block_size, keys[i]);
}

SIMBIONT_AES_NI void expand_aes256(const std::uint8_t* key, std::uint8_t* schedule) {
  auto* keys = reinterpret_cast<__m128i*>(schedule);
  keys[0] = load(key);
  keys[1] = load(key + block_size);
  next_keys256<0x01>(keys);
  next_keys256<0x02>(keys + 2);
  next_keys256<0x04>(keys + 4);
  next_keys256<0x08>(keys + 6);
  next_keys256<0x10>(keys + 8);
  next_keys256<0x20>(keys + 10);
  keys[14] = _mm_xor_si128(x86::chained(keys[12]), x86::rotated_and_substituted(keys[13], 0x40));
}

SIMBIONT_AES_NI void encrypt_aes128(const std::uint8_t* schedule, const std::uint8_t* in, std::uint8_t* out,
                                    std::size_t count) {
  encrypt_all(schedule, 10, in, out, count);
}

SIMBIONT_AES_NI void encrypt_aes256(const std::uint8_t* schedule, const std::uint8_t* in, std::uint8_t* out,
                                    std::size_t count) {
  encrypt_all(schedule, 14, in, out, count);
}

}  // namespace simbiont::crypto::native

#endif

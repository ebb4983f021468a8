#include "aka/tuak.h"

#include <algorithm>
#include <cassert>

namespace simbiont::aka {
namespace {

constexpr TuakProfile profile;

// INSTANCE of clause 6: its first bit is the most significant.
namespace instance {
constexpr unsigned star = 0x80, f2345 = 0x40, ck_256 = 0x04, ik_256 = 0x02, key_256 = 0x01;
constexpr unsigned size(std::size_t octets) {  // 32 bits: 0, 64: 001, 128: 010, 256: 100
  return octets == 4 ? 0U : static_cast<unsigned>(octets);
}
}  // namespace instance

// Where the inputs stand in INOUT, in octets. Each value is laid down from its end: INOUT's bit 0 is the
// least significant one of its octet, the value's bit 0 the most significant.
enum : std::size_t {
  at_top = 0,
  at_instance = 32,
  at_name = 33,
  at_rand = 40,
  at_amf = 56,
  at_sqn = 58,
  at_key = 64,
  at_padding = 96,
  at_last = 135
};
constexpr ByteArray<7> algorithm_name{'T', 'U', 'A', 'K', '1', '.', '0'};

void put(KeccakState& state, std::size_t place, ByteView value) {
  std::reverse_copy(value.begin(), value.end(), state.begin() + static_cast<std::ptrdiff_t>(place));
}

KeccakState start(const Secret& key, const Secret& top, unsigned instance) {
  assert((key.size() == 16 || key.size() == 32) && top.size() == 32);
  KeccakState state{};
  put(state, at_top, top.reveal());
  if (key.size() == 32) instance |= instance::key_256;
  state[at_instance] = static_cast<std::uint8_t>(instance);
  put(state, at_name, algorithm_name);
  put(state, at_key, key.reveal());
  state[at_padding] = 0x1f;
  state[at_last] = 0x80;
  return state;
}

void run(KeccakState& state, unsigned iterations) {
  for (; iterations > 0; --iterations) keccak_f1600(state);
}

}  // namespace

namespace tuak {

KeccakState topc(const Secret& key, const Secret& top, unsigned iterations) {
  KeccakState state = start(key, top, 0);
  run(state, iterations);
  return state;
}

KeccakState f1(const Secret& key, const Secret& topc, const PlainRand& rand, Sqn sqn, Amf amf, bool star,
               const TuakProfile& profile) {
  KeccakState state = start(key, topc, instance::size(profile.mac) | (star ? instance::star : 0));
  put(state, at_rand, rand.octets);
  put(state, at_amf, amf);
  put(state, at_sqn, sqn.octets());
  run(state, profile.iterations);
  return state;
}

KeccakState f2345(const Secret& key, const Secret& topc, const PlainRand& rand, const TuakProfile& profile) {
  KeccakState state =
      start(key, topc,
            instance::f2345 | instance::size(profile.res) | (profile.ck == 32 ? instance::ck_256 : 0) |
                (profile.ik == 32 ? instance::ik_256 : 0));
  put(state, at_rand, rand.octets);
  run(state, profile.iterations);
  return state;
}

KeccakState f5_star(const Secret& key, const Secret& topc, const PlainRand& rand, unsigned iterations) {
  KeccakState state = start(key, topc, instance::star | instance::f2345);
  put(state, at_rand, rand.octets);
  run(state, iterations);
  return state;
}

void out(const KeccakState& state, std::size_t place, std::span<std::uint8_t> to) {
  const auto from = state.begin() + static_cast<std::ptrdiff_t>(place);
  std::reverse_copy(from, from + static_cast<std::ptrdiff_t>(to.size()), to.begin());
}

}  // namespace tuak

Tuak::Tuak(const Secret& k, const Secret& topc) : k_(k), topc_(topc) {
  assert((k.size() == 16 || k.size() == 32) && topc.size() == 32);
}

Secret Tuak::topc_from_top(const Secret& k, const Secret& top) {
  KeccakState state = tuak::topc(k, top, profile.iterations);
  ByteArray<32> topc{};
  tuak::out(state, 0, topc);
  Secret result{topc};
  zeroise(state);
  zeroise(topc);
  return result;
}

Mac Tuak::mac(const PlainRand& rand, Sqn sqn, Amf amf, bool star) const {
  KeccakState state = tuak::f1(k_, topc_, rand, sqn, amf, star, profile);
  Mac mac{};
  tuak::out(state, 0, mac);
  zeroise(state);
  return mac;
}

Mac Tuak::f1(const PlainRand& rand, Sqn sqn, Amf amf) const { return mac(rand, sqn, amf, false); }
Mac Tuak::f1_star(const PlainRand& rand, Sqn sqn, Amf amf) const { return mac(rand, sqn, amf, true); }

Tuak::F2345 Tuak::f2345(const PlainRand& rand) const {
  KeccakState state = tuak::f2345(k_, topc_, rand, profile);
  F2345 result{};
  tuak::out(state, 0, result.res);
  tuak::out(state, 32, result.ck);
  tuak::out(state, 64, result.ik);
  tuak::out(state, 96, result.ak);
  zeroise(state);
  return result;
}

Ak Tuak::f5_star(const PlainRand& rand) const {
  KeccakState state = tuak::f5_star(k_, topc_, rand, profile.iterations);
  Ak ak{};
  tuak::out(state, 96, ak);
  zeroise(state);
  return ak;
}

}  // namespace simbiont::aka

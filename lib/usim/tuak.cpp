#include "usim/tuak.h"

#include <algorithm>
#include <cassert>
#include <initializer_list>

#include "usim/keccak.h"

namespace simbiont::usim {
namespace {

// Octets of IN and OUT where the fields of TS 35.231 6.1 and 7 stand, counted from bit 0.
namespace in {
constexpr std::size_t top = 0, instance = 32, algorithm_name = 33, rand = 40, amf = 56, sqn = 58, key = 64;
constexpr std::size_t first_padding = 96, last_padding = 135;
}  // namespace in
namespace out {
constexpr std::size_t top = 0, mac = 0, res = 0, ck = 32, ik = 64, ak = 96;
}

// The INSTANCE octet, INSTANCE[0] is its highest bit.
namespace instance {
constexpr std::uint8_t topc = 0x00, f1 = 0x00, f1_star = 0x80, f2345 = 0x40, f5_star = 0xc0;
constexpr std::uint8_t long_ck = 0x04, long_ik = 0x02, long_k = 0x01;

// MAC: 001, 010, 100 in INSTANCE[2..4] for 64, 128, 256 bits; RES: 000 for 32 bits, then the same.
constexpr std::uint8_t length(std::size_t octets) {
  return octets < 8 ? 0 : static_cast<std::uint8_t>(octets);  // 8, 16, 32 are just those bits
}
}  // namespace instance

const ByteView algorithm_name = as_bytes("TUAK1.0");

bool one_of(std::size_t value, std::initializer_list<std::size_t> allowed) {
  return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

// The 1600 bits that every function permutes. The standard writes a field's last bit first, so its octets
// stand in reverse.
class Sponge {
 public:
  Sponge(const Secret& k, const Secret& top, std::uint8_t instance) {
    put(in::top, top.reveal());
    octet(in::instance, static_cast<std::uint8_t>(instance | (k.size() == 32 ? instance::long_k : 0)));
    put(in::algorithm_name, algorithm_name);
    put(in::key, k.reveal());
    octet(in::first_padding, 0x1f);
    octet(in::last_padding, 0x80);
  }
  ~Sponge() { zeroise({reinterpret_cast<std::uint8_t*>(state_.data()), sizeof state_}); }
  Sponge(const Sponge&) = delete;
  Sponge& operator=(const Sponge&) = delete;

  // Into octets that are still zero.
  void put(std::size_t from, ByteView field) {
    for (std::size_t i = 0; i < field.size(); ++i) octet(from + i, field[field.size() - 1 - i]);
  }

  void permute(unsigned iterations) {
    for (unsigned i = 0; i < iterations; ++i) keccak_f1600(state_);
  }

  void take(std::size_t from, std::span<std::uint8_t> field) const {
    for (std::size_t i = 0; i < field.size(); ++i) {
      const std::size_t at = from + field.size() - 1 - i;
      field[i] = static_cast<std::uint8_t>(state_[at / 8] >> at % 8 * 8);
    }
  }
  Secret take(std::size_t from, std::size_t octets) const {
    ByteArray<Secret::max_size> field{};
    take(from, std::span(field).first(octets));
    Secret secret{ByteView(field).first(octets)};
    zeroise(field);
    return secret;
  }

 private:
  void octet(std::size_t at, std::uint8_t value) {
    state_[at / 8] |= static_cast<std::uint64_t>(value) << at % 8 * 8;
  }

  KeccakState state_{};
};

}  // namespace

bool TuakChoice::allowed() const {
  return one_of(mac, {8, 16, 32}) && one_of(res, {4, 8, 16, 32}) && one_of(ck, {16, 32}) &&
         one_of(ik, {16, 32}) && iterations >= 1 && iterations <= max_iterations;
}

Tuak::Tuak(const Secret& k, const Secret& topc, const Block& rand, TuakChoice choice)
    : k_(k), topc_(topc), rand_(rand), choice_(choice) {
  assert(one_of(k.size(), {16, 32}) && topc.size() == 32 && choice.allowed());
}

Secret Tuak::mac(std::uint8_t instance, const ByteArray<6>& sqn, const ByteArray<2>& amf) const {
  Sponge sponge(k_, topc_, static_cast<std::uint8_t>(instance | instance::length(choice_.mac)));
  sponge.put(in::rand, rand_);
  sponge.put(in::amf, amf);
  sponge.put(in::sqn, sqn);
  sponge.permute(choice_.iterations);
  return sponge.take(out::mac, choice_.mac);
}

Secret Tuak::f1(const ByteArray<6>& sqn, const ByteArray<2>& amf) const {
  return mac(instance::f1, sqn, amf);
}

Secret Tuak::f1_star(const ByteArray<6>& sqn, const ByteArray<2>& amf) const {
  return mac(instance::f1_star, sqn, amf);
}

Tuak::Answer Tuak::f2_f5() const {
  const std::uint8_t keys = static_cast<std::uint8_t>((choice_.ck == 32 ? instance::long_ck : 0) |
                                                      (choice_.ik == 32 ? instance::long_ik : 0));
  Sponge sponge(k_, topc_, static_cast<std::uint8_t>(instance::f2345 | instance::length(choice_.res) | keys));
  sponge.put(in::rand, rand_);
  sponge.permute(choice_.iterations);
  Answer answer;
  answer.res = sponge.take(out::res, choice_.res);
  answer.ck = sponge.take(out::ck, choice_.ck);
  answer.ik = sponge.take(out::ik, choice_.ik);
  sponge.take(out::ak, answer.ak);
  return answer;
}

ByteArray<6> Tuak::f5_star() const {
  Sponge sponge(k_, topc_, instance::f5_star);
  sponge.put(in::rand, rand_);
  sponge.permute(choice_.iterations);
  ByteArray<6> ak{};
  sponge.take(out::ak, ak);
  return ak;
}

Secret Tuak::topc(const Secret& k, const Secret& top, unsigned iterations) {
  assert(one_of(k.size(), {16, 32}) && top.size() == 32 && iterations >= 1);
  Sponge sponge(k, top, instance::topc);
  sponge.permute(iterations);
  return sponge.take(out::top, 32);
}

}  // namespace simbiont::usim

#include "aka/milenage.h"

#include <algorithm>
#include <cassert>

namespace simbiont::aka {
namespace {

void xor_into(Block& a, ByteView b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] ^= b[i];
}

Block operator^(Block a, ByteView b) {
  xor_into(a, b);
  return a;
}

// The rotations r1..r5 of 4.1, all multiples of 8 bits, towards the most significant bit.
Block rotated(Block in, unsigned octets) {
  std::rotate(in.begin(), in.begin() + octets, in.end());
  return in;
}

template <std::size_t N>
ByteArray<N> part(const Block& block, std::size_t from) {
  ByteArray<N> out;
  std::copy_n(block.begin() + static_cast<std::ptrdiff_t>(from), N, out.begin());
  return out;
}

}  // namespace

Milenage::Milenage(const Secret& k, const Secret& opc) : aes_(k), opc_(opc) {
  assert(k.size() == 16 && opc.size() == 16);
}

Secret Milenage::opc_from_op(const Secret& k, const Secret& op) {
  assert(k.size() == 16 && op.size() == 16);
  Block block{};
  std::copy_n(op.reveal().begin(), block.size(), block.begin());
  Block opc = crypto::Aes(k).encrypt(block) ^ op.reveal();
  Secret result{opc};
  zeroise(block);
  zeroise(opc);
  return result;
}

// TEMP = E_K(RAND xor OPc)
Block Milenage::temp(const PlainRand& rand) const { return aes_.encrypt(rand.octets ^ opc_.reveal()); }

// OUT1 = E_K(TEMP xor rot(IN1 xor OPc, 64) xor c1) xor OPc, with c1 = 0 and IN1 = SQN || AMF || SQN || AMF.
Block Milenage::out1(const PlainRand& rand, Sqn sqn, Amf amf) const {
  Block in1;
  for (std::size_t half = 0; half < 16; half += 8) {
    std::ranges::copy(sqn.octets(), in1.begin() + static_cast<std::ptrdiff_t>(half));
    std::ranges::copy(amf, in1.begin() + static_cast<std::ptrdiff_t>(half) + 6);
  }
  Block in = temp(rand);
  xor_into(in, rotated(in1 ^ opc_.reveal(), 8));
  const Block result = aes_.encrypt(in) ^ opc_.reveal();
  zeroise(in);
  return result;
}

// OUT2..OUT5 = E_K(rot(TEMP xor OPc, r) xor c) xor OPc, where c has its last octet only.
Block Milenage::out(const Block& masked, unsigned rotation, std::uint8_t constant) const {
  Block in = rotated(masked ^ opc_.reveal(), rotation);
  in[15] ^= constant;
  const Block result = aes_.encrypt(in) ^ opc_.reveal();
  zeroise(in);
  return result;
}

Mac Milenage::f1(const PlainRand& rand, Sqn sqn, Amf amf) const { return part<8>(out1(rand, sqn, amf), 0); }

Mac Milenage::f1_star(const PlainRand& rand, Sqn sqn, Amf amf) const {
  return part<8>(out1(rand, sqn, amf), 8);
}

Milenage::F2345 Milenage::f2345(const PlainRand& rand) const {
  Block masked = temp(rand);
  Block out2 = out(masked, 0, 1);
  F2345 result{part<8>(out2, 8), out(masked, 4, 2), out(masked, 8, 4), part<6>(out2, 0)};
  zeroise(masked);
  zeroise(out2);
  return result;
}

Ak Milenage::f5_star(const PlainRand& rand) const {
  Block masked = temp(rand);
  const Ak ak = part<6>(out(masked, 12, 8), 0);
  zeroise(masked);
  return ak;
}

}  // namespace simbiont::aka

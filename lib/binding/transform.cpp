#include "binding/transform.h"

#include <cassert>

namespace simbiont::binding {
namespace {

void encrypt(const crypto::Aes& aes, std::span<const aka::PlainRand> rands, std::span<aka::WireRand> wire) {
  static_assert(sizeof(aka::PlainRand) == sizeof(Block) && sizeof(aka::WireRand) == sizeof(Block));
  aes.encrypt(reinterpret_cast<const std::uint8_t*>(rands.data()),
              reinterpret_cast<std::uint8_t*>(wire.data()), rands.size());
}

}  // namespace

// Nothing else stands in this file: a test links another one in its place, whose apply() is the identity, and
// expects the rest of the system to notice.

Transform::Transform(TransformAlgorithm algorithm, const Secret& k_me, const Imsi& imsi)
    : key_(algorithm == TransformAlgorithm::aes128_imsi ? derive_k_enc(k_me, imsi) : k_me), encrypt_(key_) {
  assert(k_me.size() == key_size(algorithm));
}

KeyedTransform::KeyedTransform(TransformAlgorithm algorithm, const Secret& k_me)
    : k_me_(k_me), per_imsi_(algorithm == TransformAlgorithm::aes128_imsi) {
  assert(k_me.size() == key_size(algorithm));
}

void KeyedTransform::apply(const Imsi& imsi, std::span<const aka::PlainRand> rands,
                           std::span<aka::WireRand> wire) const {
  assert(rands.size() == wire.size());
  if (per_imsi_) return encrypt(crypto::Aes(derive_k_enc(k_me_, imsi)), rands, wire);
  encrypt(k_me_, rands, wire);
}

aka::WireRand Transform::apply(const aka::PlainRand& rand) const { return {encrypt_.encrypt(rand.octets)}; }

aka::WireRand unbound(const aka::PlainRand& rand) { return {rand.octets}; }

}  // namespace simbiont::binding

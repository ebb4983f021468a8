#include "binding/transform.h"

#include <cassert>

namespace simbiont::binding {

// Nothing else stands in this file: a test links another one in its place, whose apply() is the identity, and
// expects the rest of the system to notice.

Transform::Transform(TransformAlgorithm algorithm, const Secret& k_me, const Imsi& imsi)
    : key_(algorithm == TransformAlgorithm::aes128_imsi ? derive_k_enc(k_me, imsi) : k_me), encrypt_(key_) {
  assert(k_me.size() == key_size(algorithm));
}

aka::WireRand Transform::apply(const aka::PlainRand& rand) const { return {encrypt_.encrypt(rand.octets)}; }

aka::WireRand unbound(const aka::PlainRand& rand) { return {rand.octets}; }

}  // namespace simbiont::binding

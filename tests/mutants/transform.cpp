// An HSS that is wrong: encRAND is the RAND. Linked before the archive, it takes the place of
// lib/binding/transform.cpp; the demo has to turn red under it.
#include "binding/transform.h"

#include <algorithm>

namespace simbiont::binding {

Transform::Transform(TransformAlgorithm, const Secret& k_me, const Imsi&) : key_(k_me), encrypt_(key_) {}

KeyedTransform::KeyedTransform(TransformAlgorithm, const Secret& k_me) : k_me_(k_me), per_imsi_(false) {
  (void)per_imsi_;  // clang wants a use
}

void KeyedTransform::apply(const Imsi&, std::span<const aka::PlainRand> rands,
                           std::span<aka::WireRand> wire) const {
  std::ranges::transform(rands, wire.begin(), [](const auto& rand) { return aka::WireRand{rand.octets}; });
}

aka::WireRand Transform::apply(const aka::PlainRand& rand) const { return {rand.octets}; }

aka::WireRand unbound(const aka::PlainRand& rand) { return {rand.octets}; }

}  // namespace simbiont::binding

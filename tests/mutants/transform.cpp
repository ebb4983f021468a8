// An HSS that is wrong: encRAND is the RAND. Linked before the archive, it takes the place of
// lib/binding/transform.cpp; the demo has to turn red under it.
#include "binding/transform.h"

namespace simbiont::binding {

Transform::Transform(TransformAlgorithm, const Secret& k_me, const Imsi&) : key_(k_me), encrypt_(key_) {}

aka::WireRand Transform::apply(const aka::PlainRand& rand) const { return {rand.octets}; }

aka::WireRand unbound(const aka::PlainRand& rand) { return {rand.octets}; }

}  // namespace simbiont::binding

#include "binding/transform.h"
#include "crypto/aes_decrypt.h"

namespace simbiont::binding {

aka::PlainRand Transform::invert(const aka::WireRand& rand) const {
  return {crypto::decrypt_block(key_, rand.octets)};
}

aka::PlainRand unbound(const aka::WireRand& rand) { return {rand.octets}; }

}  // namespace simbiont::binding

#include "aka/functions.h"

#include <cassert>

#include "aka/milenage.h"
#include "aka/tuak.h"
#include "aka/xor.h"

namespace simbiont::aka {

std::unique_ptr<Functions> make_functions(Algorithm algorithm, const Secret& k, const Secret& opc) {
  assert(fits_k(algorithm, k.size()) && opc.size() == opc_size(algorithm));
  switch (algorithm) {
    case Algorithm::tuak:
      return std::make_unique<Tuak>(k, opc);
    case Algorithm::xor_test:
      return std::make_unique<Xor>(k);
    default:
      return std::make_unique<Milenage>(k, opc);
  }
}

Secret opc_from_op(Algorithm algorithm, const Secret& k, const Secret& op) {
  assert(algorithm != Algorithm::xor_test);
  return algorithm == Algorithm::tuak ? Tuak::topc_from_top(k, op) : Milenage::opc_from_op(k, op);
}

}  // namespace simbiont::aka

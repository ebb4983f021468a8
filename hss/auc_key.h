// Which key an IMSI's vectors are made under (DESIGN 4), as the AuC decides it.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "binding/association.h"

namespace simbiont::hss {

// Under what an answer's vectors are made: plain, or one (KME, epoch).
struct KeyChoice {
  std::optional<binding::KeyPair> pair;  // none: plain
  binding::TransformAlgorithm algorithm = binding::TransformAlgorithm::aes128;
  const Secret* k_me = nullptr;              // none: plain, or in a token
  const binding::TokenKey* token = nullptr;  // none: plain, or in memory

  bool plain() const { return !pair.has_value(); }
};

// Refused when the IMSI is suspended, or bound (or on trial) and no usable key is there; never plain then.
// preferred: the pair a resynchronisation verified; it is taken when one of the associations is of its KME.
Result<KeyChoice> choose_key(const binding::Binding& binding, const std::vector<const binding::Kme*>& kmes,
                             const std::optional<binding::KeyPair>& preferred = std::nullopt);

}  // namespace simbiont::hss

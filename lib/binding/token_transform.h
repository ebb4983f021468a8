// The transform under a K_ME that lies in a token and never leaves it: AES in the token, block by block.
// Slow; not for the event loop's thread. Beside transform.cpp the only place where RANDs cross between their
// types.
#pragma once

#include <span>

#include "binding/kme.h"
#include "binding/transform.h"
#include "crypto/token.h"

namespace simbiont::binding {

// A RAND and its encRAND.
struct HiddenRand {
  aka::PlainRand plain;
  aka::WireRand wire;
};

class TokenTransform {
 public:
  // key: made in `token`, which outlives this.
  TokenTransform(crypto::Token& token, TransformAlgorithm algorithm, const TokenKey& key, const Imsi& imsi)
      : token_(token), algorithm_(algorithm), key_(key), imsi_(imsi) {}

  // wire of each from its plain.
  Status apply(std::span<HiddenRand> rands);
  // For resynchronisation only.
  Result<aka::PlainRand> invert(const aka::WireRand& rand);

 private:
  // K_enc, which is not K_ME and is derived for this IMSI alone, works in memory.
  Result<Transform> derived();

  crypto::Token& token_;
  TransformAlgorithm algorithm_;
  const TokenKey& key_;
  const Imsi& imsi_;
};

// derive_k_conf() of a K_ME in a token.
Result<Secret> derive_k_conf(crypto::Token& token, const TokenKey& k_me, const Imei& imei);
// A new K_ME, made in the token; the same of one that comes from elsewhere and lies there from now on.
Result<TokenKey> generate_token_key(crypto::Token& token, TransformAlgorithm algorithm,
                                    std::string_view kme_id);
Result<TokenKey> import_token_key(crypto::Token& token, const Secret& k_me, std::string_view kme_id);

}  // namespace simbiont::binding

#include "binding/token_transform.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace simbiont::binding {

Result<Transform> TokenTransform::derived() {
  const KdfInput input("encRAND", imsi_.str());
  auto k_enc = crypto::cmac(token_, key_.id, input.octets());
  if (!k_enc) return k_enc.error();
  Transform transform(TransformAlgorithm::aes128, Secret(*k_enc), imsi_);
  zeroise(*k_enc);
  return transform;
}

Status TokenTransform::apply(std::span<HiddenRand> rands) {
  if (algorithm_ == TransformAlgorithm::aes128_imsi) {
    const auto transform = derived();
    if (!transform) return transform.error();
    for (HiddenRand& rand : rands) rand.wire = transform->apply(rand.plain);
    return {};
  }
  // All blocks in one call.
  Bytes blocks;
  for (const HiddenRand& rand : rands)
    blocks.insert(blocks.end(), rand.plain.octets.begin(), rand.plain.octets.end());
  Bytes hidden(blocks.size());
  Status done = token_.encrypt(key_.id, blocks, hidden);
  zeroise(blocks);
  if (!done) return done;
  for (std::size_t i = 0; i < rands.size(); ++i)
    std::copy_n(hidden.begin() + static_cast<std::ptrdiff_t>(16 * i), 16, rands[i].wire.octets.begin());
  return {};
}

Result<aka::PlainRand> TokenTransform::invert(const aka::WireRand& rand) {
  if (algorithm_ == TransformAlgorithm::aes128_imsi) {
    const auto transform = derived();
    if (!transform) return transform.error();
    return transform->invert(rand);
  }
  aka::PlainRand plain;
  if (Status done = token_.decrypt(key_.id, rand.octets, plain.octets); !done) return done.error();
  return plain;
}

Result<Secret> derive_k_conf(crypto::Token& token, const TokenKey& k_me, const Imei& imei) {
  const KdfInput input("confirm", imei.digits14());
  auto k_conf = crypto::cmac(token, k_me.id, input.octets());
  if (!k_conf) return k_conf.error();
  Secret secret{*k_conf};
  zeroise(*k_conf);
  return secret;
}

namespace {

Result<TokenKey> with_check_value(crypto::Token& token, Result<Bytes> id) {
  if (!id) return id.error();
  TokenKey key{*std::move(id)};
  Block block{};
  if (Status done = token.encrypt(key.id, block, block); !done) return done.error();
  std::copy_n(block.begin(), key.kcv.size(), key.kcv.begin());
  return key;
}

std::string label_of(std::string_view kme_id) { return "simbiont kme " + std::string(kme_id); }

}  // namespace

Result<TokenKey> generate_token_key(crypto::Token& token, TransformAlgorithm algorithm,
                                    std::string_view kme_id) {
  return with_check_value(token, token.generate(key_size(algorithm), label_of(kme_id)));
}

Result<TokenKey> import_token_key(crypto::Token& token, const Secret& k_me, std::string_view kme_id) {
  return with_check_value(token, token.import(k_me, label_of(kme_id)));
}

}  // namespace simbiont::binding

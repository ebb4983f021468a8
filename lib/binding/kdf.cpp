#include <algorithm>
#include <cassert>

#include "base/writer.h"
#include "binding/transform.h"

namespace simbiont::binding {

KdfInput::KdfInput(std::string_view label, std::string_view context)
    : size_(1 + label.size() + 2 + context.size() + 2) {
  assert(size_ <= input_.size());
  std::span<std::uint8_t> rest = std::span(input_).first(size_).subspan(1);
  for (const std::string_view part : {label, context}) {
    std::ranges::copy(as_bytes(part), rest.begin());
    store_be(part.size(), rest.subspan(part.size(), 2));
    rest = rest.subspan(part.size() + 2);
  }
}

Secret kdf(const crypto::Aes& key, std::string_view label, std::string_view context) {
  Block derived = crypto::cmac(key, KdfInput(label, context).octets());
  Secret secret{derived};
  zeroise(derived);
  return secret;
}

Secret kdf(const Secret& key, std::string_view label, std::string_view context) {
  return kdf(crypto::Aes(key), label, context);
}

Secret derive_k_enc(const crypto::Aes& k_me, const Imsi& imsi) { return kdf(k_me, "encRAND", imsi.str()); }

Secret derive_k_enc(const Secret& k_me, const Imsi& imsi) { return kdf(k_me, "encRAND", imsi.str()); }

Secret derive_k_conf(const Secret& k_me, const Imei& imei) { return kdf(k_me, "confirm", imei.digits14()); }

Block confirmation_proof(const Secret& k_conf, std::string_view kme_id, EpochNumber epoch,
                         const Block& challenge) {
  Bytes input;
  Writer writer(input);
  writer.bytes(as_bytes(kme_id));
  writer.u8(0);
  writer.u64(epoch);
  writer.bytes(challenge);
  return crypto::cmac(crypto::Aes(k_conf), input);
}

bool proves(const Secret& k_me, const Imei& imei, std::string_view kme_id, EpochNumber epoch,
            const Block& challenge, const Block& proof) {
  return equal_constant_time(confirmation_proof(derive_k_conf(k_me, imei), kme_id, epoch, challenge), proof);
}

}  // namespace simbiont::binding

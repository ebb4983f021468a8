#include <cassert>

#include "base/writer.h"
#include "binding/transform.h"

namespace simbiont::binding {

Secret kdf(const Secret& key, std::string_view label, std::string_view context) {
  assert(label.size() <= 0xFFFF && context.size() <= 0xFFFF);
  Bytes input;
  Writer writer(input);
  writer.u8(0xF0);
  writer.bytes(as_bytes(label));
  writer.u16(static_cast<std::uint16_t>(label.size()));
  writer.bytes(as_bytes(context));
  writer.u16(static_cast<std::uint16_t>(context.size()));
  Block derived = crypto::cmac(crypto::Aes(key), input);
  Secret secret{derived};
  zeroise(derived);
  return secret;
}

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

}  // namespace simbiont::binding

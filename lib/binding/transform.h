// The transform RAND -> encRAND (DESIGN 3), and the derived keys. This is the only place where a PlainRand
// becomes a WireRand, and the only one where it comes back.
#pragma once

#include <span>
#include <string_view>

#include "aka/types.h"
#include "base/digits.h"
#include "binding/kme.h"
#include "crypto/aes.h"

namespace simbiont::binding {

// KDF(K, label, context) = AES-CMAC(K, 0xF0 || label || len16(label) || context || len16(context)).
// label and context: 59 octets together at most (assert).
class KdfInput {  // what the CMAC is over; no allocation
 public:
  KdfInput(std::string_view label, std::string_view context);
  ByteView octets() const { return ByteView(input_).first(size_); }

 private:
  ByteArray<64> input_{0xF0};
  std::size_t size_;
};
Secret kdf(const Secret& key, std::string_view label, std::string_view context);
Secret kdf(const crypto::Aes& key, std::string_view label, std::string_view context);
Secret derive_k_enc(const Secret& k_me, const Imsi& imsi);  // label "encRAND", context the IMSI's digits
Secret derive_k_enc(const crypto::Aes& k_me, const Imsi& imsi);
Secret derive_k_conf(const Secret& k_me, const Imei& imei);  // label "confirm", context the IMEI's 14 digits

// AES-CMAC(K_conf, kme id || 0 || epoch (u64, big endian) || challenge).
Block confirmation_proof(const Secret& k_conf, std::string_view kme_id, EpochNumber epoch,
                         const Block& challenge);

// Whether `proof` is that of a device that holds k_me; compared in constant time.
bool proves(const Secret& k_me, const Imei& imei, std::string_view kme_id, EpochNumber epoch,
            const Block& challenge, const Block& proof);

// A (KME, epoch) keyed once for all its IMSIs: what a table of keys keeps. Unlike a K's, its round keys are
// used again and again. 272 octets, zeroised when it goes; to keep it out of swap is its owner's affair.
class KeyedTransform {
 public:
  // k_me: key_size(algorithm) octets (assert).
  KeyedTransform(TransformAlgorithm algorithm, const Secret& k_me);
  // wire[i] from rands[i], the last step of the AuC's work. Sizes are equal (assert). No allocation.
  void apply(const Imsi& imsi, std::span<const aka::PlainRand> rands, std::span<aka::WireRand> wire) const;

 private:
  crypto::Aes k_me_;
  bool per_imsi_;  // aes128-imsi: K_enc is derived for each call
};

// One IMSI's transform under one (KME, epoch), which can also be inverted.
class Transform {
 public:
  // key: key_size(algorithm) octets (assert).
  Transform(TransformAlgorithm algorithm, const Secret& k_me, const Imsi& imsi);
  aka::WireRand apply(const aka::PlainRand& rand) const;
  aka::PlainRand invert(const aka::WireRand& rand) const;  // for resynchronisation only

 private:
  Secret key_;  // K_ME, or K_enc for aes128-imsi
  crypto::Aes encrypt_;
};

// The transforms of an IMSI that is not bound: identity.
aka::WireRand unbound(const aka::PlainRand& rand);
aka::PlainRand unbound(const aka::WireRand& rand);

}  // namespace simbiont::binding

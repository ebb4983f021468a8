// The authentication centre. issue() is the only function that makes a vector, and the transform is its last
// step: what leaves here is a RAND as transported (DESIGN 2). Numbers are given to it; it touches neither
// store nor network.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aka/types.h"
#include "aka/vector.h"
#include "binding/association.h"
#include "binding/token_transform.h"
#include "binding/transform.h"
#include "crypto/random.h"
#include "diameter/s6a.h"
#include "hss/auc_key.h"
#include "hss/key_slots.h"
#include "store/records.h"

namespace simbiont::hss {

// The device that evidence under `pair` speaks of: `reported` if it is associated and of that KME, else the
// first such.
std::optional<Imei> device_of(const binding::Binding& binding, const std::string& kme,
                              const std::optional<Imei>& reported);

struct VectorOrder {
  const store::Subscriber& subscriber;
  const binding::Binding& binding;
  const std::vector<const binding::Kme*>& kmes;
  std::optional<binding::KeyPair> preferred;
  std::uint64_t first_seq;  // first_seq .. first_seq + eutran + utran - 1 are reserved for this answer
  std::uint32_t eutran, utran;
  std::string_view node;  // Origin-Host of the request: IND follows it
  Plmn serving_network;
  std::uint32_t geran = 0;  // triplets, which take no SEQ
  // For a key in a token: as many as there are vectors, made under it and used for nothing else.
  std::span<const binding::HiddenRand> hidden{};
};

// For EAP-SIM; made of a RAND alone.
struct Triplet {
  aka::WireRand rand;
  aka::GsmQuantities quantities;
};

struct Vectors {
  std::vector<diameter::EutranVector> eutran;
  std::vector<diameter::UtranVector> utran;
  std::vector<diameter::GeranVector> geran;
};

// The same of a subscriber at hand, whose record holds the key that choose_key() chose.
struct QuickOrder {
  const HotRecord* record;
  std::uint64_t first_seq;
  std::uint32_t count;
  unsigned ind;
  Plmn serving_network;
};

// TS 29.272 7.3.15: RAND as the MME held it, and AUTS.
struct ResyncInfo {
  static constexpr std::size_t size = 30;
  aka::WireRand rand;
  aka::Auts auts{};
  // octets: size of them (assert).
  static ResyncInfo from(ByteView octets);
};

// What a verified AUTS says: the card's SQN, and the pair that its RAND was made under (none: plain).
struct ResyncProof {
  aka::Sqn sqn_ms;
  std::optional<binding::KeyPair> pair;
};

// The RAND of a resynchronisation, decrypted by a token.
struct Inverted {
  binding::KeyPair pair;
  aka::PlainRand rand;
};

class Auc {
 public:
  explicit Auc(crypto::RandomSource& random) : random_(random) {}

  // All vectors are under one (KME, epoch), each that has an SQN with its own SEQ; the E-UTRAN ones come
  // first. A SIM (gsm-milenage) has triplets only: refused when another kind is asked for.
  Result<Vectors> issue(const VectorOrder& order);

  // For an EAP server, order.utran of them: quintets with the separation bit set; triplets, which take no
  // SEQ.
  Result<std::vector<diameter::UtranVector>> issue_quintets(const VectorOrder& order);
  Result<std::vector<Triplet>> issue_triplets(const VectorOrder& order);

  // As issue(), for many requests at once. Records with a usable key only (assert). out: the vectors of all
  // orders, one after the other; max_batch at most.
  void issue(std::span<const QuickOrder> orders, KeySlots& keys, std::span<diameter::EutranVector> out);
  static constexpr std::size_t max_batch = 80;

  // Decrypts the RAND under each pair the IMSI may have, then takes it as received where the IMSI is or
  // lately was plain; MAC-S decides (DESIGN 4). inverted: what tokens made of it; a pair in a token that is
  // not among them is passed over.
  static std::optional<ResyncProof> verify(const store::Subscriber& subscriber,
                                           const binding::Binding& binding,
                                           const std::vector<const binding::Kme*>& kmes,
                                           const std::optional<binding::KeyPair>& last_pair,
                                           const ResyncInfo& info, UnixMs now, std::int64_t vector_life_ms,
                                           std::span<const Inverted> inverted = {});

 private:
  crypto::RandomSource& random_;
};

}  // namespace simbiont::hss

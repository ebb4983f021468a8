#include "hss/auc.h"

#include <algorithm>
#include <array>
#include <cassert>

#include "aka/eps_batch.h"
#include "aka/functions.h"

namespace simbiont::hss {
namespace {

using binding::KeyPair;
using binding::Kme;

const Kme* find_kme(const std::vector<const Kme*>& kmes, std::string_view id) {
  const auto found = std::find_if(kmes.begin(), kmes.end(), [&](const Kme* kme) { return kme->id == id; });
  return found == kmes.end() ? nullptr : *found;
}

// to_verify: an AUTS over a vector that was made before the epoch was RETIRED; no vector is made with it.
Result<KeyChoice> key_of(const KeyPair& pair, const std::vector<const Kme*>& kmes, bool to_verify = false) {
  const auto refuse = [&](const char* why) {
    return error(Errc::unavailable, "KME " + pair.kme + " epoch " + std::to_string(pair.epoch) + " " + why);
  };
  const Kme* kme = find_kme(kmes, pair.kme);
  if (kme == nullptr) return refuse("cannot be read");
  const binding::Epoch* epoch = kme->find(pair.epoch);
  if (epoch == nullptr) return refuse("does not exist");
  if (!binding::usable(epoch->state) && !to_verify) return refuse("is not in use");
  if (epoch->token) return KeyChoice{pair, kme->algorithm, nullptr, &*epoch->token};
  if (epoch->key.size() != binding::key_size(kme->algorithm)) return refuse("has no key");
  return KeyChoice{pair, kme->algorithm, &epoch->key};
}

bool is_associated(const binding::Binding& binding, std::string_view kme) {
  return std::any_of(binding.associations.begin(), binding.associations.end(),
                     [&](const binding::Association& association) { return association.kme == kme; });
}

diameter::EutranVector to_vector(const aka::WireRand& rand, const aka::EpsQuantities& quantities) {
  return {rand.octets, quantities.autn, quantities.xres, quantities.kasme};
}

diameter::UtranVector to_vector(const aka::WireRand& rand, const aka::UtranQuantities& quantities) {
  return {rand.octets, quantities.autn, quantities.xres, quantities.ck, quantities.ik};
}

Triplet to_vector(const aka::WireRand& rand, const aka::GsmQuantities& quantities) {
  return {rand, quantities};
}

diameter::GeranVector geran_vector(const Triplet& triplet) {
  return {triplet.rand.octets, triplet.quantities.sres, triplet.quantities.kc};
}

// What only a USIM has: an AUTN, and with it SQN and AUTS.
bool has_autn(const store::Subscriber& subscriber) {
  return subscriber.algorithm != aka::Algorithm::gsm_milenage;
}
Error no_token() { return error(Errc::unavailable, "the token gave no RANDs"); }
Error no_autn() { return error(Errc::refused, "a SIM has no AUTN"); }

std::unique_ptr<aka::Functions> functions_of(const store::Subscriber& subscriber) {
  return aka::make_functions(subscriber.algorithm, subscriber.k, subscriber.opc);
}

// What the vectors of one answer have in common.
struct Issue {
  Issue(const VectorOrder& order, const KeyChoice& key, crypto::RandomSource& random_)
      : keyed(functions_of(order.subscriber)),
        functions(*keyed),
        random(random_),
        ind(aka::ind_of_node(order.node)),
        seq(order.first_seq),
        in_token(key.token != nullptr),
        hidden(order.hidden) {
    if (key.k_me != nullptr) transform.emplace(key.algorithm, *key.k_me, order.subscriber.imsi);
  }

  // Plain RANDs leave only where choose_key() said plain: never for want of a token's.
  static bool can(const VectorOrder& order, const KeyChoice& key) {
    const std::size_t wanted = std::size_t{order.eutran} + order.utran + order.geran;
    return key.plain() || key.k_me != nullptr || (key.token != nullptr && order.hidden.size() == wanted);
  }

  aka::Sqn next_sqn() { return aka::Sqn::make(seq++, ind); }
  // `make` has the quantities made from a fresh RAND; the transform is the last step (DESIGN 2).
  template <class All, class Make>
  void repeat(std::uint32_t count, All& vectors, const Make& make) {
    vectors.reserve(count);
    for (; count > 0; --count) {
      aka::PlainRand rand;
      aka::WireRand wire;
      if (in_token) {
        rand = hidden.front().plain;
        wire = hidden.front().wire;
        hidden = hidden.subspan(1);
      } else {
        random.fill(rand.octets);
      }
      const auto quantities = make(rand);
      if (!in_token) wire = transform ? transform->apply(rand) : binding::unbound(rand);
      vectors.push_back(to_vector(wire, quantities));
      zeroise(rand.octets);
    }
  }

  const std::unique_ptr<aka::Functions> keyed;
  const aka::Functions& functions;
  crypto::RandomSource& random;
  std::optional<binding::Transform> transform;
  const unsigned ind;
  std::uint64_t seq;
  const bool in_token;
  std::span<const binding::HiddenRand> hidden;
};

// The last step (DESIGN 2). transform: none when the record's key is plain.
void hide(const binding::KeyedTransform* transform, const HotRecord& record,
          std::span<const aka::PlainRand> rands, std::span<aka::WireRand> wire) {
  if (transform != nullptr) return transform->apply(Imsi::from_key(record.imsi), rands, wire);
  std::transform(rands.begin(), rands.end(), wire.begin(),
                 [](const aka::PlainRand& rand) { return binding::unbound(rand); });
}

}  // namespace

Result<KeyChoice> choose_key(const binding::Binding& binding, const std::vector<const Kme*>& kmes,
                             const std::optional<KeyPair>& preferred) {
  if (binding.suspended_at != 0) return error(Errc::refused, "suspended");
  if (binding.mode == binding::Mode::off || binding.mode == binding::Mode::observe) return KeyChoice{};
  if (binding.mode == binding::Mode::learn) {
    const auto& trial = binding.learning.trial;
    return trial ? key_of({trial->kme, trial->epoch}, kmes) : KeyChoice{};
  }
  if (preferred && is_associated(binding, preferred->kme)) {
    if (auto choice = key_of(*preferred, kmes)) return choice;
  }
  const binding::Association* selected = binding::select_association(binding);
  if (selected == nullptr) return error(Errc::refused, "no association");
  return key_of({selected->kme, selected->epoch}, kmes);
}

std::optional<Imei> device_of(const binding::Binding& binding, const std::string& kme,
                              const std::optional<Imei>& reported) {
  std::optional<Imei> first;
  for (const binding::Association& association : binding.associations) {
    if (association.kme != kme) continue;
    if (reported == association.imei) return association.imei;
    if (!first) first = association.imei;
  }
  return first;
}

ResyncInfo ResyncInfo::from(ByteView octets) {
  assert(octets.size() == size);
  ResyncInfo info;
  std::copy_n(octets.begin(), info.rand.octets.size(), info.rand.octets.begin());
  std::copy_n(octets.begin() + static_cast<std::ptrdiff_t>(info.rand.octets.size()), info.auts.size(),
              info.auts.begin());
  return info;
}

Result<Vectors> Auc::issue(const VectorOrder& order) {
  const auto key = choose_key(order.binding, order.kmes, order.preferred);
  if (!key) return key.error();
  if (!Issue::can(order, *key)) return no_token();
  if (order.eutran + order.utran > 0 && !has_autn(order.subscriber)) return no_autn();
  Issue issue(order, *key, random_);
  Vectors vectors;
  issue.repeat(order.eutran, vectors.eutran, [&](const aka::PlainRand& rand) {
    return aka::make_eps_quantities(issue.functions, rand, issue.next_sqn(), order.subscriber.amf,
                                    order.serving_network);
  });
  issue.repeat(order.utran, vectors.utran, [&](const aka::PlainRand& rand) {
    return aka::make_utran_quantities(issue.functions, rand, issue.next_sqn(), order.subscriber.amf);
  });
  std::vector<Triplet> triplets;
  issue.repeat(order.geran, triplets,
               [&](const aka::PlainRand& rand) { return aka::make_gsm_quantities(issue.functions, rand); });
  for (const Triplet& triplet : triplets) vectors.geran.push_back(geran_vector(triplet));
  return vectors;
}

Result<std::vector<diameter::UtranVector>> Auc::issue_quintets(const VectorOrder& order) {
  const auto key = choose_key(order.binding, order.kmes, order.preferred);
  if (!key) return key.error();
  if (!Issue::can(order, *key)) return no_token();
  if (!has_autn(order.subscriber)) return no_autn();
  Issue issue(order, *key, random_);
  std::vector<diameter::UtranVector> quintets;
  issue.repeat(order.utran, quintets, [&](const aka::PlainRand& rand) {
    return aka::make_eap_quantities(issue.functions, rand, issue.next_sqn(), order.subscriber.amf);
  });
  return quintets;
}

Result<std::vector<Triplet>> Auc::issue_triplets(const VectorOrder& order) {
  const auto key = choose_key(order.binding, order.kmes, order.preferred);
  if (!key) return key.error();
  if (!Issue::can(order, *key)) return no_token();
  Issue issue(order, *key, random_);
  std::vector<Triplet> triplets;
  issue.repeat(order.utran, triplets,
               [&](const aka::PlainRand& rand) { return aka::make_gsm_quantities(issue.functions, rand); });
  return triplets;
}

void Auc::issue(std::span<const QuickOrder> orders, KeySlots& keys, std::span<diameter::EutranVector> out) {
  assert(out.size() <= max_batch);
  aka::PlainRands<max_batch> rands(out.size());
  random_.fill(rands.octets());
  std::array<aka::EpsOrder, max_batch> made_of;
  std::size_t at = 0;
  for (const QuickOrder& order : orders) {
    const HotRecord& record = *order.record;
    for (std::uint32_t i = 0; i < order.count; ++i, ++at)
      made_of[at] = {record.k.data(), record.opc.data(),
                     &rands[at],      aka::Sqn::make(order.first_seq + i, order.ind),
                     record.amf,      order.serving_network};
  }
  assert(at == out.size());
  std::array<aka::EpsQuantities, max_batch> quantities;
  aka::make_eps_quantities(std::span(made_of).first(at), std::span(quantities).first(at));

  std::array<aka::WireRand, max_batch> wire;
  at = 0;
  for (const QuickOrder& order : orders) {
    hide(keys.transform(order.record->key), *order.record, rands.view().subspan(at, order.count),
         std::span(wire).subspan(at, order.count));
    at += order.count;
  }
  for (std::size_t i = 0; i < at; ++i) out[i] = to_vector(wire[i], quantities[i]);
}

std::optional<ResyncProof> Auc::verify(const store::Subscriber& subscriber, const binding::Binding& binding,
                                       const std::vector<const Kme*>& kmes,
                                       const std::optional<KeyPair>& last_pair, const ResyncInfo& info,
                                       UnixMs now, std::int64_t vector_life_ms,
                                       std::span<const Inverted> inverted) {
  if (!has_autn(subscriber)) return std::nullopt;
  const auto functions = functions_of(subscriber);
  for (const KeyPair& pair : binding::resync_pairs(binding, last_pair, kmes)) {
    const auto key = key_of(pair, kmes, true);
    if (!key) continue;
    aka::PlainRand rand;
    if (key->token != nullptr) {
      const auto found = std::find_if(inverted.begin(), inverted.end(),
                                      [&](const Inverted& each) { return each.pair == pair; });
      if (found == inverted.end()) continue;
      rand = found->rand;
    } else {
      rand = binding::Transform(key->algorithm, *key->k_me, subscriber.imsi).invert(info.rand);
    }
    const auto sqn_ms = aka::verify_auts(*functions, rand, info.auts);
    zeroise(rand.octets);
    if (sqn_ms) return ResyncProof{*sqn_ms, pair};
  }
  if (!binding::resync_tries_plain(binding, now, vector_life_ms)) return std::nullopt;
  const auto sqn_ms = aka::verify_auts(*functions, binding::unbound(info.rand), info.auts);
  if (!sqn_ms) return std::nullopt;
  return ResyncProof{*sqn_ms, std::nullopt};
}

}  // namespace simbiont::hss

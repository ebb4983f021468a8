#include "hss/binding_change.h"

#include <algorithm>
#include <set>
#include <utility>

#include "diameter/s6a.h"

namespace simbiont::hss {
namespace {

bool associated(const binding::Binding& binding, const binding::KeyPair& pair) {
  return std::any_of(binding.associations.begin(), binding.associations.end(), [&](const auto& a) {
    return binding::KeyPair{a.kme, a.epoch} == pair;
  });
}

}  // namespace

void keep_former(const binding::Binding& before, binding::Binding& after) {
  std::vector<binding::KeyPair> former;
  const auto keep = [&](const binding::KeyPair& pair) {
    if (associated(after, pair) || std::find(former.begin(), former.end(), pair) != former.end()) return;
    if (former.size() < store::former_limit) former.push_back(pair);
  };
  for (const auto& association : before.associations) keep({association.kme, association.epoch});
  if (const auto& trial = before.learning.trial; trial && trial->answered_at != 0 && !after.learning.trial)
    keep({trial->kme, trial->epoch});
  for (const auto& pair : before.former) keep(pair);
  after.former = std::move(former);
}

namespace {

// What the next vectors are made under: plain, a key, or nothing.
std::optional<binding::KeyPair> next_pair(const binding::Binding& binding) {
  if (binding::issues_plain(binding.mode)) return std::nullopt;
  const binding::Association* selected = binding::select_association(binding);
  return selected == nullptr ? binding::KeyPair{} : binding::KeyPair{selected->kme, selected->epoch};
}

// Whether one of the IMSI's KMEs has another epoch in force than before.
bool moves(const binding::Binding& before, const binding::Binding& after) {
  return std::any_of(after.associations.begin(), after.associations.end(), [&](const auto& a) {
    const auto old = std::find_if(before.associations.begin(), before.associations.end(),
                                  [&](const auto& b) { return b.kme == a.kme; });
    return old != before.associations.end() && old->epoch != a.epoch;
  });
}

// Whether vectors that nodes may hold under the binding's keys must not be used any more.
Result<bool> kills_bound(EpochRules& rules, const store::SubscriberState& before,
                         const binding::Binding& after, bool clr_on_move) {
  if (strands_triplets(before.subscriber, before.binding, after)) return true;
  if (binding::issues_plain(before.binding.mode)) return false;
  if (clr_on_move && moves(before.binding, after)) return true;
  return rules.drops_revoked(before.binding, after);
}

bool waits_for_confirmation(const binding::Binding& binding) {
  return !binding.associations.empty() && binding::select_association(binding) == nullptr;
}

Error unconfirmed(const Imsi& imsi, const binding::Binding& binding) {
  const auto& first = binding.associations.front();
  return error(Errc::refused, "IMSI " + imsi.str() + " would get no vectors: device " + first.imei.str() +
                                  " has not confirmed epoch " + std::to_string(first.epoch) + " of KME " +
                                  first.kme + "; challenge it first");
}

}  // namespace

Result<store::SubscriberState> find_subscriber(store::Store& store, std::string_view imsi) {
  const auto parsed = Imsi::parse(imsi);
  if (!parsed) return parsed.error();
  auto state = store.subscriber(*parsed);
  if (!state) return state.error();
  if (!*state) return error(Errc::not_found, "no subscriber " + parsed->str());
  return **std::move(state);
}

Result<binding::EpochNumber> active_epoch(store::Store& store, const std::string& id) {
  if (auto status = binding::check_kme_id(id); !status) return status.error();
  const auto kme = store.kme(id);
  if (!kme) return kme.error();
  // A mistyped key is no id that check_kme_id refuses.
  if (!*kme) return error(Errc::not_found, id.size() < 24 ? "no KME " + id : "no KME of this id");
  const auto* active = (*kme)->in_state(binding::EpochState::active);
  if (active == nullptr) return error(Errc::refused, "KME " + id + " has no ACTIVE epoch");
  return active->number;
}

Status associate(store::Store& store, binding::Binding& binding, const Imei& imei) {
  auto& list = binding.associations;
  if (std::any_of(list.begin(), list.end(), [&](const auto& a) { return a.imei == imei; })) return {};
  const auto device = store.device(imei);
  if (!device) return device.error();
  if (!*device) return error(Errc::not_found, "no device " + imei.str());
  if (list.size() == store::association_limit) {
    return error(Errc::refused,
                 "an IMSI has at most " + std::to_string(store::association_limit) + " associations");
  }
  list.push_back({imei, (*device)->kme});
  return {};
}

Status owe_clrs(store::Store& store, const store::SubscriberState& state, Held held, std::uint32_t clr_flags,
                Moment moment, store::Changes& changes, std::vector<std::string>& hosts) {
  const Imsi imsi = state.subscriber.imsi;
  const auto nodes = store.vector_nodes(imsi);
  if (!nodes) return nodes.error();
  std::set<std::pair<std::string, bool>> told;
  const auto owe = [&](const std::string& host, const std::string& realm, bool s6a) {
    if (!told.emplace(host, s6a).second) return;
    if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
    const std::uint32_t indicator = s6a ? diameter::clr_flag::s6a_indicator : 0;
    changes.push_back(
        store::OweClr{{0, imsi, host, realm, diameter::cancellation::subscription_withdrawal,
                       (clr_flags & ~diameter::clr_flag::s6a_indicator) | indicator, moment.now}});
  };
  if (const auto& at = state.registration) owe(at->host, at->realm, true);
  if (const auto& at = state.sgsn) owe(at->host, at->realm, false);
  const UnixMs dead_before = store::vectors_dead_before(moment.now, moment.vector_life_ms);
  for (const auto& node : *nodes) {
    const UnixMs given_at = held == Held::plain ? node.plain_at : std::max(node.plain_at, node.bound_at);
    if (!store::may_hold(given_at, dead_before)) continue;
    if ((node.kinds & store::vectors_for::eutran) != 0) owe(node.host, node.realm, true);
    if ((node.kinds & store::vectors_for::utran_geran) != 0) owe(node.host, node.realm, false);
  }
  return {};
}

void end_registrations(const store::SubscriberState& state, store::Changes& changes) {
  for (const auto node : {store::ServingNode::mme, store::ServingNode::sgsn})
    if (const auto& at = state.at(node))
      changes.push_back(store::RemoveRegistration{state.subscriber.imsi, at->host, node});
}

bool strands_triplets(const store::Subscriber& subscriber, const binding::Binding& before,
                      const binding::Binding& after) {
  return subscriber.algorithm == aka::Algorithm::gsm_milenage && next_pair(before) != next_pair(after);
}

Status change_binding(store::Store& store, const store::SubscriberState& before, binding::Binding after,
                      Moment moment, store::Changes& changes, std::vector<std::string>& clr_hosts) {
  EpochRules rules(store);
  return change_binding(rules, store, before, std::move(after), moment, changes, clr_hosts);
}

Status change_binding(EpochRules& rules, store::Store& store, const store::SubscriberState& before,
                      binding::Binding after, Moment moment, store::Changes& changes,
                      std::vector<std::string>& clr_hosts) {
  const Imsi imsi = before.subscriber.imsi;
  if (after.mode != binding::Mode::learn) after.learning.trial.reset();
  if (after.mode != binding::Mode::enforce) after.violated_at = 0;
  if (auto status = rules.settle(before.subscriber, before.binding, after); !status) return status;
  keep_former(before.binding, after);
  if (auto status = rules.forget_revoked(after); !status) return status;
  const bool leaves_plain = binding::issues_plain(before.binding.mode) && !binding::issues_plain(after.mode);
  if (leaves_plain && waits_for_confirmation(after)) return unconfirmed(imsi, after);
  const bool suspends = before.binding.suspended_at == 0 && after.suspended_at != 0;
  const auto kills = kills_bound(rules, before, after, moment.clr_on_move);
  if (!kills) return kills.error();
  if (leaves_plain) after.left_plain_at = moment.now;
  if (leaves_plain || *kills || suspends) {
    const std::uint32_t flags =
        diameter::clr_flag::s6a_indicator | (suspends ? 0 : diameter::clr_flag::reattach_required);
    const Held held = *kills || suspends ? Held::any : Held::plain;
    Status owed = owe_clrs(store, before, held, flags, moment, changes, clr_hosts);
    if (!owed) return owed;
    end_registrations(before, changes);
  }
  changes.push_back(store::PutBinding{imsi, std::move(after)});
  return {};
}

}  // namespace simbiont::hss

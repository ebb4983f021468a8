#include "hss/binding_change.h"

#include <algorithm>

#include "diameter/s6a.h"

namespace simbiont::hss {
namespace {

bool associated(const binding::Binding& binding, const binding::KeyPair& pair) {
  return std::any_of(binding.associations.begin(), binding.associations.end(), [&](const auto& a) {
    return binding::KeyPair{a.kme, a.epoch} == pair;
  });
}

// Newest first, without repetition, without what is in use again.
void keep_former(const binding::Binding& before, binding::Binding& after) {
  std::vector<binding::KeyPair> former;
  const auto keep = [&](const binding::KeyPair& pair) {
    if (associated(after, pair) || std::find(former.begin(), former.end(), pair) != former.end()) return;
    if (former.size() < store::former_limit) former.push_back(pair);
  };
  for (const auto& association : before.associations) keep({association.kme, association.epoch});
  for (const auto& pair : before.former) keep(pair);
  after.former = std::move(former);
}

// What the next vectors are made under: plain, a key, or nothing.
std::optional<binding::KeyPair> next_pair(const binding::Binding& binding) {
  if (binding::issues_plain(binding.mode)) return std::nullopt;
  const binding::Association* selected = binding::select_association(binding);
  return selected == nullptr ? binding::KeyPair{} : binding::KeyPair{selected->kme, selected->epoch};
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
  const std::string& kme = (*device)->kme;
  const auto same = std::find_if(list.begin(), list.end(), [&](const auto& a) { return a.kme == kme; });
  if (same != list.end()) {
    list.push_back({imei, kme, same->epoch});
    return {};
  }
  const auto epoch = active_epoch(store, kme);
  if (!epoch) return epoch.error();
  list.push_back({imei, kme, *epoch});
  return {};
}

Status owe_clrs(store::Store& store, const store::SubscriberState& state, Held held, std::uint32_t clr_flags,
                Moment moment, store::Changes& changes, std::vector<std::string>& hosts) {
  const Imsi imsi = state.subscriber.imsi;
  const auto nodes = store.vector_nodes(imsi);
  if (!nodes) return nodes.error();
  const auto owe = [&](const std::string& host, const std::string& realm) {
    if (std::find(hosts.begin(), hosts.end(), host) != hosts.end()) return;
    hosts.push_back(host);
    changes.push_back(store::OweClr{
        {0, imsi, host, realm, diameter::cancellation::subscription_withdrawal, clr_flags, moment.now}});
  };
  if (const auto& at = state.registration) owe(at->host, at->realm);
  const UnixMs dead_before = store::vectors_dead_before(moment.now, moment.vector_life_ms);
  for (const auto& node : *nodes) {
    const UnixMs given_at = held == Held::plain ? node.plain_at : std::max(node.plain_at, node.bound_at);
    if (store::may_hold(given_at, dead_before)) owe(node.host, node.realm);
  }
  return {};
}

bool strands_triplets(const store::Subscriber& subscriber, const binding::Binding& before,
                      const binding::Binding& after) {
  return subscriber.algorithm == aka::Algorithm::gsm_milenage && next_pair(before) != next_pair(after);
}

Status change_binding(store::Store& store, const store::SubscriberState& before, binding::Binding after,
                      Moment moment, store::Changes& changes, std::vector<std::string>& clr_hosts) {
  const Imsi imsi = before.subscriber.imsi;
  keep_former(before.binding, after);
  const bool leaves_plain = binding::issues_plain(before.binding.mode) && !binding::issues_plain(after.mode);
  const bool strands = strands_triplets(before.subscriber, before.binding, after);
  if (leaves_plain) after.left_plain_at = moment.now;
  if (leaves_plain || strands) {
    constexpr std::uint32_t flags = diameter::clr_flag::s6a_indicator | diameter::clr_flag::reattach_required;
    Status owed =
        owe_clrs(store, before, strands ? Held::any : Held::plain, flags, moment, changes, clr_hosts);
    if (!owed) return owed;
    if (const auto& at = before.registration) changes.push_back(store::RemoveRegistration{imsi, at->host});
  }
  changes.push_back(store::PutBinding{imsi, std::move(after)});
  return {};
}

}  // namespace simbiont::hss

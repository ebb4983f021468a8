// /v1/kmes/ID/activate, retire, revoke, status: the operator's commands of a roll-over (DESIGN 4)
#include <algorithm>
#include <array>

#include "admin/binding_change.h"
#include "admin/epoch_fields.h"
#include "admin/fields.h"
#include "admin/rollover.h"
#include "admin/route.h"

namespace simbiont::admin {
namespace {

using binding::EpochEvent;
using binding::EpochNumber;
using binding::EpochState;

constexpr std::size_t named_users = 20;  // in a refusal

std::string of_epoch(const std::string& kme, EpochNumber epoch) {
  return kme + " epoch " + std::to_string(epoch);
}

store::PutEpoch turned(const std::string& kme, const binding::Epoch& epoch, EpochEvent event, UnixMs now) {
  binding::Epoch next = epoch;
  next.state = binding::next_state(epoch.state, event).value_or(epoch.state);
  next.since = now;
  return {kme, next};
}

// Who uses an epoch below this one, as one line; empty when nobody does.
Result<std::string> users_below(store::Store& store, const std::string& kme, EpochNumber below) {
  const auto users = store.epoch_users(kme, below, named_users + 1);
  if (!users) return users.error();
  std::string line;
  for (std::size_t i = 0; i < std::min(users->size(), named_users); ++i) {
    const store::EpochUser& user = (*users)[i];
    line += (line.empty() ? "IMSI " : ", IMSI ") + user.imsi.str() + " (device " + user.imei.str() +
            ", epoch " + std::to_string(user.epoch) + ")";
  }
  if (users->size() > named_users) line += " and more";
  return line;
}

// ACTIVE becomes RETIRING; the RETIRING one before it, which nobody uses, RETIRED.
Result<store::Changes> activation(store::Store& store, const binding::Kme& kme, const hss::Live& live) {
  const auto* staged = kme.in_state(EpochState::staged);
  if (staged == nullptr) return error(Errc::refused, "KME " + kme.id + " has no STAGED epoch");
  const UnixMs now = live.now();
  store::Changes changes;
  if (const auto* active = kme.in_state(EpochState::active)) {
    const auto users = users_below(store, kme.id, active->number);
    if (!users) return users.error();
    if (!users->empty())
      return error(Errc::refused, "an epoch before " + of_epoch(kme.id, active->number) +
                                      ", which is ACTIVE, is in use: " + *users);
    if (const auto* retiring = kme.in_state(EpochState::retiring)) {
      changes.push_back(turned(kme.id, *retiring, EpochEvent::retire, now));
      changes.push_back(
          audit(live, "epoch-retired", {}, of_epoch(kme.id, retiring->number) + ": nobody needs it"));
    }
    changes.push_back(turned(kme.id, *active, EpochEvent::supersede, now));
  }
  changes.push_back(turned(kme.id, *staged, EpochEvent::activate, now));
  changes.push_back(audit(live, "kme-activated", {}, of_epoch(kme.id, staged->number)));
  return changes;
}

Result<Json> activate(Call& call) {
  if (auto known = only_fields(call.body, {}); !known) return known.error();
  const std::string& id = call.arguments[0];
  EpochNumber number = 0;
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    const auto kme = find_kme(store, id);
    if (!kme) return kme.error();
    if (const auto* staged = kme->in_state(EpochState::staged)) number = staged->number;
    return activation(store, *kme, call.live);
  });
  if (!done) return done.error();
  Place place;
  std::uint64_t moved = 0;
  const auto finished = call.rollover.sweep(id, place, deadline_for(call.live), moved);
  if (!finished) return finished.error();
  bool retired = false;
  if (*finished) {
    const auto unneeded = call.rollover.retire_if_unneeded(id);
    if (!unneeded) return unneeded.error();
    retired = *unneeded;
  }
  return Json{{"id", id}, {"epoch", number}, {"moved", moved}, {"finished", *finished}, {"retired", retired}};
}

// Taken from its users, whom cut() then sees to.
store::PutEpoch taken(const std::string& kme, const binding::Epoch& epoch, EpochEvent event, UnixMs now) {
  store::PutEpoch put = turned(kme, epoch, event, now);
  put.epoch.cutting = 0;
  return put;
}

Result<Json> retire(Call& call) {
  if (auto known = only_fields(call.body, {"force"}); !known) return known.error();
  const auto force = flag(call.body, "force");
  if (!force) return force.error();
  const std::string& id = call.arguments[0];
  std::optional<EpochNumber> number;
  std::string users;
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    const auto kme = find_kme(store, id);
    if (!kme) return kme.error();
    const auto* retiring = kme->in_state(EpochState::retiring);
    if (retiring == nullptr) return store::Changes{};
    const auto found = users_below(store, id, retiring->number + 1);
    if (!found) return found.error();
    users = *found;
    const std::string name = of_epoch(id, retiring->number);
    if (!users.empty() && !*force) return error(Errc::refused, name + " is still needed: " + users);
    number = retiring->number;
    return store::Changes{users.empty() ? turned(id, *retiring, EpochEvent::retire, call.live.now())
                                        : taken(id, *retiring, EpochEvent::retire, call.live.now()),
                          audit(call.live, "epoch-retired", {}, name + (users.empty() ? "" : ", forced"))};
  });
  if (!done) return done.error();
  if (!number) return Json{{"id", id}, {"epoch", nullptr}, {"state", ""}, {"finished", true}};
  const auto finished = call.rollover.cut(id, *number, deadline_for(call.live));
  if (!finished) return finished.error();
  return Json{{"id", id}, {"epoch", *number}, {"state", "RETIRED"}, {"finished", *finished}};
}

Result<Json> revoke(Call& call) {
  if (auto known = only_fields(call.body, {}); !known) return known.error();
  const std::string& id = call.arguments[0];
  const auto number = parse_epoch(call.arguments[1]);
  if (!number) return number.error();
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    const auto kme = find_kme(store, id);
    if (!kme) return kme.error();
    const auto epoch = find_epoch(*kme, *number);
    if (!epoch) return epoch.error();
    if (!binding::next_state(epoch->state, EpochEvent::revoke))
      return error(Errc::refused, of_epoch(id, *number) + " is REVOKED already");
    return store::Changes{taken(id, *epoch, EpochEvent::revoke, call.live.now()),
                          audit(call.live, "epoch-revoked", {}, of_epoch(id, *number))};
  });
  if (!done) return done.error();
  const auto finished = call.rollover.cut(id, *number, deadline_for(call.live));
  if (!finished) return finished.error();
  return Json{{"id", id}, {"epoch", *number}, {"state", "REVOKED"}, {"finished", *finished}};
}

// When the network last spoke of the device, and of it under this epoch, where that names one device only.
struct Seen {
  UnixMs last = 0, evidence = 0;
  std::size_t imsis = 0;
};

Result<Seen> seen(store::Store& store, const Imei& imei, const std::string& kme, EpochNumber epoch) {
  constexpr std::size_t most = 64;
  const auto imsis = store.imsis_of(imei, {}, most);
  if (!imsis) return imsis.error();
  Seen out;
  out.imsis = imsis->size();
  for (const Imsi& imsi : *imsis) {
    const auto state = store.subscriber(imsi);
    if (!state) return state.error();
    if (!*state) continue;
    const binding::Binding& binding = (*state)->binding;
    if (binding.reported && binding.reported->imei == imei)
      out.last = std::max(out.last, binding.reported->at);
    if (!binding.evidence || binding.evidence->imei != imei) continue;
    out.last = std::max(out.last, binding.evidence->at);
    const auto same_kme = std::ranges::count(binding.associations, kme, &binding::Association::kme);
    const bool one_device = same_kme == 1 || (binding.reported && binding.reported->imei == imei);
    if (one_device && binding.evidence->epoch == epoch)
      out.evidence = std::max(out.evidence, binding.evidence->at);
  }
  return out;
}

Result<Json> laggard_row(store::Store& store, const store::Device& device, EpochNumber epoch, UnixMs now) {
  const auto when = seen(store, device.imei, device.kme, epoch);
  if (!when) return when.error();
  const auto row = find_device_epoch(store, device.imei, epoch);
  if (!row) return row.error();
  const bool asked = row->challenge && row->challenge->expires_at > now;
  return Json{{"imei", device.imei.str()},        {"imsis", when->imsis}, {"last_seen", time(when->last)},
              {"evidence", time(when->evidence)}, {"challenged", asked},  {"refused_proofs", row->refused}};
}

// The epoch that devices are to confirm: the STAGED one until it is ACTIVE.
const binding::Epoch* goal_of(const binding::Kme& kme) {
  const auto* active = kme.in_state(EpochState::active);
  if (active != nullptr && kme.in_state(EpochState::retiring) != nullptr) return active;
  const auto* staged = kme.in_state(EpochState::staged);
  return staged != nullptr ? staged : active;
}

Json number_in(const binding::Kme& kme, EpochState state) {
  const auto* epoch = kme.in_state(state);
  return epoch == nullptr ? Json(nullptr) : Json(epoch->number);
}

Result<Json> status(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  std::optional<Imei> after;
  if (const std::string key = page_after(call); !key.empty()) {
    const auto imei = Imei::parse(key);
    if (!imei) return imei.error();
    after = *imei;
  }
  store::Store& store = call.live.store();
  const auto kme = find_kme(store, call.arguments[0]);
  if (!kme) return kme.error();
  const binding::Epoch* goal = goal_of(*kme);
  Json out{{"id", kme->id},
           {"goal", goal == nullptr ? Json(nullptr) : Json(goal->number)},
           {"staged", number_in(*kme, EpochState::staged)},
           {"active", number_in(*kme, EpochState::active)},
           {"retiring", number_in(*kme, EpochState::retiring)}};
  Json items = Json::array();
  std::string next;
  if (goal != nullptr) {
    const auto progress = store.epoch_progress(kme->id, goal->number);
    if (!progress) return progress.error();
    out["devices"] = progress->devices;
    out["confirmed"] = progress->confirmed;
    out["imsis"] = progress->imsis;
    out["moved"] = progress->moved;
    const auto laggards = store.laggards(kme->id, goal->number, after, *limit);
    if (!laggards) return laggards.error();
    for (const store::Device& device : *laggards) {
      auto row = laggard_row(store, device, goal->number, call.live.now());
      if (!row) return row.error();
      items.push_back(*std::move(row));
    }
    if (laggards->size() == *limit) next = laggards->back().imei.str();
  }
  out["items"] = std::move(items);
  out["next"] = next;
  return out;
}

bool is_forced(const Call& call) {
  const auto force = flag(call.body, "force");
  return !force || *force;
}

constexpr std::array<Route, 4> routes{
    {{"GET", "/v1/kmes/{}/status", Access::read, Role::viewer, status},
     {"POST", "/v1/kmes/{}/activate", Access::change, Role::custodian, activate},
     {"POST", "/v1/kmes/{}/retire", Access::change, Role::custodian, retire, nullptr, is_forced},
     {"POST", "/v1/kmes/{}/epochs/{}/revoke", Access::change, Role::custodian, revoke, nullptr, always}}};

}  // namespace

std::span<const Route> rollover_routes() { return routes; }

}  // namespace simbiont::admin

// /v1/devices
#include <algorithm>
#include <array>
#include <utility>

#include "admin/binding_change.h"
#include "admin/epoch_fields.h"
#include "admin/fields.h"
#include "admin/route.h"

namespace simbiont::admin {
namespace {

constexpr std::array<std::pair<std::string_view, store::EquipmentState>, 3> states{
    {{"allowed", store::EquipmentState::allowed},
     {"barred", store::EquipmentState::barred},
     {"grey", store::EquipmentState::grey}}};

std::string_view name(store::EquipmentState state) {
  for (const auto& [text, value] : states)
    if (value == state) return text;
  return "?";
}

Json show(const store::Device& device) {
  return {{"imei", device.imei.str()}, {"kme", device.kme}, {"state", name(device.state)}};
}

// With the newest epoch that it has confirmed, and what is known of each.
Result<Json> show(store::Store& store, const store::Device& device) {
  const auto rows = store.device_epochs(device.imei);
  if (!rows) return rows.error();
  binding::EpochNumber newest = 0;
  Json epochs = Json::array();
  for (const auto& row : *rows) {
    if (row.confirmed()) newest = std::max(newest, row.epoch);
    epochs.push_back({{"epoch", row.epoch},
                      {"confirmed", row.proved_at != 0 ? "proof"
                                    : row.first        ? "first"
                                                       : "no"},
                      {"proved", time(row.proved_at)},
                      {"challenge_expires", time(row.challenge ? row.challenge->expires_at : 0)},
                      {"refused_proofs", row.refused}});
  }
  Json out = show(device);
  out["confirmed_epoch"] = newest;
  out["epochs"] = std::move(epochs);
  return out;
}

// The epoch that a device comes with from its maker.
Result<binding::EpochNumber> first_epoch(store::Store& store, const std::string& id,
                                         const std::string& came_with) {
  if (came_with.empty()) return active_epoch(store, id);
  const auto number = parse_epoch(came_with);
  if (!number) return number.error();
  const auto kme = find_kme(store, id);
  if (!kme) return kme.error();
  const auto epoch = find_epoch(*kme, *number);
  if (!epoch) return epoch.error();
  if (binding::usable(epoch->state) || epoch->state == binding::EpochState::staged) return *number;
  return error(Errc::refused,
               "epoch " + came_with + " of KME " + id + " is " + std::string(binding::name(epoch->state)));
}

Result<Json> get(Call& call) {
  const auto imei = Imei::parse(call.arguments[0]);
  if (!imei) return imei.error();
  const auto device = call.live.store().device(*imei);
  if (!device) return device.error();
  if (!*device) return error(Errc::not_found, "no device " + imei->str());
  const auto bound = call.live.store().device_is_bound(*imei);
  if (!bound) return bound.error();
  auto out = show(call.live.store(), **device);
  if (out) (*out)["bound"] = *bound;
  return out;
}

Result<Json> list(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  std::optional<Imei> after;
  if (const std::string key = page_after(call); !key.empty()) {
    const auto imei = Imei::parse(key);
    if (!imei) return imei.error();
    after = *imei;
  }
  const auto rows = call.live.store().devices(after, *limit);
  if (!rows) return rows.error();
  Json items = Json::array();
  for (const auto& row : *rows) items.push_back(show(row));
  return page(std::move(items), rows->size() == *limit ? rows->back().imei.str() : "");
}

Result<Json> add(Call& call) {
  if (auto known = only_fields(call.body, {"imei", "kme", "epoch"}); !known) return known.error();
  const auto digits = required_text(call.body, "imei");
  if (!digits) return digits.error();
  const auto id = required_text(call.body, "kme");
  if (!id) return id.error();
  const auto imei = Imei::parse(*digits);
  if (!imei) return imei.error();
  const auto came_with = text(call.body, "epoch");
  if (!came_with) return came_with.error();
  store::Device device{*imei, *id};
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    const auto first = first_epoch(store, *id, *came_with);
    if (!first) return first.error();
    device.first_epoch = *first;
    return store::Changes{store::PutDevice{device},
                          audit(call.live, "device-added", {}, imei->str() + " with " + *id)};
  });
  if (!done) return done.error();
  return show(call.live.store(), device);
}

Result<Json> set_state(Call& call) {
  if (auto known = only_fields(call.body, {"state"}); !known) return known.error();
  const auto given = required_text(call.body, "state");
  if (!given) return given.error();
  const auto state =
      std::find_if(states.begin(), states.end(), [&](const auto& each) { return each.first == *given; });
  if (state == states.end()) return error(Errc::invalid_argument, "a state is allowed, barred or grey");
  const auto imei = Imei::parse(call.arguments[0]);
  if (!imei) return imei.error();
  const Status done = call.live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{store::SetDeviceState{*imei, state->second},
                          audit(call.live, "device-state", {}, imei->str() + " " + *given)};
  });
  if (!done) return done.error();
  return Json{{"imei", imei->str()}, {"state", *given}};
}

Result<Json> remove(Call& call) {
  const auto imei = Imei::parse(call.arguments[0]);
  if (!imei) return imei.error();
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    const auto bound = store.device_is_bound(*imei);
    if (!bound) return bound.error();
    if (*bound)
      return error(Errc::refused, "device " + imei->str() + " is bound to an IMSI: unbind it first");
    return store::Changes{store::RemoveDevice{*imei}, audit(call.live, "device-removed", {}, imei->str())};
  });
  if (!done) return done.error();
  return Json{{"imei", imei->str()}};
}

constexpr std::array<Route, 5> routes{
    {{"GET", "/v1/devices", Access::read, Role::viewer, list},
     {"POST", "/v1/devices", Access::change, Role::operator_, add},
     {"GET", "/v1/devices/{}", Access::read, Role::viewer, get},
     {"PUT", "/v1/devices/{}/state", Access::change, Role::operator_, set_state},
     {"DELETE", "/v1/devices/{}", Access::change, Role::operator_, remove}}};

}  // namespace

std::span<const Route> device_routes() { return routes; }

}  // namespace simbiont::admin

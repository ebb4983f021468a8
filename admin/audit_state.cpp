#include "admin/audit_state.h"

#include "admin/json.h"
#include "aka/sqn.h"
#include "binding/life_cycle.h"

namespace simbiont::admin {
namespace {

constexpr std::size_t most_changes = 100;

Json show(const store::Subscriber& s) {
  return {{"alg", aka::name(s.algorithm)},
          {"amf", to_hex(s.amf)},
          {"sqn", aka::Sqn::make(s.seq_high, 0).value},
          {"msisdn", s.msisdn},
          {"apn", s.apns}};
}

Json show(const binding::Binding& b) {
  Json devices = Json::array();
  for (const auto& a : b.associations)
    devices.push_back({{"imei", a.imei.str()},
                       {"kme", a.kme},
                       {"epoch", a.epoch},
                       {"until", a.until == 0 ? Json("") : time(a.until)}});
  Json tacs = Json::array();
  for (const auto& range : b.learning.tacs) tacs.push_back(binding::text(range));
  return {{"mode", binding::name(b.mode)},
          {"state", binding::name(binding::state_of(b))},
          {"policy", binding::name(b.policy)},
          {"devices", std::move(devices)},
          {"pool", b.pool},
          {"learn_pool", b.learning.pool},
          {"learn_tacs", std::move(tacs)},
          {"reported", b.reported ? b.reported->imei.str() : ""}};
}

Json show(const binding::Kme& kme) {
  Json epochs = Json::array();
  for (const auto& epoch : kme.epochs)
    epochs.push_back({{"epoch", epoch.number},
                      {"state", binding::name(epoch.state)},
                      {"kcv", epoch.key.empty() ? "" : to_hex(binding::key_check_value(epoch.key))}});
  return {{"algorithm", binding::name(kme.algorithm)}, {"epochs", std::move(epochs)}};
}

Json show(const store::Pool& pool) {
  Json imeis = Json::array();
  for (const Imei& imei : pool.imeis) imeis.push_back(imei.str());
  return imeis;
}

std::string_view name(store::EquipmentState state) {
  switch (state) {
    case store::EquipmentState::allowed:
      return "allowed";
    case store::EquipmentState::barred:
      return "barred";
    case store::EquipmentState::grey:
      return "grey";
  }
  return "";
}

// Puts what a change changes into `before`, as the store has it, and into `after`.
struct Recorder {
  store::Store& store;
  Json before = Json::object(), after = Json::object();

  // The first change of an object finds it as it was.
  void note(const std::string& object, Json was, Json becomes) {
    if (!before.contains(object)) before[object] = std::move(was);
    after[object] = std::move(becomes);
  }
  Json subscriber(const Imsi& imsi) const {
    const auto state = store.subscriber(imsi);
    return state && *state ? show((*state)->subscriber) : Json();
  }
  Json binding(const Imsi& imsi) const {
    const auto state = store.subscriber(imsi);
    return state && *state ? show((*state)->binding) : Json();
  }
  Json pool(const std::string& name) const {
    const auto found = store.pool(name);
    return found && *found ? show(**found) : Json();
  }
  Json kme(const std::string& id) const {
    const auto found = store.kme(id);
    return found && *found ? show(**found) : Json();
  }
  Json device(const Imei& imei) const {
    const auto found = store.device(imei);
    if (!found || !*found) return {};
    return {{"kme", (*found)->kme}, {"first_epoch", (*found)->first_epoch}, {"state", name((*found)->state)}};
  }
  void sqn(const Imsi& imsi, std::uint64_t seq) {
    Json was = subscriber(imsi);
    Json becomes = was;
    becomes["sqn"] = aka::Sqn::make(seq, 0).value;
    note("subscriber " + imsi.str(), std::move(was), std::move(becomes));
  }

  void operator()(const store::PutSubscriber& c) {
    note("subscriber " + c.subscriber.imsi.str(), subscriber(c.subscriber.imsi), show(c.subscriber));
  }
  void operator()(const store::RemoveSubscriber& c) {
    note("subscriber " + c.imsi.str(), subscriber(c.imsi), nullptr);
    note("binding " + c.imsi.str(), binding(c.imsi), nullptr);
  }
  void operator()(const store::SetSeq& c) { sqn(c.imsi, c.value); }
  void operator()(const store::PutKme& c) { note("kme " + c.kme.id, kme(c.kme.id), show(c.kme)); }
  void operator()(const store::RemoveKme& c) { note("kme " + c.id, kme(c.id), nullptr); }
  void operator()(const store::PutDevice& c) {
    Json was = device(c.device.imei);
    Json becomes{{"kme", c.device.kme},
                 {"first_epoch", c.device.first_epoch},
                 {"state", was.is_null() ? name(c.device.state) : was["state"].get<std::string>()}};
    note("device " + c.device.imei.str(), std::move(was), std::move(becomes));
  }
  void operator()(const store::SetDeviceState& c) {
    Json was = device(c.imei);
    Json becomes = was;
    becomes["state"] = name(c.state);
    note("device " + c.imei.str(), std::move(was), std::move(becomes));
  }
  void operator()(const store::RemoveDevice& c) { note("device " + c.imei.str(), device(c.imei), nullptr); }
  void operator()(const store::PutBinding& c) {
    note("binding " + c.imsi.str(), binding(c.imsi), show(c.binding));
  }
  void operator()(const store::PutPool& c) { note("pool " + c.pool.name, pool(c.pool.name), show(c.pool)); }
  void operator()(const store::RemovePool& c) { note("pool " + c.name, pool(c.name), nullptr); }
  void operator()(const store::OweClr& c) { after["clr " + c.clr.imsi.str()].push_back(c.clr.host); }
  void operator()(const store::PutSetting& c) {
    const auto was = store.setting(c.name);
    note("setting " + c.name, was ? Json(*was) : Json(), c.value);
  }
  void operator()(const store::DecideApproval& c) {
    after["approval " + std::to_string(c.id)] = store::name(c.state);
  }
  template <class Other>
  void operator()(const Other&) {}
};

}  // namespace

BeforeAfter states(store::Store& store, const store::Changes& changes) {
  if (changes.size() > most_changes) return {"{}", dump(Json{{"changes", changes.size()}})};
  Recorder recorder{store};
  for (const store::Change& change : changes) std::visit(recorder, change);
  return {dump(recorder.before), dump(recorder.after)};
}

}  // namespace simbiont::admin

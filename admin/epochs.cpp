// /v1/kmes/ID/...: a new epoch, and the devices' confirmations of it (DESIGN 3, 4)
#include <array>

#include "admin/binding_change.h"
#include "admin/epoch_fields.h"
#include "admin/fields.h"
#include "admin/route.h"
#include "binding/transform.h"
#include "crypto/random.h"

namespace simbiont::admin {
namespace {

using binding::EpochState;

std::string of_epoch(const std::string& kme, binding::EpochNumber epoch) {
  return kme + " epoch " + std::to_string(epoch);
}

// Old material under a new number: how a roll-over is taken back.
Result<Secret> key_from(const binding::Kme& kme, std::string_view number) {
  const auto wanted = parse_epoch(number);
  if (!wanted) return wanted.error();
  const auto epoch = find_epoch(kme, *wanted);
  if (!epoch) return epoch.error();
  if (epoch->state == EpochState::revoked)
    return error(Errc::refused, of_epoch(kme.id, *wanted) + " is REVOKED: its key must not come again");
  if (epoch->key.empty())
    return error(Errc::refused, "the key of " + of_epoch(kme.id, *wanted) + " is erased");
  return epoch->key;
}

struct Material {
  std::string key, from;
  bool generate = false;
};

Result<Secret> make_key(const binding::Kme& kme, const Material& material) {
  if (!material.from.empty()) return key_from(kme, material.from);
  const std::size_t size = binding::key_size(kme.algorithm);
  if (!material.generate) return parse_key("key", material.key, size);
  ByteArray<Secret::max_size> octets{};
  crypto::SystemRandom random;
  random.fill(std::span(octets).first(size));
  Secret key{std::span(octets).first(size)};
  zeroise(octets);
  return key;
}

Result<Material> parse_material(const Json& body) {
  const auto generated = flag(body, "generate");
  if (!generated) return generated.error();
  auto key = text(body, "key");
  if (!key) return key.error();
  const auto from = text(body, "from");
  if (!from) return from.error();
  if ((*generated ? 1 : 0) + (key->empty() ? 0 : 1) + (from->empty() ? 0 : 1) != 1)
    return error(Errc::invalid_argument, "one of 'key', 'generate' and 'from' is given");
  return Material{*std::move(key), *from, *generated};
}

Result<binding::Epoch> next_epoch(const binding::Kme& kme, const Material& material, UnixMs now) {
  if (const auto* staged = kme.in_state(EpochState::staged))
    return error(Errc::refused,
                 of_epoch(kme.id, staged->number) + " is STAGED already: activate or revoke it");
  if (kme.epochs.size() >= store::epoch_limit)
    return error(Errc::refused, "a KME has at most " + std::to_string(store::epoch_limit) + " epochs");
  auto key = make_key(kme, material);
  if (!key) return key.error();
  return binding::Epoch{kme.highest() + 1, EpochState::staged, *std::move(key), now};
}

Result<Json> stage(Call& call) {
  if (auto known = only_fields(call.body, {"key", "generate", "from"}); !known) return known.error();
  auto material = parse_material(call.body);
  if (!material) return material.error();
  binding::Epoch epoch;
  const std::string& id = call.arguments[0];
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    const auto kme = find_kme(store, id);
    if (!kme) return kme.error();
    auto next = next_epoch(*kme, *material, call.live.now());
    if (!next) return next.error();
    epoch = *std::move(next);
    return store::Changes{store::PutEpoch{id, epoch},
                          audit(call.live, "kme-staged", {}, of_epoch(id, epoch.number))};
  });
  erase(material->key);
  if (!done) return done.error();
  return Json{{"id", id},
              {"epoch", epoch.number},
              {"state", binding::name(epoch.state)},
              {"kcv", to_hex(binding::key_check_value(epoch.key))}};
}

// One that a device may be asked for: it has a key and a future.
Status check_confirmable(const std::string& kme, const binding::Epoch& epoch) {
  if (!epoch.key.empty() && (epoch.state == EpochState::staged || binding::usable(epoch.state))) return {};
  return error(Errc::refused, of_epoch(kme, epoch.number) + " is " + std::string(binding::name(epoch.state)));
}

// What challenge and confirm name in their path: the KME's epoch, and a device of that KME.
struct Asked {
  std::string kme;
  binding::Epoch epoch;
  store::Device device;
};

Result<Asked> find_asked(store::Store& store, const std::vector<std::string>& arguments) {
  const auto kme = find_kme(store, arguments[0]);
  if (!kme) return kme.error();
  const auto number = parse_epoch(arguments[1]);
  if (!number) return number.error();
  auto epoch = find_epoch(*kme, *number);
  if (!epoch) return epoch.error();
  if (auto status = check_confirmable(kme->id, *epoch); !status) return status.error();
  auto device = find_device_of(store, arguments[2], kme->id);
  if (!device) return device.error();
  return Asked{kme->id, *std::move(epoch), *std::move(device)};
}

Result<Json> challenge(Call& call) {
  if (auto known = only_fields(call.body, {}); !known) return known.error();
  store::Challenge fresh;
  crypto::SystemRandom random;
  random.fill(fresh.octets);
  Json out;
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    const auto asked = find_asked(store, call.arguments);
    if (!asked) return asked.error();
    fresh.expires_at = call.live.now() + call.options.challenge_life_ms;
    const auto& [kme, epoch, device] = *asked;
    out = {{"id", kme},
           {"epoch", epoch.number},
           {"imei", device.imei.str()},
           {"challenge", to_hex(fresh.octets)},
           {"expires", time(fresh.expires_at)}};
    return store::Changes{store::SetChallenge{device.imei, kme, epoch.number, fresh}};
  });
  if (!done) return done.error();
  return out;
}

// Why the proof confirms nothing; empty when it does.
std::string fault_of(const Asked& asked, const store::DeviceEpoch& row, const Block& proof, UnixMs now) {
  if (!row.challenge) return "no challenge is outstanding: it was used, or there was none";
  if (row.challenge->expires_at <= now) return "the challenge has expired";
  const bool proved = binding::proves(asked.epoch.key, asked.device.imei, asked.kme, asked.epoch.number,
                                      row.challenge->octets, proof);
  return proved ? "" : "the proof is not that of this device, epoch and challenge";
}

// The IMSIs that the proof moves, in its own transaction: as many as one may hold. More than that are an
// odd device's, and follow.
constexpr std::size_t moved_at_once = 256;

struct Moved {
  std::vector<Imsi> imsis;
  std::optional<Imsi> last;  // there are more IMSIs, behind this one
};

Result<Moved> move_imsis_of(Call& call, store::Store& store, const store::Device& device,
                            const FreshProof& fresh, store::Changes& changes) {
  const auto imsis = store.imsis_of(device.imei, {}, moved_at_once);
  if (!imsis) return imsis.error();
  EpochRules rules(store, fresh);
  Moved moved;
  if (imsis->size() == moved_at_once) moved.last = imsis->back();
  for (const Imsi& imsi : *imsis) {
    const auto moves = move_imsi(rules, store, imsi, device.kme, moment_of(call.live, call.options), changes);
    if (!moves) return moves.error();
    if (*moves) moved.imsis.push_back(imsi);
  }
  return moved;
}

// What follows from a proof and is derived from what is stored if it is interrupted.
Result<Json> finish(Call& call, Json out, const Imei& imei, const Moved& moved) {
  const std::string& kme = call.arguments[0];
  if (moved.last) {
    Place place{{}, imei, moved.last, false};
    std::uint64_t more = 0;
    if (const auto swept = call.rollover.sweep(kme, place, deadline_for(call.live), more); !swept)
      return swept.error();
  }
  const auto retired = call.rollover.retire_if_unneeded(kme);
  if (!retired) return retired.error();
  out["moved"] = Json::array();
  for (const Imsi& imsi : moved.imsis) out["moved"].push_back(imsi.str());
  out["retired"] = *retired;
  return out;
}

Result<Json> confirm(Call& call) {
  if (auto known = only_fields(call.body, {"proof"}); !known) return known.error();
  const auto hex = required_text(call.body, "proof");
  if (!hex) return hex.error();
  Block proof{};
  if (!from_hex(*hex, proof)) return error(Errc::invalid_argument, "a proof is 32 hexadecimal digits");
  std::string fault;
  Json out;
  Moved moved;
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    const auto asked = find_asked(store, call.arguments);
    if (!asked) return asked.error();
    const auto& [kme, epoch, device] = *asked;
    const auto row = find_device_epoch(store, device.imei, epoch.number);
    if (!row) return row.error();
    const std::string detail = device.imei.str() + ' ' + of_epoch(kme, epoch.number);
    fault = fault_of(*asked, *row, proof, call.live.now());
    if (!fault.empty())
      return store::Changes{store::RefuseProof{device.imei, kme, epoch.number},
                            audit(call.live, "proof-refused", {}, detail + ": " + fault)};
    out = {{"id", kme}, {"epoch", epoch.number}, {"imei", device.imei.str()}, {"confirmed", true}};
    const bool active = epoch.state == EpochState::active;
    store::Changes changes{store::ConfirmEpoch{device.imei, kme, epoch.number, call.live.now(), active},
                           audit(call.live, "epoch-confirmed", {}, detail)};
    const FreshProof fresh{device.imei, epoch.number, active};
    auto moves = move_imsis_of(call, store, device, fresh, changes);
    if (!moves) return moves.error();
    moved = *std::move(moves);
    return changes;
  });
  if (!done) return done.error();
  if (!fault.empty()) return error(Errc::refused, fault);
  return finish(call, std::move(out), *Imei::parse(call.arguments[2]), moved);
}

constexpr std::array<Route, 3> routes{
    {{"POST", "/v1/kmes/{}/stage", Access::change, Role::custodian, stage},
     {"POST", "/v1/kmes/{}/epochs/{}/challenges/{}", Access::change, Role::operator_, challenge},
     {"POST", "/v1/kmes/{}/epochs/{}/confirmations/{}", Access::change, Role::operator_, confirm}}};

}  // namespace

std::span<const Route> epoch_routes() { return routes; }

}  // namespace simbiont::admin

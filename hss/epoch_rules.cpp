#include "hss/epoch_rules.h"

#include <algorithm>

namespace simbiont::hss {
namespace {

using binding::EpochNumber;
using binding::EpochState;

std::optional<EpochNumber> in_force(const binding::Binding& binding, const std::string& kme) {
  const auto found = std::ranges::find(binding.associations, kme, &binding::Association::kme);
  return found == binding.associations.end() ? std::nullopt : std::optional(found->epoch);
}

bool has_pair(const binding::Binding& binding, const binding::KeyPair& pair) {
  const auto is_it = [&](const auto& a) { return a.kme == pair.kme && a.epoch == pair.epoch; };
  return std::ranges::any_of(binding.associations, is_it) || std::ranges::any_of(binding.former, is_it);
}

std::vector<binding::KeyPair> pairs_of(const binding::Binding& binding) {
  std::vector<binding::KeyPair> pairs = binding.former;
  for (const auto& a : binding.associations) pairs.push_back({a.kme, a.epoch});
  return pairs;
}

// GSM AKA has no MAC that would tell a device to try its other slot: it makes the slot current and then
// confirms, so only a proof of the ACTIVE epoch counts for a SIM.
bool counts(const store::DeviceEpoch& row, bool sim) {
  return row.first || (row.proved_at != 0 && (!sim || row.proved_active));
}

}  // namespace

Result<const binding::Kme*> EpochRules::kme(const std::string& id) {
  auto known = kmes_.find(id);
  if (known == kmes_.end()) {
    auto read = store_.kme(id);
    if (!read) return read.error();
    known = kmes_.emplace(id, *std::move(read)).first;
  }
  return known->second ? &*known->second : nullptr;
}

Result<bool> EpochRules::has_confirmed(const Imei& imei, EpochNumber epoch, bool sim) {
  if (fresh_ && fresh_->imei == imei && fresh_->epoch == epoch && (!sim || fresh_->active)) return true;
  auto known = rows_.find(imei);
  if (known == rows_.end()) {
    auto read = store_.device_epochs(imei);
    if (!read) return read.error();
    known = rows_.emplace(imei, *std::move(read)).first;
  }
  const auto row = std::ranges::find(known->second, epoch, &store::DeviceEpoch::epoch);
  return row != known->second.end() && counts(*row, sim);
}

Result<std::size_t> EpochRules::count_confirmed(const std::vector<Imei>& devices, const binding::Epoch* epoch,
                                                bool sim) {
  std::size_t count = 0;
  for (const Imei& imei : devices) {
    if (epoch == nullptr) return count;
    const auto confirmed = has_confirmed(imei, epoch->number, sim);
    if (!confirmed) return confirmed.error();
    if (*confirmed) ++count;
  }
  return count;
}

Result<EpochNumber> EpochRules::choose(const std::string& id, std::optional<EpochNumber> in_force,
                                       const std::vector<Imei>& devices, bool sim) {
  const auto found = kme(id);
  if (!found) return found.error();
  if (*found == nullptr) return error(Errc::not_found, "no KME " + id);
  const binding::Epoch *active = (*found)->in_state(EpochState::active),
                       *retiring = (*found)->in_state(EpochState::retiring);
  const auto of_active = count_confirmed(devices, active, sim);
  if (!of_active) return of_active.error();
  if (in_force) return binding::epoch_in_force(**found, *in_force, *of_active == devices.size());
  const auto of_retiring = count_confirmed(devices, retiring, sim);
  if (!of_retiring) return of_retiring.error();
  // One that all of them hold, else one that some hold, else one that they have to confirm first.
  for (const std::size_t enough : {devices.size(), std::size_t{1}}) {
    if (active != nullptr && *of_active >= enough) return active->number;
    if (retiring != nullptr && *of_retiring >= enough) return retiring->number;
  }
  if (active == nullptr) return error(Errc::refused, "KME " + id + " has no ACTIVE epoch");
  return active->number;
}

Result<bool> EpochRules::is_revoked(const binding::KeyPair& pair) {
  const auto found = kme(pair.kme);
  if (!found) return found.error();
  const binding::Epoch* epoch = *found == nullptr ? nullptr : (*found)->find(pair.epoch);
  return epoch != nullptr && epoch->state == EpochState::revoked;
}

Status EpochRules::settle(const store::Subscriber& subscriber, const binding::Binding& before,
                          binding::Binding& after) {
  const bool sim = subscriber.algorithm == aka::Algorithm::gsm_milenage;
  std::map<std::string, std::vector<Imei>> devices;
  for (const auto& a : after.associations) devices[a.kme].push_back(a.imei);
  for (const auto& [id, imeis] : devices) {
    const auto epoch = choose(id, in_force(before, id), imeis, sim);
    if (!epoch) return epoch.error();
    for (auto& a : after.associations) {
      if (a.kme != id) continue;
      const auto confirmed = has_confirmed(a.imei, *epoch, false);
      if (!confirmed) return confirmed.error();
      a.epoch = *epoch;
      a.confirmed = *confirmed;
    }
  }
  return {};
}

Result<bool> EpochRules::drops_revoked(const binding::Binding& before, const binding::Binding& after) {
  for (const binding::KeyPair& pair : pairs_of(before)) {
    if (has_pair(after, pair)) continue;
    const auto revoked = is_revoked(pair);
    if (!revoked || *revoked) return revoked;
  }
  return false;
}

Status EpochRules::forget_revoked(binding::Binding& binding) {
  std::vector<binding::KeyPair> kept;
  for (const binding::KeyPair& pair : binding.former) {
    const auto revoked = is_revoked(pair);
    if (!revoked) return revoked.error();
    if (!*revoked) kept.push_back(pair);
  }
  binding.former = std::move(kept);
  return {};
}

}  // namespace simbiont::hss

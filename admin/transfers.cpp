// /v1/devices/IMEI/transfer, /v1/receipts: a device that gets another owner (DESIGN 4)
#include <algorithm>
#include <array>
#include <charconv>

#include "admin/binding_change.h"
#include "admin/epoch_fields.h"
#include "admin/rollover.h"
#include "admin/route.h"
#include "crypto/random.h"

namespace simbiont::admin {
namespace {

using binding::EpochEvent;
using binding::EpochState;

Secret fresh_key(binding::TransformAlgorithm algorithm) {
  ByteArray<Secret::max_size> octets{};
  const auto size = binding::key_size(algorithm);
  crypto::SystemRandom random;
  random.fill(std::span(octets).first(size));
  Secret key{std::span(octets).first(size)};
  zeroise(octets);
  return key;
}

// What a transfer came to, for the answer.
struct Outcome {
  store::Receipt receipt{0, Imei::from_key(0), 0, {}, {}, {}};
  std::vector<std::string> clr_hosts, without_vectors;
  std::optional<binding::EpochNumber> staged;  // for the devices that stay
  bool kme_retired = false;
};

class Transfer {
 public:
  Transfer(Call& call, store::Store& store, Outcome& outcome)
      : call_(call), store_(store), outcome_(outcome) {}

  Result<store::Changes> decide() {
    const auto imei = Imei::parse(call_.arguments[0]);
    if (!imei) return imei.error();
    const auto device = store_.device(*imei);
    if (!device) return device.error();
    if (!*device) return error(Errc::not_found, "no device " + imei->str());
    const auto known = store_.device_epochs(*imei);
    if (!known) return known.error();
    outcome_.receipt = {0, *imei, call_.live.now(), (*device)->kme, {}, {}};
    for (const auto& row : *known)
      if (row.confirmed()) outcome_.receipt.epochs.push_back(row.epoch);
    if (auto status = unbind_all(**device); !status) return status.error();
    changes_.push_back(store::RemoveDevice{*imei});
    if (auto status = leave_kme(**device, *known); !status) return status.error();
    changes_.push_back(store::AddReceipt{outcome_.receipt});
    changes_.push_back(audit(call_.live, "device-transferred", {}, imei->str() + " of " + (*device)->kme));
    return std::move(changes_);
  }

 private:
  Status unbind_all(const store::Device& device) {
    const auto imsis = store_.imsis_of(device.imei, {}, store::receipt_imsi_limit + 1);
    if (!imsis) return imsis.error();
    if (imsis->size() > store::receipt_imsi_limit)
      return error(Errc::refused, "the device is bound to more than " +
                                      std::to_string(store::receipt_imsi_limit) +
                                      " IMSIs: unbind some first");
    outcome_.receipt.imsis = *imsis;
    for (const Imsi& imsi : *imsis) {
      const auto state = store_.subscriber(imsi);
      if (!state) return state.error();
      if (!*state) continue;
      binding::Binding after = (*state)->binding;
      std::erase_if(after.associations, [&](const auto& a) { return a.imei == device.imei; });
      if (!binding::issues_plain(after.mode) && after.associations.empty())
        outcome_.without_vectors.push_back(imsi.str());
      std::vector<std::string> hosts;
      Status changed = change_binding(store_, **state, std::move(after), moment_of(call_.live, call_.options),
                                      changes_, hosts);
      if (!changed) return changed;
      outcome_.clr_hosts.insert(outcome_.clr_hosts.end(), hosts.begin(), hosts.end());
    }
    return {};
  }

  void turn(const binding::Kme& kme, const binding::Epoch& epoch, EpochState state, std::string_view kind) {
    binding::Epoch next = epoch;
    next.state = state;
    next.since = call_.live.now();
    changes_.push_back(store::PutEpoch{kme.id, next});
    changes_.push_back(audit(call_.live, kind, {}, kme.id + " epoch " + std::to_string(epoch.number)));
  }

  // The last device: nothing is made under the KME any more. Others: they need an epoch that the one which
  // goes does not know.
  Status leave_kme(const store::Device& device, const std::vector<store::DeviceEpoch>& known) {
    const auto kme = find_kme(store_, device.kme);
    if (!kme) return kme.error();
    const auto devices = store_.devices_of(device.kme, {}, 2);
    if (!devices) return devices.error();
    if (devices->size() == 1) return retire_all(*kme);
    if (const auto* staged = kme->in_state(EpochState::staged)) {
      const bool seen =
          std::ranges::any_of(known, [&](const auto& row) { return row.epoch == staged->number; });
      if (!seen) {
        outcome_.staged = staged->number;
        return {};
      }
      turn(*kme, *staged, EpochState::revoked, "epoch-revoked");
    }
    if (kme->epochs.size() >= store::epoch_limit) return error(Errc::refused, "the KME has too many epochs");
    outcome_.staged = kme->highest() + 1;
    turn(*kme, {*outcome_.staged, EpochState::staged, fresh_key(kme->algorithm)}, EpochState::staged,
         "kme-staged");
    return {};
  }

  Status retire_all(const binding::Kme& kme) {
    outcome_.kme_retired = true;
    for (const binding::Epoch& epoch : kme.epochs) {
      if (epoch.state == EpochState::staged) turn(kme, epoch, EpochState::revoked, "epoch-revoked");
      if (binding::usable(epoch.state)) turn(kme, epoch, EpochState::retired, "kme-retired");
    }
    return {};
  }

  Call& call_;
  store::Store& store_;
  Outcome& outcome_;
  store::Changes changes_;
};

Json show(const store::Receipt& receipt) {
  Json imsis = Json::array();
  for (const Imsi& imsi : receipt.imsis) imsis.push_back(imsi.str());
  return {{"id", receipt.id},   {"time", time(receipt.at)}, {"imei", receipt.imei.str()},
          {"kme", receipt.kme}, {"epochs", receipt.epochs}, {"imsis", std::move(imsis)}};
}

Result<Json> transfer(Call& call) {
  if (auto known = only_fields(call.body, {}); !known) return known.error();
  Outcome outcome;
  const Status done = call.live.transact([&](store::Store& store) {
    outcome = {};
    return Transfer(call, store, outcome).decide();
  });
  if (!done) return done.error();
  Json out = show(outcome.receipt);
  out.erase("id");
  out["staged"] = outcome.staged ? Json(*outcome.staged) : Json(nullptr);
  out["kme_retired"] = outcome.kme_retired;
  out["clr_to"] = outcome.clr_hosts;
  out["without_vectors"] = outcome.without_vectors;
  return out;
}

Result<Json> receipts(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  const std::string key = page_after(call);
  std::int64_t after = 0;
  const auto [end, failed] = std::from_chars(key.data(), key.data() + key.size(), after);
  if (!key.empty() && (failed != std::errc() || end != key.data() + key.size()))
    return error(Errc::invalid_argument, "'after' is not a receipt's id");
  const auto rows = call.live.store().receipts(after, *limit);
  if (!rows) return rows.error();
  Json items = Json::array();
  for (const auto& row : *rows) items.push_back(show(row));
  return page(std::move(items), rows->size() == *limit ? std::to_string(rows->back().id) : "");
}

constexpr std::array<Route, 2> routes{{{"POST", "/v1/devices/{}/transfer", Access::change, Role::custodian, transfer},
                                       {"GET", "/v1/receipts", Access::read, Role::viewer, receipts}}};

}  // namespace

std::span<const Route> transfer_routes() { return routes; }

}  // namespace simbiont::admin

// The life cycle of K_MEs in the memory store: its reads and its changes.
#include "store/memory_epochs.h"

#include "store/check.h"
#include "store/memory_changes.h"

namespace simbiont::store {
namespace {

template <class Keep>
std::vector<Device> devices_where(const Tables& tables, std::string_view kme, std::optional<Imei> after,
                                  std::size_t limit, const Keep& keep) {
  std::vector<Device> out;
  for (auto at = after ? tables.devices.upper_bound(*after) : tables.devices.begin();
       at != tables.devices.end() && out.size() < limit; ++at) {
    if (at->second.kme == kme && keep(at->second)) out.push_back(at->second);
  }
  return out;
}

}  // namespace

Result<std::vector<DeviceEpoch>> MemoryReads::device_epochs(const Imei& imei) {
  const std::lock_guard lock(mutex_);
  std::vector<DeviceEpoch> out;
  const auto device = tables_.devices.find(imei);
  if (device == tables_.devices.end()) return out;
  std::map<binding::EpochNumber, DeviceEpoch> rows;
  const auto known = tables_.device_epochs.find({imei, device->second.kme});
  if (known != tables_.device_epochs.end()) rows = known->second;
  for (auto& [number, row] : rows) row.first = false;
  DeviceEpoch& first = rows[device->second.first_epoch];
  first.epoch = device->second.first_epoch;
  first.first = true;
  for (const auto& [number, row] : rows) out.push_back(row);
  return out;
}

Result<std::vector<Device>> MemoryReads::devices_of(std::string_view kme, std::optional<Imei> after,
                                                    std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return devices_where(tables_, kme, after, limit, [](const Device&) { return true; });
}

Result<std::vector<Imsi>> MemoryReads::imsis_of(const Imei& imei, std::optional<Imsi> after,
                                                std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<Imsi> out;
  for (const auto& [imsi, row] : tables_.rows) {
    if (out.size() == limit) break;
    if ((!after || *after < imsi) && names(row, imei)) out.push_back(imsi);
  }
  return out;
}

Result<std::vector<EpochUser>> MemoryReads::epoch_users(std::string_view kme, binding::EpochNumber below,
                                                        std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<EpochUser> out;
  for (const auto& [imsi, row] : tables_.rows) {
    for (const auto& a : row.binding.associations)
      if (a.epoch < below && tables_.devices.at(a.imei).kme == kme) out.push_back({imsi, a.imei, a.epoch});
  }
  std::sort(out.begin(), out.end(), [](const EpochUser& a, const EpochUser& b) {
    return std::tie(a.imei, a.imsi) < std::tie(b.imei, b.imsi);
  });
  if (out.size() > limit) out.erase(out.begin() + static_cast<std::ptrdiff_t>(limit), out.end());
  return out;
}

Result<std::vector<Device>> MemoryReads::laggards(std::string_view kme, binding::EpochNumber epoch,
                                                  std::optional<Imei> after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return devices_where(tables_, kme, after, limit,
                       [&](const Device& device) { return !has_confirmed(tables_, device, epoch); });
}

Result<EpochProgress> MemoryReads::epoch_progress(std::string_view kme, binding::EpochNumber epoch) {
  const std::lock_guard lock(mutex_);
  EpochProgress out;
  for (const auto& [imei, device] : tables_.devices) {
    if (device.kme != kme) continue;
    ++out.devices;
    if (has_confirmed(tables_, device, epoch)) ++out.confirmed;
  }
  for (const auto& [imsi, row] : tables_.rows) {
    bool bound = false, moved = false;
    for (const auto& a : row.binding.associations) {
      if (tables_.devices.at(a.imei).kme != kme) continue;
      bound = true;
      moved = moved || a.epoch >= epoch;
    }
    if (bound) ++out.imsis;
    if (moved) ++out.moved;
  }
  return out;
}

Result<std::vector<Imsi>> MemoryReads::former_users(std::string_view kme, binding::EpochNumber epoch,
                                                    std::size_t limit) {
  const std::lock_guard lock(mutex_);
  const binding::KeyPair pair{std::string(kme), epoch};
  std::vector<Imsi> out;
  for (const auto& [imsi, row] : tables_.rows) {
    const auto& former = row.binding.former;
    if (out.size() == limit) break;
    if (std::find(former.begin(), former.end(), pair) != former.end()) out.push_back(imsi);
  }
  return out;
}

Result<std::vector<EpochAtWork>> MemoryReads::epochs_at_work(std::string_view after_kme,
                                                             binding::EpochNumber after_epoch,
                                                             std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<EpochAtWork> out;
  for (const auto& [id, kme] : tables_.kmes) {
    for (const auto& epoch : kme.epochs) {
      const bool over =
          epoch.state == binding::EpochState::retired || epoch.state == binding::EpochState::revoked;
      const bool at_work = epoch.state == binding::EpochState::retiring || epoch.cutting.has_value() ||
                           (over && !epoch.key.empty());
      if (!at_work || out.size() == limit || std::tie(id, epoch.number) <= std::tie(after_kme, after_epoch))
        continue;
      out.push_back({id, {epoch.number, epoch.state, {}, epoch.since, epoch.cutting}, !epoch.key.empty()});
    }
  }
  return out;
}

Result<std::vector<Receipt>> MemoryReads::receipts(std::int64_t after_id, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<Receipt> out;
  for (auto at = tables_.receipts.upper_bound(after_id); at != tables_.receipts.end() && out.size() < limit;
       ++at)
    out.push_back(at->second);
  return out;
}

Status MemoryGroup::operator()(const PutEpoch& c) {
  const auto kme = tables_.kmes.find(c.kme);
  if (kme == tables_.kmes.end()) return no_kme(c.kme);
  save(tables_.kmes, c.kme);
  auto& epochs = kme->second.epochs;
  const auto at = std::find_if(epochs.begin(), epochs.end(),
                               [&](const auto& epoch) { return epoch.number >= c.epoch.number; });
  if (at != epochs.end() && at->number == c.epoch.number) {
    *at = c.epoch;
  } else {
    epochs.insert(at, c.epoch);
  }
  return {};
}

Status MemoryGroup::operator()(const SetCutting& c) {
  const auto kme = tables_.kmes.find(c.kme);
  if (kme == tables_.kmes.end() || kme->second.find(c.epoch) == nullptr) return no_kme(c.kme);
  save(tables_.kmes, c.kme);
  for (auto& epoch : kme->second.epochs)
    if (epoch.number == c.epoch) epoch.cutting = c.cutting;
  return {};
}

Status MemoryGroup::operator()(const SetChallenge& c) {
  DeviceEpoch* row = touch(c.imei, c.kme, c.epoch);
  if (row == nullptr) return no_device(c.imei);
  row->challenge = c.challenge;
  return {};
}

Status MemoryGroup::operator()(const ConfirmEpoch& c) {
  DeviceEpoch* row = touch(c.imei, c.kme, c.epoch);
  if (row == nullptr) return no_device(c.imei);
  row->proved_at = c.at;
  row->proved_active = row->proved_active || c.active;
  row->challenge.reset();
  return {};
}

Status MemoryGroup::operator()(const RefuseProof& c) {
  DeviceEpoch* row = touch(c.imei, c.kme, c.epoch);
  if (row == nullptr) return no_device(c.imei);
  ++row->refused;
  return {};
}

Status MemoryGroup::operator()(const AddReceipt& c) {
  const std::int64_t id = tables_.receipts.empty() ? 1 : tables_.receipts.rbegin()->first + 1;
  save(tables_.receipts, id);
  tables_.receipts.emplace(id, c.receipt).first->second.id = id;
  return {};
}

void MemoryGroup::know_first_epoch(const Device& device) {
  touch_row(device.imei, device.kme, device.first_epoch).first = true;
}

binding::EpochNumber MemoryGroup::first_epoch(const Device& device) const {
  const auto known = tables_.device_epochs.find({device.imei, device.kme});
  if (known == tables_.device_epochs.end()) return device.first_epoch;
  for (const auto& [number, row] : known->second)
    if (row.first) return number;
  return device.first_epoch;
}

void MemoryGroup::forget_device_epochs(
    const std::function<bool(const Imei&, const std::string& kme)>& which) {
  auto& all = tables_.device_epochs;
  for (auto at = all.begin(); at != all.end();) {
    const auto key = at->first;
    const bool goes = which(key.first, key.second);
    if (goes) save(all, key);
    at = goes ? all.erase(at) : std::next(at);
  }
}

DeviceEpoch* MemoryGroup::touch(const Imei& imei, const std::string& kme, binding::EpochNumber epoch) {
  const auto device = tables_.devices.find(imei);
  if (device == tables_.devices.end() || device->second.kme != kme) return nullptr;
  return &touch_row(imei, kme, epoch);
}

DeviceEpoch& MemoryGroup::touch_row(const Imei& imei, const std::string& kme, binding::EpochNumber epoch) {
  save(tables_.device_epochs, {imei, kme});
  DeviceEpoch& row = tables_.device_epochs[{imei, kme}][epoch];
  row.epoch = epoch;
  return row;
}

}  // namespace simbiont::store

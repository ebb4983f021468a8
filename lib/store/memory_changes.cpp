#include "store/memory_changes.h"

#include <algorithm>
#include <variant>

#include "store/check.h"

namespace simbiont::store {

Status MemoryGroup::apply(const Changes& changes) {
  for (const Change& change : changes) {
    auto status = check(change);
    if (status) status = std::visit(*this, change);
    if (status) continue;
    undo();
    return status;
  }
  return {};
}

Status MemoryGroup::operator()(const PutSubscriber& c) {
  const Imsi imsi = c.subscriber.imsi;
  const auto found = tables_.rows.find(imsi);
  if (found == tables_.rows.end()) {
    save(tables_.rows, imsi);
    Row& row = tables_.rows.emplace(imsi, Row{c.subscriber, {}, {}, {}, {}}).first->second;
    const auto retired = tables_.retired_seqs.find(imsi);
    if (retired != tables_.retired_seqs.end())
      row.subscriber.seq_high = std::max(row.subscriber.seq_high, retired->second);
    return {};
  }
  if (!c.replace) return exists_already("subscriber " + imsi.str());
  save(tables_.rows, imsi);
  const std::uint64_t seq_high = std::max(found->second.subscriber.seq_high, c.subscriber.seq_high);
  found->second.subscriber = c.subscriber;
  found->second.subscriber.seq_high = seq_high;
  return {};
}

Status MemoryGroup::operator()(const RemoveSubscriber& c) {
  const Row* row = touch(c.imsi);
  if (row == nullptr) return no_subscriber(c.imsi);
  save(tables_.retired_seqs, c.imsi);
  tables_.retired_seqs.insert_or_assign(c.imsi, row->subscriber.seq_high);
  tables_.rows.erase(c.imsi);
  return {};
}

Status MemoryGroup::operator()(const RaiseSeq& c) {
  Row* row = touch(c.imsi);
  if (row == nullptr) return no_subscriber(c.imsi);
  row->subscriber.seq_high = std::max(row->subscriber.seq_high, c.value);
  return {};
}

Status MemoryGroup::operator()(const SetSeq& c) {
  Row* row = touch(c.imsi);
  if (row == nullptr) return no_subscriber(c.imsi);
  row->subscriber.seq_high = c.value;
  return {};
}

Status MemoryGroup::operator()(const PutKme& c) {
  if (tables_.kmes.contains(c.kme.id) && !c.replace) return exists_already("KME " + c.kme.id);
  save(tables_.kmes, c.kme.id);
  tables_.kmes.insert_or_assign(c.kme.id, c.kme);
  return {};
}

Status MemoryGroup::operator()(const RemoveKme& c) {
  if (!tables_.kmes.contains(c.id)) return no_kme(c.id);
  const bool held = std::any_of(tables_.devices.begin(), tables_.devices.end(),
                                [&](const auto& entry) { return entry.second.kme == c.id; });
  if (held) return error(Errc::refused, "devices have KME " + c.id);
  save(tables_.kmes, c.id);
  tables_.kmes.erase(c.id);
  return {};
}

Status MemoryGroup::operator()(const PutDevice& c) {
  const Device& device = c.device;
  if (!tables_.kmes.contains(device.kme)) return no_kme(device.kme);
  if (tables_.devices.contains(device.imei) && !c.replace) {
    return exists_already("device " + device.imei.str());
  }
  save(tables_.devices, device.imei);
  const auto before = tables_.devices.find(device.imei);
  Device kept = device;
  kept.state = before == tables_.devices.end() ? EquipmentState::allowed : before->second.state;
  tables_.devices.insert_or_assign(device.imei, std::move(kept));
  return {};
}

Status MemoryGroup::operator()(const SetDeviceState& c) {
  if (!tables_.devices.contains(c.imei)) return no_device(c.imei);
  save(tables_.devices, c.imei);
  tables_.devices.at(c.imei).state = c.state;
  return {};
}

Status MemoryGroup::operator()(const RemoveDevice& c) {
  if (!tables_.devices.contains(c.imei)) return no_device(c.imei);
  if (is_bound(tables_, c.imei)) return error(Errc::refused, "device " + c.imei.str() + " is bound");
  save(tables_.devices, c.imei);
  tables_.devices.erase(c.imei);
  return {};
}

Status MemoryGroup::operator()(const PutBinding& c) {
  Row* row = touch(c.imsi);
  if (row == nullptr) return no_subscriber(c.imsi);
  for (const auto& association : c.binding.associations) {
    if (!tables_.devices.contains(association.imei)) return no_device(association.imei);
  }
  row->binding = c.binding;
  return {};
}

Status MemoryGroup::operator()(const SetReported& c) {
  Row* row = touch(c.imsi);
  if (row == nullptr) return no_subscriber(c.imsi);
  if (c.unless_newer && row->binding.reported && row->binding.reported->at > c.hint.at) return {};
  row->binding.reported = c.hint;
  return {};
}

Status MemoryGroup::operator()(const SetEvidence& c) {
  Row* row = touch(c.imsi);
  if (row == nullptr) return no_subscriber(c.imsi);
  if (c.unless_newer && row->binding.evidence && row->binding.evidence->at > c.hint.at) return {};
  row->binding.evidence = c.hint;
  return {};
}

Status MemoryGroup::operator()(const PutRegistration& c) {
  Row* row = touch(c.registration.imsi);
  if (row == nullptr) return no_subscriber(c.registration.imsi);
  row->registration = c.registration;
  return {};
}

Status MemoryGroup::operator()(const RemoveRegistration& c) {
  Row* row = touch(c.imsi);
  if (row != nullptr && row->registration && row->registration->host == c.host) row->registration.reset();
  return {};
}

Status MemoryGroup::operator()(const PutVectorNode& c) {
  Row* row = touch(c.node.imsi);
  if (row == nullptr) return no_subscriber(c.node.imsi);
  VectorNode& node = row->nodes.try_emplace(c.node.host, c.node).first->second;
  node.realm = c.node.realm;
  node.plain_at = std::max(node.plain_at, c.node.plain_at);
  node.bound_at = std::max(node.bound_at, c.node.bound_at);
  while (row->nodes.size() > vector_node_limit) {
    const auto longest = longest_unused(row->nodes, c.plain_dead_before);
    if (longest == row->nodes.end()) return too_many_nodes(c.node.imsi);
    row->nodes.erase(longest);
  }
  return {};
}

Status MemoryGroup::operator()(const OweClr& c) {
  for (const auto& [id, owed] : tables_.owed) {
    if (owed.imsi != c.clr.imsi || owed.host != c.clr.host) continue;
    if (owed.cancellation_type != c.clr.cancellation_type) continue;
    erase_owed(id);
    break;
  }
  const std::int64_t id = ++tables_.last_owed;
  save(tables_.owed, id);
  tables_.owed.emplace(id, c.clr).first->second.id = id;
  return {};
}

Status MemoryGroup::operator()(const SettleClr& c) {
  erase_owed(c.id);
  return {};
}

Status MemoryGroup::operator()(const PutHistory& c) {
  Row* row = touch(c.entry.imsi);
  if (row == nullptr) return no_subscriber(c.entry.imsi);
  HistoryEntry entry = c.entry;
  entry.imei = cut(entry.imei);
  entry.software_version = cut(entry.software_version);
  auto& all = row->history;
  const auto old = std::find_if(all.begin(), all.end(), [&](const HistoryEntry& one) {
    return one.imei == entry.imei && one.host == entry.host;
  });
  if (old != all.end()) {
    entry.first_at = std::min(entry.first_at, old->first_at);
    entry.last_at = std::max(entry.last_at, old->last_at);
    entry.count += old->count;
    all.erase(old);
  }
  all.push_back(std::move(entry));
  std::sort(all.begin(), all.end(), newer);
  if (all.size() > history_limit) all.pop_back();
  return {};
}

Status MemoryGroup::operator()(const AddEvent& c) {
  const std::int64_t id = ++tables_.last_event;
  save(tables_.events, id);
  Event& event = tables_.events.emplace(id, c.event).first->second;
  event.id = id;
  event.detail = cut(c.event.detail);
  if (tables_.events.size() <= event_limit) return {};
  save(tables_.events, tables_.events.begin()->first);
  tables_.events.erase(tables_.events.begin());
  return {};
}

void MemoryGroup::erase_owed(std::int64_t id) {
  save(tables_.owed, id);
  tables_.owed.erase(id);
}

Row* MemoryGroup::touch(const Imsi& imsi) {
  const auto found = tables_.rows.find(imsi);
  if (found == tables_.rows.end()) return nullptr;
  save(tables_.rows, imsi);
  return &found->second;
}

void MemoryGroup::undo() {
  while (!undo_.empty()) {
    undo_.back()();
    undo_.pop_back();
  }
  tables_.last_owed = last_owed_;
  tables_.last_event = last_event_;
}

}  // namespace simbiont::store

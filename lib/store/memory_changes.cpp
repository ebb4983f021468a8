#include "store/memory_changes.h"

#include <algorithm>

#include "store/check.h"
#include "store/contexts.h"

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
    row.subscriber.contexts = contexts_after({}, c.subscriber.apns);
    const auto retired = tables_.retired_seqs.find(imsi);
    if (retired != tables_.retired_seqs.end())
      row.subscriber.seq_high = std::max(row.subscriber.seq_high, retired->second);
    return {};
  }
  if (!c.replace) return exists_already("subscriber " + imsi.str());
  save(tables_.rows, imsi);
  Subscriber& kept = found->second.subscriber;
  const std::uint64_t seq_high = std::max(kept.seq_high, c.subscriber.seq_high);
  auto contexts = contexts_after({kept.apns, kept.contexts}, c.subscriber.apns);
  kept = c.subscriber;
  kept.seq_high = seq_high;
  kept.contexts = std::move(contexts);
  return {};
}

Status MemoryGroup::operator()(const RemoveSubscriber& c) {
  const Row* row = touch(c.imsi);
  if (row == nullptr) return no_subscriber(c.imsi);
  save(tables_.retired_seqs, c.imsi);
  tables_.retired_seqs.insert_or_assign(c.imsi, row->subscriber.seq_high);
  tables_.rows.erase(c.imsi);
  return apply_job_change(tables_, RemoveSyncNamed{c.imsi}, undo_);
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
  forget_device_epochs([&](const Imei&, const std::string& kme) { return kme == c.id; });
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
  kept.state = EquipmentState::allowed;
  if (before != tables_.devices.end()) {
    kept.state = before->second.state;
    know_first_epoch(before->second);
  }
  kept.first_epoch = first_epoch(kept);
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
  for (const auto& [name, pool] : tables_.pools) {
    if (std::find(pool.imeis.begin(), pool.imeis.end(), c.imei) != pool.imeis.end())
      return pooled(c.imei, name);
  }
  if (c.forget) {
    forget_device_epochs([&](const Imei& imei, const std::string&) { return imei == c.imei; });
  } else {
    know_first_epoch(tables_.devices.at(c.imei));
  }
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
  for (const std::string& pool : {c.binding.pool, c.binding.learning.pool}) {
    if (!pool.empty() && !tables_.pools.contains(pool)) return no_pool(pool);
  }
  row->binding = c.binding;
  return {};
}

Status MemoryGroup::operator()(const PutPool& c) {
  for (const Imei& imei : c.pool.imeis) {
    if (!tables_.devices.contains(imei)) return no_device(imei);
  }
  save(tables_.pools, c.pool.name);
  tables_.pools.insert_or_assign(c.pool.name, c.pool);
  return {};
}

Status MemoryGroup::operator()(const RemovePool& c) {
  if (!tables_.pools.contains(c.name)) return no_pool(c.name);
  for (const auto& [imsi, row] : tables_.rows) {
    if (names_pool(row, c.name)) return pool_in_use(c.name);
  }
  save(tables_.pools, c.name);
  tables_.pools.erase(c.name);
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
  const auto& old = row->binding.evidence;
  const bool keeps_epoch = c.hint.epoch == 0 && old && old->imei == c.hint.imei;
  row->binding.evidence = {c.hint.imei, c.hint.at, keeps_epoch ? old->epoch : c.hint.epoch};
  return {};
}

Status MemoryGroup::operator()(const PutRegistration& c) {
  Row* row = touch(c.registration.imsi);
  if (row == nullptr) return no_subscriber(c.registration.imsi);
  row->at(c.node) = c.registration;
  return {};
}

Status MemoryGroup::operator()(const RemoveRegistration& c) {
  Row* row = touch(c.imsi);
  if (row == nullptr) return {};
  auto& at = row->at(c.node);
  if (at && at->host == c.host) at.reset();
  return {};
}

Status MemoryGroup::operator()(const PutVectorNode& c) {
  Row* row = touch(c.node.imsi);
  if (row == nullptr) return no_subscriber(c.node.imsi);
  VectorNode& node = row->nodes.try_emplace(c.node.host, c.node).first->second;
  node.realm = c.node.realm;
  node.plain_at = std::max(node.plain_at, c.node.plain_at);
  node.bound_at = std::max(node.bound_at, c.node.bound_at);
  node.kinds |= c.node.kinds;
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
    if (((owed.clr_flags ^ c.clr.clr_flags) & 1U) != 0) continue;
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

Status MemoryGroup::operator()(const PutSupplier& c) {
  if (tables_.suppliers.contains(c.supplier.name)) return exists_already("supplier " + c.supplier.name);
  save(tables_.suppliers, c.supplier.name);
  tables_.suppliers.emplace(c.supplier.name, c.supplier);
  return {};
}

Status MemoryGroup::operator()(const RemoveSupplier& c) {
  if (!tables_.suppliers.contains(c.name)) return no_supplier(c.name);
  save(tables_.suppliers, c.name);
  tables_.suppliers.erase(c.name);
  return {};
}

Status MemoryGroup::operator()(const OweUpdate& c) {
  OwedUpdate fresh = c.update;
  for (const auto& [id, owed] : tables_.updates) {
    const bool same = owed.kind == fresh.kind && owed.imsi == fresh.imsi && owed.host == fresh.host &&
                      owed.node == fresh.node;
    if (!same) continue;
    join_debts(owed, fresh);
    save(tables_.updates, id);
    tables_.updates.erase(id);
    break;
  }
  fresh.id = ++tables_.last_update;
  save(tables_.updates, fresh.id);
  tables_.updates.emplace(fresh.id, fresh);
  return {};
}

Status MemoryGroup::operator()(const SettleUpdate& c) {
  save(tables_.updates, c.id);
  tables_.updates.erase(c.id);
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
  tables_.last_update = last_update_;
  tables_.last_event = last_event_;
  tables_.last_approval = last_approval_;
}

Status MemoryGroup::operator()(const AppendAudit& c) {
  AuditHead head;
  if (!tables_.audit.empty()) head = {tables_.audit.rbegin()->first, tables_.audit.rbegin()->second.hash};
  const AuditEntry entry = as_appended(c.entry, head);
  save(tables_.audit, entry.id);
  tables_.audit.emplace(entry.id, entry);
  return {};
}

Status MemoryGroup::operator()(const PutApproval& c) {
  const std::int64_t id = ++tables_.last_approval;
  save(tables_.approvals, id);
  Approval& kept = tables_.approvals.emplace(id, c.approval).first->second;
  kept.id = id;
  kept.state = Approval::State::pending;
  std::size_t over = tables_.approvals.size() - std::min(tables_.approvals.size(), approval_limit);
  for (auto it = tables_.approvals.begin(); over > 0 && it != tables_.approvals.end(); --over) {
    const auto oldest = it++;
    if (oldest->second.state == Approval::State::pending) continue;
    save(tables_.approvals, oldest->first);
    tables_.approvals.erase(oldest);
  }
  return {};
}

Status MemoryGroup::operator()(const DecideApproval& c) {
  const auto found = tables_.approvals.find(c.id);
  if (found == tables_.approvals.end() || found->second.state != Approval::State::pending)
    return not_pending(c.id);
  save(tables_.approvals, c.id);
  Approval& kept = found->second;
  kept.state = c.state;
  kept.decided_at = c.at;
  kept.decided_uid = c.uid;
  kept.decided_by = c.by;
  kept.answer = c.answer;
  return {};
}

Status MemoryGroup::operator()(const PutSetting& c) {
  save(tables_.settings, c.name);
  tables_.settings.insert_or_assign(c.name, c.value);
  return {};
}

}  // namespace simbiont::store

// What the store in memory keeps, and what its rows say of each other.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "store/audit.h"
#include "store/jobs.h"
#include "store/store.h"

namespace simbiont::store {

using Nodes = std::map<std::string, VectorNode>;

struct Row {
  Subscriber subscriber;
  binding::Binding binding;
  std::optional<Registration> registration;
  Nodes nodes;
  std::vector<HistoryEntry> history;  // newest last_at first
  std::optional<Registration> sgsn = {};

  std::optional<Registration>& at(ServingNode node) { return node == ServingNode::mme ? registration : sgsn; }
};

struct Tables {
  std::map<Imsi, Row> rows;
  std::map<Imsi, std::uint64_t> retired_seqs;  // seq_high of removed subscribers
  std::map<std::string, binding::Kme, std::less<>> kmes;
  std::map<Imei, Device> devices;
  // By device and KME: what it was asked and has proved, and the first epoch of a device that went.
  std::map<std::pair<Imei, std::string>, std::map<binding::EpochNumber, DeviceEpoch>> device_epochs;
  std::map<std::int64_t, Receipt> receipts;
  std::map<std::string, Pool, std::less<>> pools;
  std::map<std::int64_t, OwedClr> owed;
  std::map<std::int64_t, OwedUpdate> updates;
  std::map<std::int64_t, Event> events;
  std::map<std::int64_t, Job> jobs;
  std::map<std::pair<std::int64_t, std::uint64_t>, JobRow> job_rows;  // by job and number
  std::map<std::int64_t, SyncReport> sync_reports;
  std::map<std::pair<std::int64_t, std::uint64_t>, SyncItem> sync_items;
  std::map<Imsi, SyncNamed> sync_named;
  std::map<std::string, Supplier, std::less<>> suppliers;
  std::map<std::int64_t, AuditEntry> audit;
  std::map<std::int64_t, Approval> approvals;
  std::map<std::string, std::string, std::less<>> settings;
  std::int64_t last_approval = 0;
  std::int64_t last_owed = 0;
  std::int64_t last_update = 0;
  std::int64_t last_event = 0;
};

inline bool names(const Row& row, const Imei& imei) {
  const auto& all = row.binding.associations;
  return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.imei == imei; });
}

inline bool is_bound(const Tables& tables, const Imei& imei) {
  return std::any_of(tables.rows.begin(), tables.rows.end(),
                     [&](const auto& entry) { return names(entry.second, imei); });
}

inline bool has_confirmed(const Tables& tables, const Device& device, binding::EpochNumber epoch) {
  if (device.first_epoch == epoch) return true;
  const auto known = tables.device_epochs.find({device.imei, device.kme});
  if (known == tables.device_epochs.end()) return false;
  const auto row = known->second.find(epoch);
  return row != known->second.end() && row->second.proved_at != 0;
}

inline bool is_bound(const binding::Binding& binding) {
  return binding.mode != binding::Mode::off || !binding.associations.empty();
}
inline bool is_listed(const binding::Binding& binding) {
  return is_bound(binding) || binding.suspended_at != 0;
}

inline bool names_pool(const Row& row, std::string_view pool) {
  return row.binding.pool == pool || row.binding.learning.pool == pool;
}

inline bool is_due(const binding::Binding& binding, const DueBefore& before) {
  const auto& trial = binding.learning.trial;
  return (trial && trial->answered_at != 0 && trial->answered_at <= before.answered) ||
         std::any_of(binding.associations.begin(), binding.associations.end(), [&](const auto& one) {
           return one.until != 0 && (one.until <= before.ends || (!one.warned && one.until <= before.warns));
         });
}

inline bool newer(const HistoryEntry& a, const HistoryEntry& b) {
  return std::tie(b.last_at, a.imei, a.host) < std::tie(a.last_at, b.imei, b.host);
}

// Of those that may be forgotten; end() when there is none.
inline Nodes::iterator longest_unused(Nodes& nodes, UnixMs plain_dead_before) {
  const auto used_at = [](const VectorNode& node) { return std::max(node.plain_at, node.bound_at); };
  auto found = nodes.end();
  for (auto it = nodes.begin(); it != nodes.end(); ++it) {
    if (may_hold(it->second.plain_at, plain_dead_before)) continue;
    if (found == nodes.end() || used_at(it->second) <= used_at(found->second)) found = it;
  }
  return found;
}

}  // namespace simbiont::store

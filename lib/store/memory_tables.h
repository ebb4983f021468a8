// What the store in memory keeps, and what its rows say of each other.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "store/records.h"

namespace simbiont::store {

using Nodes = std::map<std::string, VectorNode>;

struct Row {
  Subscriber subscriber;
  binding::Binding binding;
  std::optional<Registration> registration;
  Nodes nodes;
  std::vector<HistoryEntry> history;  // newest last_at first
};

struct Tables {
  std::map<Imsi, Row> rows;
  std::map<Imsi, std::uint64_t> retired_seqs;  // seq_high of removed subscribers
  std::map<std::string, binding::Kme, std::less<>> kmes;
  std::map<Imei, Device> devices;
  std::map<std::int64_t, OwedClr> owed;
  std::map<std::int64_t, Event> events;
  std::int64_t last_owed = 0;
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

inline bool is_listed(const binding::Binding& binding) {
  return binding.mode != binding::Mode::off || !binding.associations.empty();
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

// The plain twin of the SQLite store: maps under one mutex.
#include <algorithm>
#include <mutex>

#include "store/memory_changes.h"
#include "store/memory_jobs.h"

namespace simbiont::store {
namespace {

// At most `limit` of what `pick` makes of the entries of `map` from `from` on; it makes nullopt of those to
// leave out.
template <class Value, class Map, class Pick>
std::vector<Value> page(const Map& map, typename Map::const_iterator from, std::size_t limit,
                        const Pick& pick) {
  std::vector<Value> out;
  for (; from != map.end() && out.size() < limit; ++from) {
    if (std::optional<Value> value = pick(*from)) out.push_back(std::move(*value));
  }
  return out;
}

template <class Map, class Key>
typename Map::const_iterator after_key(const Map& map, const std::optional<Key>& after) {
  return after ? map.upper_bound(*after) : map.begin();
}

class MemoryStore final : public MemoryJobs {
 public:
  std::vector<Status> commit(std::span<const Changes> groups) override {
    const std::lock_guard lock(mutex_);
    std::vector<Status> statuses;
    for (const Changes& group : groups) statuses.push_back(MemoryGroup(tables_).apply(group));
    return statuses;
  }

  Result<std::optional<SubscriberState>> subscriber(const Imsi& imsi) override {
    const std::lock_guard lock(mutex_);
    const auto found = tables_.rows.find(imsi);
    if (found == tables_.rows.end()) return std::optional<SubscriberState>();
    return std::optional(state_of(found->second));
  }

  Result<std::optional<binding::Kme>> kme(std::string_view id) override { return find(tables_.kmes, id); }
  Result<std::optional<Device>> device(const Imei& imei) override { return find(tables_.devices, imei); }

  Result<bool> device_is_bound(const Imei& imei) override {
    const std::lock_guard lock(mutex_);
    return is_bound(tables_, imei);
  }

  Result<bool> has_subscriber(const Imsi& imsi) override {
    const std::lock_guard lock(mutex_);
    return tables_.rows.contains(imsi);
  }

  Result<std::vector<SubscriberState>> subscribers(std::optional<Imsi> after, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return page<SubscriberState>(tables_.rows, after_key(tables_.rows, after), limit,
                                 [&](const auto& entry) { return std::optional(state_of(entry.second)); });
  }

  Result<std::vector<binding::Kme>> kmes(std::string_view after, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return page<binding::Kme>(tables_.kmes, tables_.kmes.upper_bound(after), limit,
                              [](const auto& entry) { return std::optional(entry.second); });
  }

  Result<std::vector<Device>> devices(std::optional<Imei> after, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return page<Device>(tables_.devices, after_key(tables_.devices, after), limit,
                        [](const auto& entry) { return std::optional(entry.second); });
  }

  Result<std::vector<std::pair<Imsi, binding::Binding>>> bindings(std::optional<Imsi> after,
                                                                  std::size_t limit) override {
    using Pair = std::pair<Imsi, binding::Binding>;
    const std::lock_guard lock(mutex_);
    return page<Pair>(tables_.rows, after_key(tables_.rows, after), limit, [&](const auto& entry) {
      return is_listed(entry.second.binding) ? std::optional(Pair(entry.first, binding_of(entry.second)))
                                             : std::nullopt;
    });
  }

  Result<std::optional<Pool>> pool(std::string_view name) override { return find(tables_.pools, name); }

  Result<std::vector<Pool>> pools(std::string_view after, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return page<Pool>(tables_.pools, tables_.pools.upper_bound(after), limit,
                      [](const auto& entry) { return std::optional(entry.second); });
  }

  Result<std::vector<Imsi>> pool_users(std::string_view name, std::optional<Imsi> after,
                                       std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return page<Imsi>(tables_.rows, after_key(tables_.rows, after), limit, [&](const auto& entry) {
      return names_pool(entry.second, name) ? std::optional(entry.first) : std::nullopt;
    });
  }

  Result<std::vector<Imsi>> due_bindings(const DueBefore& before, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return page<Imsi>(tables_.rows, tables_.rows.begin(), limit, [&](const auto& entry) {
      return is_due(entry.second.binding, before) ? std::optional(entry.first) : std::nullopt;
    });
  }

  Result<std::vector<VectorNode>> vector_nodes(const Imsi& imsi) override {
    const std::lock_guard lock(mutex_);
    std::vector<VectorNode> out;
    const auto found = tables_.rows.find(imsi);
    if (found == tables_.rows.end()) return out;
    for (const auto& entry : found->second.nodes) out.push_back(entry.second);
    return out;
  }

  Result<std::vector<OwedClr>> owed_clrs(std::int64_t after_id, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return page<OwedClr>(tables_.owed, tables_.owed.upper_bound(after_id), limit,
                         [](const auto& entry) { return std::optional(entry.second); });
  }

  Result<std::vector<OwedUpdate>> owed_updates(std::int64_t after_id, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return page<OwedUpdate>(tables_.updates, tables_.updates.upper_bound(after_id), limit,
                            [](const auto& entry) { return std::optional(entry.second); });
  }

  Result<std::vector<NodeName>> serving_nodes() override {
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::string> realms;
    for (const auto& [imsi, row] : tables_.rows) {
      for (const auto* at : {&row.registration, &row.sgsn}) {
        if (!*at) continue;
        std::string& realm = realms.try_emplace((*at)->host, (*at)->realm).first->second;
        realm = std::min(realm, (*at)->realm);
      }
    }
    std::vector<NodeName> out;
    for (const auto& [host, realm] : realms) out.push_back({host, realm});
    return out;
  }

  Result<std::vector<HistoryEntry>> history(const Imsi& imsi) override {
    const std::lock_guard lock(mutex_);
    const auto found = tables_.rows.find(imsi);
    return found == tables_.rows.end() ? std::vector<HistoryEntry>() : found->second.history;
  }

  Result<std::vector<Event>> events(std::int64_t after_id, std::size_t limit,
                                    const EventQuery& wanted) override {
    const std::lock_guard lock(mutex_);
    return page<Event>(tables_.events, tables_.events.upper_bound(after_id), limit, [&](const auto& entry) {
      return wanted.takes(entry.second) ? std::optional(entry.second) : std::nullopt;
    });
  }

  Result<std::optional<Supplier>> supplier(std::string_view name) override {
    return find(tables_.suppliers, name);
  }

  Result<std::vector<Supplier>> suppliers(std::string_view after, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return page<Supplier>(tables_.suppliers, tables_.suppliers.upper_bound(after), limit,
                          [](const auto& entry) { return std::optional(entry.second); });
  }

  Result<std::int64_t> last_event_id() override {
    const std::lock_guard lock(mutex_);
    return tables_.events.empty() ? std::int64_t{0} : tables_.events.rbegin()->first;
  }

  Result<Counts> counts() override {
    const std::lock_guard lock(mutex_);
    Counts counts;
    counts.subscribers = tables_.rows.size();
    counts.devices = tables_.devices.size();
    counts.kmes = tables_.kmes.size();
    for (const auto& entry : tables_.rows) {
      if (is_bound(entry.second.binding)) ++counts.bound_imsis;
      counts.registrations += (entry.second.registration ? 1U : 0U) + (entry.second.sgsn ? 1U : 0U);
      ++counts.states[static_cast<std::size_t>(binding::state_of(entry.second.binding))];
    }
    return counts;
  }

  Result<std::vector<crypto::WrappedKey>> data_keys() override { return std::vector<crypto::WrappedKey>(); }
  Result<std::map<std::uint32_t, std::uint64_t>> sealed_under() override {
    return std::map<std::uint32_t, std::uint64_t>();
  }
  Status add_data_keys(std::span<const crypto::WrappedKey>) override { return seals_nothing(); }
  Status replace_data_key(const crypto::WrappedKey&) override { return seals_nothing(); }
  Result<std::size_t> reseal(std::size_t) override { return std::size_t{0}; }
  Result<std::vector<crypto::WrappedKey>> drop_data_keys() override {
    return std::vector<crypto::WrappedKey>();
  }
  Result<std::vector<AuditEntry>> audit(std::int64_t after_id, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return page<AuditEntry>(tables_.audit, tables_.audit.upper_bound(after_id), limit,
                            [](const auto& entry) { return std::optional(entry.second); });
  }

  Result<AuditHead> audit_head() override {
    const std::lock_guard lock(mutex_);
    if (tables_.audit.empty()) return AuditHead{};
    return AuditHead{tables_.audit.rbegin()->first, tables_.audit.rbegin()->second.hash};
  }

  Result<std::vector<Approval>> approvals(std::int64_t after_id, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return page<Approval>(tables_.approvals, tables_.approvals.upper_bound(after_id), limit,
                          [](const auto& entry) { return std::optional(entry.second); });
  }

  Result<std::string> setting(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    const auto found = tables_.settings.find(name);
    return found == tables_.settings.end() ? std::string() : found->second;
  }

  Status backup_to(const std::string&) override {
    return error(Errc::refused, "a store in memory has no backup");
  }
  Result<std::vector<std::string>> restore_from(const std::string&, std::shared_ptr<crypto::Sealer>,
                                                const RestoreTerms&) override {
    return error(Errc::refused, "a store in memory restores no backup");
  }

 private:
  static Error seals_nothing() { return error(Errc::refused, "a store in memory seals nothing"); }

  binding::Binding binding_of(const Row& row) const {
    binding::Binding binding = row.binding;
    for (auto& association : binding.associations) {
      const Device& device = tables_.devices.at(association.imei);
      association.kme = device.kme;
      association.confirmed = has_confirmed(tables_, device, association.epoch);
    }
    if (auto& trial = binding.learning.trial) {
      const auto device = tables_.devices.find(trial->imei);
      trial->kme = device == tables_.devices.end() ? std::string() : device->second.kme;
    }
    return binding;
  }

  SubscriberState state_of(const Row& row) const {
    return {row.subscriber, binding_of(row), row.registration, row.sgsn};
  }

  template <class Map, class Key>
  std::optional<typename Map::mapped_type> find(const Map& map, const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }
};

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace simbiont::store

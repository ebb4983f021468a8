// The plain twin of the SQLite store: maps under one mutex.
#include <algorithm>
#include <mutex>

#include "store/memory_changes.h"
#include "store/store.h"

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

class MemoryStore final : public Store {
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

  Result<std::vector<HistoryEntry>> history(const Imsi& imsi) override {
    const std::lock_guard lock(mutex_);
    const auto found = tables_.rows.find(imsi);
    return found == tables_.rows.end() ? std::vector<HistoryEntry>() : found->second.history;
  }

  Result<std::vector<Event>> events(std::int64_t after_id, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    return page<Event>(tables_.events, tables_.events.upper_bound(after_id), limit,
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
      if (is_listed(entry.second.binding)) ++counts.bound_imsis;
      if (entry.second.registration) ++counts.registrations;
    }
    return counts;
  }

  Status backup_to(const std::string&) override {
    return error(Errc::refused, "a store in memory has no backup");
  }
  Result<std::vector<std::string>> restore_from(const std::string&, std::shared_ptr<crypto::Sealer>,
                                                const RestoreTerms&) override {
    return error(Errc::refused, "a store in memory restores no backup");
  }

 private:
  binding::Binding binding_of(const Row& row) const {
    binding::Binding binding = row.binding;
    for (auto& association : binding.associations) association.kme = tables_.devices.at(association.imei).kme;
    return binding;
  }

  SubscriberState state_of(const Row& row) const {
    return {row.subscriber, binding_of(row), row.registration};
  }

  template <class Map, class Key>
  std::optional<typename Map::mapped_type> find(const Map& map, const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }

  std::mutex mutex_;
  Tables tables_;
};

}  // namespace

std::unique_ptr<Store> make_memory_store() { return std::make_unique<MemoryStore>(); }

}  // namespace simbiont::store

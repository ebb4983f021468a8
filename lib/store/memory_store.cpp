// The plain twin of the SQLite store: maps under one mutex, and the values before a group kept to undo it.
#include <algorithm>
#include <functional>
#include <mutex>

#include "store/check.h"
#include "store/memory_tables.h"
#include "store/store.h"

namespace simbiont::store {
namespace {

// Applies one group; undo() restores every entry that was touched.
class Group {
 public:
  explicit Group(Tables& tables)
      : tables_(tables), last_owed_(tables.last_owed), last_event_(tables.last_event) {}

  Status apply(const Changes& changes) {
    for (const Change& change : changes) {
      auto status = check(change);
      if (status) status = std::visit(*this, change);
      if (status) continue;
      undo();
      return status;
    }
    return {};
  }

  Status operator()(const PutSubscriber& c) {
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

  Status operator()(const RemoveSubscriber& c) {
    const Row* row = touch(c.imsi);
    if (row == nullptr) return no_subscriber(c.imsi);
    save(tables_.retired_seqs, c.imsi);
    tables_.retired_seqs.insert_or_assign(c.imsi, row->subscriber.seq_high);
    tables_.rows.erase(c.imsi);
    return {};
  }

  Status operator()(const RaiseSeq& c) {
    Row* row = touch(c.imsi);
    if (row == nullptr) return no_subscriber(c.imsi);
    row->subscriber.seq_high = std::max(row->subscriber.seq_high, c.value);
    return {};
  }

  Status operator()(const SetSeq& c) {
    Row* row = touch(c.imsi);
    if (row == nullptr) return no_subscriber(c.imsi);
    row->subscriber.seq_high = c.value;
    return {};
  }

  Status operator()(const PutKme& c) {
    if (tables_.kmes.contains(c.kme.id) && !c.replace) return exists_already("KME " + c.kme.id);
    save(tables_.kmes, c.kme.id);
    tables_.kmes.insert_or_assign(c.kme.id, c.kme);
    return {};
  }

  Status operator()(const RemoveKme& c) {
    if (!tables_.kmes.contains(c.id)) return no_kme(c.id);
    const bool held = std::any_of(tables_.devices.begin(), tables_.devices.end(),
                                  [&](const auto& entry) { return entry.second.kme == c.id; });
    if (held) return error(Errc::refused, "devices have KME " + c.id);
    save(tables_.kmes, c.id);
    tables_.kmes.erase(c.id);
    return {};
  }

  Status operator()(const PutDevice& c) {
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

  Status operator()(const SetDeviceState& c) {
    if (!tables_.devices.contains(c.imei)) return no_device(c.imei);
    save(tables_.devices, c.imei);
    tables_.devices.at(c.imei).state = c.state;
    return {};
  }

  Status operator()(const RemoveDevice& c) {
    if (!tables_.devices.contains(c.imei)) return no_device(c.imei);
    if (is_bound(tables_, c.imei)) return error(Errc::refused, "device " + c.imei.str() + " is bound");
    save(tables_.devices, c.imei);
    tables_.devices.erase(c.imei);
    return {};
  }

  Status operator()(const PutBinding& c) {
    Row* row = touch(c.imsi);
    if (row == nullptr) return no_subscriber(c.imsi);
    for (const auto& association : c.binding.associations) {
      if (!tables_.devices.contains(association.imei)) return no_device(association.imei);
    }
    row->binding = c.binding;
    return {};
  }

  Status operator()(const SetReported& c) {
    Row* row = touch(c.imsi);
    if (row == nullptr) return no_subscriber(c.imsi);
    if (c.unless_newer && row->binding.reported && row->binding.reported->at > c.hint.at) return {};
    row->binding.reported = c.hint;
    return {};
  }

  Status operator()(const SetEvidence& c) {
    Row* row = touch(c.imsi);
    if (row == nullptr) return no_subscriber(c.imsi);
    if (c.unless_newer && row->binding.evidence && row->binding.evidence->at > c.hint.at) return {};
    row->binding.evidence = c.hint;
    return {};
  }

  Status operator()(const PutRegistration& c) {
    Row* row = touch(c.registration.imsi);
    if (row == nullptr) return no_subscriber(c.registration.imsi);
    row->registration = c.registration;
    return {};
  }

  Status operator()(const RemoveRegistration& c) {
    Row* row = touch(c.imsi);
    if (row != nullptr && row->registration && row->registration->host == c.host) row->registration.reset();
    return {};
  }

  Status operator()(const PutVectorNode& c) {
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

  Status operator()(const OweClr& c) {
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

  Status operator()(const SettleClr& c) {
    erase_owed(c.id);
    return {};
  }

  Status operator()(const PutHistory& c) {
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

  Status operator()(const AddEvent& c) {
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

 private:
  template <class Map>
  void save(Map& map, const typename Map::key_type& key) {
    std::optional<typename Map::mapped_type> before;
    if (const auto found = map.find(key); found != map.end()) before = found->second;
    undo_.push_back([&map, key, before] {
      if (before) {
        map.insert_or_assign(key, *before);
      } else {
        map.erase(key);
      }
    });
  }

  void erase_owed(std::int64_t id) {
    save(tables_.owed, id);
    tables_.owed.erase(id);
  }

  Row* touch(const Imsi& imsi) {
    const auto found = tables_.rows.find(imsi);
    if (found == tables_.rows.end()) return nullptr;
    save(tables_.rows, imsi);
    return &found->second;
  }

  void undo() {
    while (!undo_.empty()) {
      undo_.back()();
      undo_.pop_back();
    }
    tables_.last_owed = last_owed_;
    tables_.last_event = last_event_;
  }

  Tables& tables_;
  std::int64_t last_owed_;
  std::int64_t last_event_;
  std::vector<std::function<void()>> undo_;
};

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
    for (const Changes& group : groups) statuses.push_back(Group(tables_).apply(group));
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

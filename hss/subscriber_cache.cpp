#include "hss/subscriber_cache.h"

#include <algorithm>
#include <utility>

#include "hss/log.h"

namespace simbiont::hss {

std::vector<const binding::Kme*> Entry::kme_views() const {
  std::vector<const binding::Kme*> views;
  views.reserve(kmes.size());
  for (const auto& kme : kmes) views.push_back(kme.get());
  return views;
}

bool Entry::is_noted_utran(NodeId node, bool plain, UnixMs now, std::int64_t life_ms) const {
  return std::any_of(utran_notes.begin(), utran_notes.end(), [&](const NodeNote& note) {
    return note.node == node && std::int64_t{plain ? note.plain_s : note.bound_s} * 1000 + life_ms > now;
  });
}

void Entry::note_utran(NodeId node, bool plain, UnixMs at) {
  NodeNote fresh{node, 0, 0};
  std::erase_if(utran_notes, [&](const NodeNote& note) {
    if (note.node == node) fresh = note;
    return note.node == node;
  });
  if (utran_notes.size() == HotRecord::max_notes) utran_notes.pop_back();
  (plain ? fresh.plain_s : fresh.bound_s) = static_cast<std::uint32_t>(at / 1000);
  utran_notes.insert(utran_notes.begin(), fresh);
}

// A record refers to two keys, the last answer's and the next one's, which seldom differ.
SubscriberCache::SubscriberCache(store::Store& store, UlrNotes& notes, std::size_t bound, std::size_t entries)
    : store_(store),
      notes_(notes),
      entries_bound_(std::min(bound, entries)),
      hot_(bound),
      keys_(bound + HotTable::slack) {}

Result<std::shared_ptr<Entry>> SubscriberCache::find(const Imsi& imsi) {
  if (const auto found = entries_.find(imsi); found != entries_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    const std::shared_ptr<Entry>& entry = order_.front();
    entry->hot->flags |= HotRecord::touched;
    if (!entry->kmes_complete) {
      load_kmes(*entry);
      choose_key_again(*entry);
    }
    return entry;
  }
  auto loaded = load(imsi);
  if (!loaded || *loaded == nullptr) return loaded;
  evict_entries();
  (*loaded)->hot->set(HotRecord::has_entry, true);
  order_.push_front(*loaded);
  entries_.emplace(imsi, order_.begin());
  return loaded;
}

Result<std::shared_ptr<Entry>> SubscriberCache::load(const Imsi& imsi) {
  auto state = store_.subscriber(imsi);
  if (!state) return state.error();
  if (!state->has_value()) {
    forget(imsi);
    return std::shared_ptr<Entry>();
  }
  HotRecord* record = record_of((*state)->subscriber);
  if (record == nullptr) return error(Errc::unavailable, "too many subscribers wait for a commit");
  auto entry = std::make_shared<Entry>(Entry{std::move(**state), {}, true, {}, record});
  if ((record->flags & HotRecord::pending) != 0) {
    auto& pending = joined_[imsi];
    if (pending == nullptr) pending = std::make_shared<PendingCommit>();
    entry->pending = pending;
  }
  load_kmes(*entry);
  choose_key_again(*entry);
  return entry;
}

// A record that is at hand knows more of its SEQs than the store does.
HotRecord* SubscriberCache::record_of(const store::Subscriber& subscriber) {
  HotRecord* record = hot_.find(subscriber.imsi.key());
  if (record == nullptr) {
    if (hot_.is_full())
      if (HotRecord* victim = hot_.victim()) drop_record(*victim);
    record = hot_.insert(subscriber.imsi);
    if (record == nullptr) return nullptr;
    record->next = subscriber.seq_high + 1;
    record->flags = HotRecord::touched;
  }
  const auto copy = [](const Secret& from, Block& to) {
    std::copy_n(from.reveal().begin(), std::min(from.size(), to.size()), to.begin());
  };
  record->k = {};
  record->opc = {};
  if (subscriber.algorithm == aka::Algorithm::milenage) {
    copy(subscriber.k, record->k);
    copy(subscriber.opc, record->opc);
  }
  record->amf = subscriber.amf;
  return record;
}

// A KME that cannot be read leaves the entry incomplete: a bound IMSI is refused, and the next request tries
// again.
void SubscriberCache::load_kmes(Entry& entry) {
  entry.kmes.clear();
  entry.kmes_complete = true;
  std::vector<std::string> ids;
  for (const auto& association : entry.state.binding.associations) ids.push_back(association.kme);
  for (const auto& pair : entry.state.binding.former) ids.push_back(pair.kme);
  if (const auto& trial = entry.state.binding.learning.trial) ids.push_back(trial->kme);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  for (const std::string& id : ids) {
    auto found = kme(id);
    if (!found) {
      entry.kmes_complete = false;
      log(LogLevel::error, "kme-unreadable", {{"kme", id}, {"reason", found.error().message}});
    } else if (*found != nullptr) {
      entry.kmes.push_back(*found);
    }
  }
}

Result<std::shared_ptr<const binding::Kme>> SubscriberCache::kme(const std::string& id) {
  if (const auto found = kmes_.find(id); found != kmes_.end()) return found->second;
  auto read = store_.kme(id);
  if (!read) return read.error();
  if (!read->has_value()) return std::shared_ptr<const binding::Kme>();
  if (kmes_.size() >= max_kmes) kmes_.clear();
  auto kept = std::make_shared<const binding::Kme>(std::move(**read));
  kmes_.emplace(id, kept);
  return kept;
}

void SubscriberCache::choose_key_again(Entry& entry) {
  HotRecord& record = *entry.hot;
  const KeyRef old = record.key;
  // Only Milenage in an ordinary mode has a fast path: without a usable key the slow one is asked, and
  // chooses anew.
  const bool fast = entry.kmes_complete && entry.state.subscriber.algorithm == aka::Algorithm::milenage &&
                    !binding::is_special(entry.state.binding);
  record.key = fast ? keys_.take(choose_key(entry.state.binding, entry.kme_views())) : KeyRef();
  record.keys_as_of = keys_read_;
  keys_.release(old);
}

void SubscriberCache::binding_changed(Entry& entry) {
  load_kmes(entry);
  choose_key_again(entry);
}

void SubscriberCache::answered(HotRecord& record, KeyRef key, NodeId node) {
  if (record.last_node != node) {
    record.airs = 1;
  } else if (record.airs < HotRecord::airs_most) {
    ++record.airs;
  }
  record.last_node = node;
  if (record.last_key == key) return;
  keys_.release(record.last_key);
  record.last_key = keys_.again(key);
}

std::optional<binding::KeyPair> SubscriberCache::last_pair(const Entry& entry) const {
  for (const auto& kme : entry.kmes)
    for (const binding::Epoch& epoch : kme->epochs)
      if (keys_.is_of(entry.hot->last_key, kme->id, epoch.number))
        return binding::KeyPair{kme->id, epoch.number};
  return std::nullopt;
}

void SubscriberCache::begin_commit(Entry& entry, std::shared_ptr<PendingCommit> pending) {
  entry.pending = std::move(pending);
  entry.hot->set(HotRecord::pending, true);
}

void SubscriberCache::end_commit(Entry& entry) {
  entry.pending.reset();
  entry.hot->set(HotRecord::pending, false);
}

std::shared_ptr<PendingCommit> SubscriberCache::end_commit(const Imsi& imsi, std::uint32_t serial) {
  HotRecord* record = hot_.find(imsi.key());
  if (record != nullptr && record->serial == serial) {
    if ((record->flags & HotRecord::has_entry) != 0) drop_entry(imsi);
    record->set(HotRecord::pending, false);
  }
  if (joined_.empty()) return nullptr;
  const auto joined = joined_.extract(imsi);
  return joined.empty() ? nullptr : joined.mapped();
}

void SubscriberCache::forget(const Imsi& imsi) {
  if (HotRecord* record = hot_.find(imsi.key())) drop_record(*record);
}

void SubscriberCache::drop_record(HotRecord& record) {
  drop_entry(Imsi::from_key(record.imsi));
  keys_.release(record.key);
  keys_.release(record.last_key);
  hot_.erase(record);
}

void SubscriberCache::drop_entry(const Imsi& imsi) {
  const auto found = entries_.find(imsi);
  if (found == entries_.end()) return;
  Entry& entry = **found->second;
  hot_.note_of(*entry.hot) = notes_.describe(entry.state);
  entry.hot->set(HotRecord::pending, false);
  entry.hot->set(HotRecord::has_entry, false);
  entry.hot = nullptr;
  order_.erase(found->second);
  entries_.erase(found);
}

void SubscriberCache::drop_entries() {
  while (!order_.empty()) drop_entry(Imsi(order_.front()->imsi()));
}

void SubscriberCache::forget_keys() {
  drop_entries();
  kmes_.clear();
  ++keys_read_;
}

void SubscriberCache::forget_all() {
  forget_keys();
  hot_.clear();
  keys_.clear();
}

// Pinned entries are passed over; there are never more of them than parked requests.
void SubscriberCache::evict_entries() {
  auto candidate = order_.end();
  while (entries_.size() >= entries_bound_ && candidate != order_.begin()) {
    --candidate;
    const auto next = std::next(candidate);
    if ((*candidate)->pending == nullptr) {
      drop_entry(Imsi((*candidate)->imsi()));
      candidate = next;
    }
  }
}

}  // namespace simbiont::hss

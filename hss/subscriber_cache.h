// The bounded read-through cache of subscribers, in two parts: a HotRecord for each, which is all that an
// ordinary AIR needs, and an Entry with everything the store says for the few that something else happens to.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "hss/hot_table.h"
#include "hss/key_slots.h"
#include "hss/routes.h"
#include "hss/ulr_notes.h"
#include "store/store.h"

namespace simbiont::hss {

struct TokenWork;

// A request that waits for a commit and then runs again from its start.
struct Parked {
  LinkId link = 0;
  Bytes frame;
  unsigned runs = 0;
  std::shared_ptr<TokenWork> work = nullptr;  // what the token did for it so far
};

// The one commit an Entry may have under way, and who waits for it.
struct PendingCommit {
  std::vector<Parked> waiting;
};

struct Entry {
  store::SubscriberState state;
  std::vector<std::shared_ptr<const binding::Kme>> kmes;  // those that occur in the binding and could be read
  bool kmes_complete = true;
  std::shared_ptr<PendingCommit> pending;
  // The subscriber's SEQs and notes. nullptr once the entry was forgotten.
  HotRecord* hot = nullptr;
  // Nodes that are noted in the store for UTRAN and GERAN vectors; those for E-UTRAN are the record's.
  std::vector<NodeNote> utran_notes = {};

  bool is_noted_utran(NodeId node, bool plain, UnixMs now, std::int64_t life_ms) const;
  void note_utran(NodeId node, bool plain, UnixMs at);

  const Imsi& imsi() const { return state.subscriber.imsi; }
  std::vector<const binding::Kme*> kme_views() const;
};

class SubscriberCache {
 public:
  // entries: how many may be at hand whole.
  SubscriberCache(store::Store& store, UlrNotes& notes, std::size_t bound, std::size_t entries);

  // nullptr: there is no such subscriber. What the cache does not hold is read from the store. An entry lives
  // until it is forgotten or evicted; one with a pending commit is not evicted. unavailable: every place is
  // held by a pending commit.
  Result<std::shared_ptr<Entry>> find(const Imsi& imsi);
  // The record alone, as far as it is at hand and its key is up to date; nullptr otherwise.
  HotRecord* find_hot(std::uint64_t imsi_key) {
    HotRecord* record = hot_.find(imsi_key);
    return record != nullptr && record->keys_as_of == keys_read_ ? record : nullptr;
  }
  HotTable& hot() { return hot_; }
  KeySlots& keys() { return keys_; }

  // After a change of entry.state.binding: the key of the next vectors.
  void choose_key_again(Entry& entry);
  // The same where other KMEs may occur in it.
  void binding_changed(Entry& entry);
  // Notes under what the last answer was made, and for whom.
  void answered(HotRecord& record, KeyRef key, NodeId node);
  // The pair of the last answer; none when it was plain, or its KME is not of this subscriber any more.
  std::optional<binding::KeyPair> last_pair(const Entry& entry) const;

  void begin_commit(Entry& entry, std::shared_ptr<PendingCommit> pending);
  void end_commit(Entry& entry);

  // The same for a commit that knows no Entry: one that is read meanwhile joins it, and is gone at its end,
  // since the store says more then. end: who waits, nullptr when nobody does.
  void begin_commit(HotRecord& record) { record.set(HotRecord::pending, true); }
  std::shared_ptr<PendingCommit> end_commit(const Imsi& imsi, std::uint32_t serial);

  void forget(const Imsi& imsi);
  // KMEs, and what was concluded from them; SEQs and notes stay.
  void forget_keys();
  void forget_all();
  std::size_t size() const { return hot_.size(); }

 private:
  using Order = std::list<std::shared_ptr<Entry>>;  // most recently used first

  Result<std::shared_ptr<Entry>> load(const Imsi& imsi);
  HotRecord* record_of(const store::Subscriber& subscriber);
  void load_kmes(Entry& entry);
  Result<std::shared_ptr<const binding::Kme>> kme(const std::string& id);
  void drop_entry(const Imsi& imsi);
  void drop_record(HotRecord& record);
  void drop_entries();
  void evict_entries();

  static constexpr std::size_t max_kmes = 65536;
  store::Store& store_;
  UlrNotes& notes_;
  std::size_t entries_bound_;
  HotTable hot_;
  KeySlots keys_;
  std::uint32_t keys_read_ = 1;  // rises when what is known of KMEs is forgotten
  Order order_;
  std::unordered_map<Imsi, Order::iterator> entries_;
  std::unordered_map<Imsi, std::shared_ptr<PendingCommit>>
      joined_;  // commits without an Entry that one joined
  std::unordered_map<std::string, std::shared_ptr<const binding::Kme>> kmes_;
};

}  // namespace simbiont::hss

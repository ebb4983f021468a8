// The bounded read-through cache of subscribers, and the state of a subscriber that only this process has:
// the SEQs reserved, the nodes noted, the commit under way.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace simbiont::hss {

using LinkId = std::uint64_t;  // one connection of a peer; never used again

// A request that waits for a commit and then runs again from its start.
struct Parked {
  LinkId link = 0;
  Bytes frame;
  unsigned runs = 0;
};

// The one commit an IMSI may have under way, and who waits for it.
struct PendingCommit {
  std::vector<Parked> waiting;
};

// A node that the store knows to hold vectors of this IMSI (store::VectorNode), and as of when.
struct NotedNode {
  std::string host, realm;
  UnixMs plain_at = 0, bound_at = 0;
};

struct Entry {
  store::SubscriberState state;
  std::vector<std::shared_ptr<const binding::Kme>> kmes;  // those that occur in the binding and could be read
  bool kmes_complete = true;

  // SEQs next..reserved_to may be given out: the store's high-water mark is at or above reserved_to.
  std::uint64_t next = 0, reserved_to = 0;
  std::uint64_t block = 0;  // size of the last reservation
  MonotonicMs reserved_at = 0;
  std::shared_ptr<PendingCommit> pending;

  std::vector<NotedNode> nodes;
  // The pair and the receiver of the last answer; no pair when it was plain.
  std::optional<binding::KeyPair> last_pair;
  std::string last_host;

  const Imsi& imsi() const { return state.subscriber.imsi; }
  std::vector<const binding::Kme*> kme_views() const;
};

class SubscriberCache {
 public:
  SubscriberCache(store::Store& store, std::size_t bound) : store_(store), bound_(bound) {}

  // nullptr: there is no such subscriber. What the cache does not hold is read from the store. An entry lives
  // until it is forgotten or evicted; one with a pending commit is not evicted.
  Result<std::shared_ptr<Entry>> find(const Imsi& imsi);
  void forget(const Imsi& imsi);
  void forget_all();  // subscribers and KMEs
  std::size_t size() const { return entries_.size(); }

 private:
  using Order = std::list<std::shared_ptr<Entry>>;  // most recently used first

  Result<std::shared_ptr<Entry>> load(const Imsi& imsi);
  void load_kmes(Entry& entry);
  Result<std::shared_ptr<const binding::Kme>> kme(const std::string& id);
  void evict();

  static constexpr std::size_t max_kmes = 65536;
  store::Store& store_;
  std::size_t bound_;
  Order order_;
  std::unordered_map<Imsi, Order::iterator> entries_;
  std::unordered_map<std::string, std::shared_ptr<const binding::Kme>> kmes_;
};

}  // namespace simbiont::hss

// What the procedures share: the store and its cache, the way to the peers, time, chance, the operator's
// events.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "crypto/random.h"
#include "diameter/s6a.h"
#include "hss/committer.h"
#include "hss/core_config.h"
#include "hss/events.h"
#include "hss/peer_policy.h"
#include "hss/routes.h"
#include "hss/subscriber_cache.h"
#include "store/store.h"

namespace simbiont::hss {

// The connections, as the procedures see them.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void send(LinkId link, ByteView message) = 0;  // nothing happens when the link is gone
  // Where whole messages for the link may be appended at once; nullptr: there is no such place, use send().
  virtual Bytes* buffer(LinkId) { return nullptr; }
  virtual diameter::Ids next_ids(LinkId link) = 0;
};

struct Request {
  LinkId link = 0;
  ByteView frame;
  unsigned runs = 0;          // how often it ran before
  bool store_failed = false;  // the commit that it waited for failed
};

class Services {
 public:
  static constexpr unsigned max_runs = 16;  // of one request

  Services(const CoreConfig& config_, store::Store& store_, const Clock& clock_,
           crypto::RandomSource& random_, Committer& committer_, Outlet& outlet_);

  // Answers.
  void refuse(const Request& request, diameter::ResultCode code, std::string message = {});
  void refuse(const Request& request, const diameter::Refusal& refusal);

  // Logs and stores an event of an IMSI; the same one again within a minute is dropped.
  void raise(EventKind kind, const Imsi& imsi, const std::string& detail);
  // The same for an event that belongs to a group: the row to commit with it, or none when it is dropped;
  // then, once it is committed, raised().
  std::optional<store::AddEvent> event(EventKind kind, const Imsi& imsi, const std::string& detail) const;
  void raised(const store::AddEvent& committed);

  // Commits a group as the one commit that `entry` may have under way (none may be). done gets the entry, or
  // nullptr when it was forgotten meanwhile. Then whoever waits runs again.
  using Done = std::function<void(const Status&, Entry*)>;
  void commit(const std::shared_ptr<Entry>& entry, store::Changes group, Done done);
  // Whoever waits for the commit runs again; pending: nullptr when nobody does.
  void finish(const std::shared_ptr<PendingCommit>& pending, const Status& status);
  // Puts the request behind the entry's pending commit; answers 3004 when it ran too often or too many wait.
  void park(Entry& entry, const Request& request);

  // The subscriber of a request that may change what is stored of it, with no commit under way. nullptr: the
  // request was refused, or waits for the commit.
  std::shared_ptr<Entry> entry_of(const Request& request, std::string_view user_name);

  // Notes which connection brought a host's request. False when the request is not for us, or names no host
  // that could be answered for: then it was refused.
  bool accept(const Request& request, const diameter::Routing& routing);

  const CoreConfig config;
  store::Store& store;
  const Clock& clock;
  crypto::RandomSource& random;
  Committer& committer;
  Outlet& outlet;
  UlrNotes ulr_notes;
  SubscriberCache cache;
  Routes routes;
  NodeTable nodes;
  PeerPolicy policy;
  std::function<void(const Request&)> run;  // starts a request from its beginning

 private:
  static constexpr std::int64_t quiet_ms = 60'000;
  static constexpr std::size_t max_remembered_events = 4096;

  std::size_t parked_ = 0;
  std::unordered_map<std::string, MonotonicMs> raised_;
};

}  // namespace simbiont::hss

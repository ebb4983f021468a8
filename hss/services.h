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
#include "hss/auts_storms.h"
#include "hss/committer.h"
#include "hss/core_config.h"
#include "hss/duplicates.h"
#include "hss/event_filter.h"
#include "hss/events.h"
#include "hss/peer_policy.h"
#include "hss/routes.h"
#include "hss/subscriber_cache.h"
#include "hss/token_requests.h"
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
  std::shared_ptr<TokenWork> work = nullptr;
};

class Services {
 public:
  static constexpr unsigned max_runs = 16;  // of one request

  Services(const CoreConfig& config_, store::Store& store_, const Clock& clock_,
           crypto::RandomSource& random_, Committer& committer_, Outlet& outlet_);

  // Answers.
  void refuse(const Request& request, diameter::ResultCode code, std::string message = {});
  void refuse(const Request& request, const diameter::Refusal& refusal);

  // Logs and stores an event of an IMSI; the same again within a minute is counted, and told at its end.
  void raise(EventKind kind, const Imsi& imsi, const std::string& detail);
  // The same for an event that belongs to a group: the row to commit with it, or none when it is dropped;
  // then, once it is committed, raised().
  std::optional<store::AddEvent> event(EventKind kind, const Imsi& imsi, const std::string& detail);
  // One that is never dropped: of a change that happens once.
  store::AddEvent event_row(EventKind kind, const Imsi& imsi, const std::string& detail) const;
  void raised(const store::AddEvent& committed);
  // Every so often: the rows that count what was not stored.
  void settle_events();

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

  // Why the key of a bound IMSI, or of a resynchronisation, was not to be had.
  EventKind unusable(const Entry& entry) const;
  EventKind failed_resync(const Entry& entry) const;

  // Notes which connection brought a host's request. False when the request is not for us, or names no host
  // that could be answered for: then it was refused.
  bool accept(const Request& request, const diameter::Routing& routing);

  // A request whose answer is on its way, for the case that it comes again; said: what the answer says.
  void remember(const Request& request, const diameter::Routing& routing, std::uint32_t said = 0);
  // What was said to a request that came before and now again, with the T bit; nullopt: it is none, or too
  // old.
  std::optional<std::uint32_t> said_before(const Request& request, const diameter::Routing& routing);

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
  TokenRequests token;
  Duplicates duplicates;
  AutsStorms auts_storms;
  std::function<void(const Request&)> run;  // starts a request from its beginning

 private:
  static constexpr std::int64_t settle_ms = 1000;

  std::size_t parked_ = 0;
  // A fleet that attaches for the first time must not push out what matters.
  EventFilter events_{1024, ""}, evidence_{64, " of key-evidence"};
  EventFilter& filter_of(std::string_view kind) {
    return kind == info(EventKind::key_evidence).kind ? evidence_ : events_;
  }
  MonotonicMs settled_at_ = 0;
};

}  // namespace simbiont::hss

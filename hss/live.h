// What the admin handlers need of the HSS they administer: the same whether it runs (changes go through its
// event loop and its cache forgets what they touch) or not (offline, under the lock).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "hss/rotation.h"
#include "store/store.h"

namespace simbiont::hss {

// The files that backup() writes, in its directory.
inline constexpr std::string_view backup_db_name = "simbiont.db", backup_key_name = "simbiont.db.key";

class Live {
 public:
  virtual ~Live() = default;

  // Reads; safe from any thread.
  virtual store::Store& store() = 0;
  virtual UnixMs now() const = 0;

  // Runs `decide` where no request of a peer can come between its reads and the commit of what it returns.
  // Afterwards nothing of the touched IMSIs is served from a cache, and owed CLRs are on their way. An Error
  // of decide or of the commit: nothing changed.
  using Decide = std::function<Result<store::Changes>(store::Store&)>;
  virtual Status transact(const Decide& decide) = 0;

  // Replaces the store's content (Store::restore_from); every cached subscriber is forgotten. The hosts that
  // are owed a CLR for it. audit: what the log says of it.
  virtual Result<std::vector<std::string>> restore(const std::string& backup_db,
                                                   const std::string& backup_key, std::int64_t vector_life_ms,
                                                   std::optional<store::AuditEntry> audit = std::nullopt) = 0;
  // Copies database and key into a new directory.
  virtual Status backup(const std::string& directory) = 0;

  virtual Custody& custody() = 0;
  // Begins a rotation of the KEKs (rotation.h); offline it is through at the return.
  virtual Status rotate(const RotationTarget& target) = 0;

  // Origin-Hosts that a connection leads to now, directly or through a relay; empty offline.
  virtual std::vector<std::string> reachable_hosts() = 0;
  virtual bool running() const = 0;
};

}  // namespace simbiont::hss

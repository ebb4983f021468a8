// The store of the HSS: one interface, SQLite for use and memory for tests, one conformance suite for both
// (tests/unit/store). Thread-safe. What a read returns was committed.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/sealer.h"
#include "store/changes.h"
#include "store/records.h"

namespace simbiont::store {

// Everything AIR and ULR need of one IMSI, read at once.
struct SubscriberState {
  Subscriber subscriber;
  binding::Binding binding;
  std::optional<Registration> registration;
};

// bound_imsis: what bindings() lists.
struct Counts {
  std::uint64_t subscribers = 0, devices = 0, kmes = 0, bound_imsis = 0, registrations = 0;
};

// What a restore keeps of the store that it replaces.
struct RestoreTerms {
  struct Clr {
    std::uint32_t cancellation_type = 0, clr_flags = 0;
  };
  std::uint64_t seq_margin = 0;
  UnixMs now = 0;
  std::int64_t vector_life_ms = 0;
  Clr leaves_plain;  // owed for an IMSI that issues plain vectors here and none in the backup
  Clr removed;       // owed for a subscriber that the backup has not got
};

class Store {
 public:
  virtual ~Store() = default;

  // One durable transaction for all groups; each group is applied whole or not at all, and has its own
  // status. When the transaction itself fails, every status is that error and nothing changed.
  virtual std::vector<Status> commit(std::span<const Changes> groups) = 0;
  Status commit(const Changes& group) { return commit(std::span(&group, 1)).front(); }

  // nullopt: there is none. An Error: the store could not say (io, corrupt).
  virtual Result<std::optional<SubscriberState>> subscriber(const Imsi& imsi) = 0;
  virtual Result<std::optional<binding::Kme>> kme(std::string_view id) = 0;
  virtual Result<std::optional<Device>> device(const Imei& imei) = 0;
  virtual Result<bool> device_is_bound(const Imei& imei) = 0;
  // Existence alone, without opening keys: for the validation of imports.
  virtual Result<bool> has_subscriber(const Imsi& imsi) = 0;

  // Listings in ascending order (of Imsi::key(), Imei::key(), id), after the given key, at most `limit` rows.
  virtual Result<std::vector<SubscriberState>> subscribers(std::optional<Imsi> after, std::size_t limit) = 0;
  virtual Result<std::vector<binding::Kme>> kmes(std::string_view after, std::size_t limit) = 0;
  virtual Result<std::vector<Device>> devices(std::optional<Imei> after, std::size_t limit) = 0;
  // IMSIs that are in a mode but off or have associations.
  virtual Result<std::vector<std::pair<Imsi, binding::Binding>>> bindings(std::optional<Imsi> after,
                                                                          std::size_t limit) = 0;

  virtual Result<std::vector<VectorNode>> vector_nodes(const Imsi& imsi) = 0;
  virtual Result<std::vector<OwedClr>> owed_clrs(std::int64_t after_id, std::size_t limit) = 0;
  virtual Result<std::vector<HistoryEntry>> history(const Imsi& imsi) = 0;  // newest last_at first
  virtual Result<std::vector<Event>> events(std::int64_t after_id, std::size_t limit) = 0;
  virtual Result<std::int64_t> last_event_id() = 0;
  virtual Result<Counts> counts() = 0;

  // A consistent copy of the database at `path` (already_exists when there is one), while others read and
  // write. It holds sealed keys only, under this store's sealer. The memory store refuses both.
  virtual Status backup_to(const std::string& path) = 0;
  // Replaces the content by that of the backup at `path`, sealed by `sealer`, in one transaction. The keys
  // are sealed anew under this store's own sealer, so its key file never changes; all are opened before
  // anything is changed. What the network holds is not undone, so of this store stay: its registrations and
  // vector nodes (joined with the backup's), its owed CLRs, and the seq_highs of the subscribers it loses.
  // A seq_high becomes this store's when the backup is its own and not above it; else the larger of this
  // store's and the backup's + margin. Nodes that may hold vectors of an IMSI that leaves plain (plain ones),
  // or goes (any), are owed a CLR, and so is the registered one: their hosts, in order, are returned.
  virtual Result<std::vector<std::string>> restore_from(const std::string& path,
                                                        std::shared_ptr<crypto::Sealer> sealer,
                                                        const RestoreTerms& terms) = 0;
};

std::unique_ptr<Store> make_memory_store();

// Opens an existing SQLite database (WAL, synchronous=FULL), migrating it to the newest schema. not_found
// without one; refused when its schema is newer than this program's or it is not ours; unavailable when the
// key is another store's.
Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path,
                                                 std::shared_ptr<crypto::Sealer> sealer);
// Judges an existing store and changes nothing of it, not even its schema; the lock is not needed. The errors
// of open_sqlite_store.
Result<Counts> check_sqlite_store(const std::string& path, crypto::Sealer& sealer);
// Creates FILE (0600) with the newest schema; already_exists when there is one.
Status create_sqlite_store(const std::string& path);

}  // namespace simbiont::store

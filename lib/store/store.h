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
  // anything is changed. Every seq_high becomes max(backup's, this store's) + margin, so that no SQN given
  // out since the backup comes again.
  virtual Status restore_from(const std::string& path, std::shared_ptr<crypto::Sealer> sealer,
                              std::uint64_t seq_margin) = 0;
};

std::unique_ptr<Store> make_memory_store();

// Opens an existing SQLite database (WAL, synchronous=FULL), migrating it to the newest schema. not_found
// without one; refused when its schema is newer than this program's or it is not ours; unavailable when the
// key is another store's.
Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path,
                                                 std::shared_ptr<crypto::Sealer> sealer);
// Creates FILE (0600) with the newest schema; already_exists when there is one.
Status create_sqlite_store(const std::string& path);

}  // namespace simbiont::store

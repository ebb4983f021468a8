// The store of the HSS: one interface, SQLite for use and memory for tests, one conformance suite for both
// (tests/unit/store). Thread-safe. What a read returns was committed.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "binding/life_cycle.h"
#include "crypto/sealer.h"
#include "store/changes.h"
#include "store/epoch_reads.h"
#include "store/records.h"

namespace simbiont::store {

// Everything AIR and ULR need of one IMSI, read at once.
struct SubscriberState {
  Subscriber subscriber;
  binding::Binding binding;
  std::optional<Registration> registration;  // the MME's
  std::optional<Registration> sgsn = {};

  std::optional<Registration>& at(ServingNode node) { return node == ServingNode::mme ? registration : sgsn; }
  const std::optional<Registration>& at(ServingNode node) const {
    return node == ServingNode::mme ? registration : sgsn;
  }
};

// A Diameter node by its names.
struct NodeName {
  std::string host, realm;
};

// bound_imsis: what bindings() lists; registrations: of MMEs and of SGSNs; states: by the derived state of
// each subscriber.
struct Counts {
  std::uint64_t subscribers = 0, devices = 0, kmes = 0, bound_imsis = 0, registrations = 0;
  std::array<std::uint64_t, binding::state_count> states{};
};

// What is due: an association that ends by then, one of whose end nobody was warned that ends by then, a
// trial of `learn` whose first answer was given by then.
struct DueBefore {
  UnixMs ends = 0, warns = 0, answered = 0;
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
  // What the audit log says of the restore; its `after` becomes what was found of the backup's own log.
  std::optional<AuditEntry> audit = std::nullopt;
};

class Store : public JobReads, public EpochReads {
 public:
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

  virtual Result<std::optional<Pool>> pool(std::string_view name) = 0;
  virtual Result<std::vector<Pool>> pools(std::string_view after, std::size_t limit) = 0;
  // Whose bindings name the pool, for their associations or for learning.
  virtual Result<std::vector<Imsi>> pool_users(std::string_view name, std::optional<Imsi> after,
                                               std::size_t limit) = 0;
  // IMSIs for which time has something to do.
  virtual Result<std::vector<Imsi>> due_bindings(const DueBefore& before, std::size_t limit) = 0;

  virtual Result<std::vector<VectorNode>> vector_nodes(const Imsi& imsi) = 0;
  virtual Result<std::vector<OwedClr>> owed_clrs(std::int64_t after_id, std::size_t limit) = 0;
  virtual Result<std::vector<OwedUpdate>> owed_updates(std::int64_t after_id, std::size_t limit) = 0;
  // The hosts that hold registrations, each once, in order. Reads all registrations.
  virtual Result<std::vector<NodeName>> serving_nodes() = 0;
  virtual Result<std::vector<HistoryEntry>> history(const Imsi& imsi) = 0;  // newest last_at first
  virtual Result<std::vector<Event>> events(std::int64_t after_id, std::size_t limit,
                                            const EventQuery& wanted = {}) = 0;
  virtual Result<std::int64_t> last_event_id() = 0;
  virtual Result<std::optional<Supplier>> supplier(std::string_view name) = 0;
  virtual Result<std::vector<Supplier>> suppliers(std::string_view after, std::size_t limit) = 0;
  virtual Result<Counts> counts() = 0;
  // Ascending; what stands there, whether it is right or not: AuditChain judges.
  virtual Result<std::vector<AuditEntry>> audit(std::int64_t after_id, std::size_t limit) = 0;
  virtual Result<AuditHead> audit_head() = 0;
  virtual Result<std::vector<Approval>> approvals(std::int64_t after_id, std::size_t limit) = 0;
  virtual Result<std::string> setting(std::string_view name) = 0;  // empty: not set

  // What seals the keys in the store (crypto/sealer.h). The memory store seals nothing: it has no data keys
  // and takes none.
  virtual Result<std::vector<crypto::WrappedKey>> data_keys() = 0;
  // How many values are sealed under each data key; 0: directly under a KEK, as before schema 8.
  virtual Result<std::map<std::uint32_t, std::uint64_t>> sealed_under() = 0;
  // One transaction. An active key takes the place of the one of its purpose, which goes on opening.
  virtual Status add_data_keys(std::span<const crypto::WrappedKey> keys) = 0;
  virtual Status replace_data_key(const crypto::WrappedKey& key) = 0;  // the same key under another KEK
  // Seals at most `limit` records anew that are not sealed under the active data keys, in one transaction;
  // how many they were. After 0 drop_data_keys() knows whether any is left.
  virtual Result<std::size_t> reseal(std::size_t limit) = 0;
  // Takes away those that are not active and that nothing is sealed under.
  virtual Result<std::vector<crypto::WrappedKey>> drop_data_keys() = 0;

  // A consistent copy of the database at `path` (already_exists when there is one), while others read and
  // write. It holds sealed keys only, under this store's sealer. The memory store refuses both.
  virtual Status backup_to(const std::string& path) = 0;
  // Replaces the content by that of the backup at `path`, sealed by `sealer`, in one transaction. The keys
  // are sealed anew under this store's own sealer, so its key file never changes; all are opened before
  // anything is changed. What the network holds is not undone, so of this store stay: its registrations and
  // vector nodes (joined with the backup's), its owed CLRs and updates, and the seq_highs of the subscribers
  // it loses. A seq_high becomes this store's when the backup is its own and not above it; else the larger of
  // this store's and the backup's + margin. Nodes that may hold vectors of an IMSI that leaves plain (plain
  // ones), or goes (any), are owed a CLR, and so are the registered ones: their hosts, in order, are
  // returned. Every host that still holds a registration is owed an RSR.
  // This store's audit log, approvals and settings stay; where its log is the beginning of the backup's, or
  // empty, it goes on after the backup's.
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

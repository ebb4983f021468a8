// The reads of the SQLite store, on one connection inside a read transaction of its caller.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypto/sealer.h"
#include "store/sqlite_connection.h"
#include "store/store.h"

namespace simbiont::store {

// Where a sealed value stands: the context that it opens in, and nowhere else.
std::string subscriber_context(const Imsi& imsi, std::string_view field);
std::string epoch_context(std::string_view kme, binding::EpochNumber number);
std::string supplier_context(std::string_view name);

class SqliteReads {
 public:
  SqliteReads(Connection& connection, crypto::Sealer& sealer) : connection_(connection), sealer_(sealer) {}

  Result<std::optional<SubscriberState>> subscriber(const Imsi& imsi);
  Result<std::vector<SubscriberState>> subscribers(std::optional<Imsi> after, std::size_t limit);
  Result<bool> has_subscriber(const Imsi& imsi);
  Result<std::vector<std::pair<Imsi, binding::Binding>>> bindings(std::optional<Imsi> after,
                                                                  std::size_t limit);
  Result<std::optional<binding::Kme>> kme(std::string_view id);
  Result<std::vector<binding::Kme>> kmes(std::string_view after, std::size_t limit);
  Result<std::optional<Device>> device(const Imei& imei);
  Result<std::vector<Device>> devices(std::optional<Imei> after, std::size_t limit);
  Result<bool> device_is_bound(const Imei& imei);
  Result<std::optional<Pool>> pool(std::string_view name);
  Result<std::vector<Pool>> pools(std::string_view after, std::size_t limit);
  Result<std::vector<Imsi>> pool_users(std::string_view name, std::optional<Imsi> after, std::size_t limit);
  Result<std::vector<Imsi>> due_bindings(const DueBefore& before, std::size_t limit);
  Result<std::vector<VectorNode>> vector_nodes(const Imsi& imsi);
  Result<std::vector<OwedClr>> owed_clrs(std::int64_t after_id, std::size_t limit);
  Result<std::vector<OwedUpdate>> owed_updates(std::int64_t after_id, std::size_t limit);
  Result<std::vector<NodeName>> serving_nodes();
  Result<std::vector<HistoryEntry>> history(const Imsi& imsi);
  Result<std::vector<Event>> events(std::int64_t after_id, std::size_t limit, const EventQuery& wanted);
  Result<std::int64_t> last_event_id();
  Result<std::optional<Supplier>> supplier(std::string_view name);
  Result<std::vector<Supplier>> suppliers(std::string_view after, std::size_t limit);
  Result<Counts> counts();
  Result<Counts> basic_counts();  // without states; the schema may be an older one
  Result<std::optional<Job>> job(std::int64_t id);
  Result<std::vector<Job>> jobs(std::int64_t after, std::size_t limit);
  Result<std::vector<JobRow>> job_rows(std::int64_t job, std::uint64_t after, std::size_t limit);
  Result<std::vector<SyncReport>> sync_reports(std::int64_t after, std::size_t limit);
  Result<std::vector<SyncItem>> sync_items(std::int64_t report, std::uint64_t after, std::size_t limit);
  Result<std::vector<SyncNamed>> sync_named(std::optional<Imsi> after, std::size_t limit);
  Result<std::optional<SyncNamed>> sync_named_of(const Imsi& imsi);

  // EpochReads; sqlite_epochs.cpp.
  Result<std::vector<DeviceEpoch>> device_epochs(const Imei& imei);
  Result<std::vector<Device>> devices_of(std::string_view kme, std::optional<Imei> after, std::size_t limit);
  Result<std::vector<Imsi>> imsis_of(const Imei& imei, std::optional<Imsi> after, std::size_t limit);
  Result<std::vector<EpochUser>> epoch_users(std::string_view kme, binding::EpochNumber below,
                                             std::size_t limit);
  Result<std::vector<Device>> laggards(std::string_view kme, binding::EpochNumber epoch,
                                       std::optional<Imei> after, std::size_t limit);
  Result<EpochProgress> epoch_progress(std::string_view kme, binding::EpochNumber epoch);
  Result<std::vector<Imsi>> former_users(std::string_view kme, binding::EpochNumber epoch, std::size_t limit);
  Result<std::vector<EpochAtWork>> epochs_at_work(std::string_view after_kme,
                                                  binding::EpochNumber after_epoch, std::size_t limit);
  Result<std::vector<Receipt>> receipts(std::int64_t after_id, std::size_t limit);
  // sqlite_audit.cpp
  Result<std::vector<AuditEntry>> audit(std::int64_t after_id, std::size_t limit);
  Result<AuditHead> audit_head();
  Result<std::vector<Approval>> approvals(std::int64_t after_id, std::size_t limit);
  Result<std::string> setting(std::string_view name);

 private:
  Result<SubscriberState> take_state(Query& row);
  Result<Subscriber> take_subscriber(Query& row);
  Result<binding::Binding> take_binding(Query& row, const Imsi& imsi);
  Result<Pool> take_pool(Query& row);
  Result<binding::Kme> take_kme(Query& row);
  Result<Supplier> take_supplier(Query& row);
  Result<binding::Epoch> take_epoch(Query& row, const binding::Kme& kme);
  Result<Secret> open(ByteView sealed, const std::string& context, std::optional<std::size_t> size = {});

  Connection& connection_;
  crypto::Sealer& sealer_;
};

}  // namespace simbiont::store

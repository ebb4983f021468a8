// The embedded store: one writing connection, and reading ones that see the last commit and never wait for
// the next.
#include <array>
#include <atomic>
#include <mutex>

#include "store/sqlite_backup.h"
#include "store/sqlite_changes.h"
#include "store/sqlite_files.h"
#include "store/sqlite_reads.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_seal.h"
#include "store/store.h"

namespace simbiont::store {
namespace {

constexpr std::size_t reader_count = 3;

// A connection that changes nothing, not even the journal mode.
Result<std::unique_ptr<Connection>> open_reading(const std::string& path) {
  if (!file_exists(path)) return error(Errc::not_found, path + ": no such store");
  auto connection = Connection::open(path, Connection::Access::read);
  if (!connection) return connection.error();
  if (auto status = check_schema(**connection, migrations()); !status) return status.error();
  return connection;
}

// Gives the sealer the store's data keys, and judges whether it is this store's.
Status open_seal(Connection& connection, crypto::Sealer& sealer) {
  const auto keys = read_data_keys(connection);
  if (!keys) return keys.error();
  sealer.load(*keys);
  return check_seal(connection, sealer);
}

class SqliteStore final : public Store {
 public:
  SqliteStore(std::unique_ptr<Connection> writer, std::shared_ptr<crypto::Sealer> sealer)
      : writer_(std::move(writer)), sealer_(std::move(sealer)) {}

  Status open_readers() {
    for (Reader& reader : readers_) {
      auto connection = Connection::open(writer_->path(), Connection::Access::read);
      if (!connection) return connection.error();
      reader.connection = std::move(*connection);
    }
    return {};
  }

  std::vector<Status> commit(std::span<const Changes> groups) override {
    const std::lock_guard lock(writer_mutex_);
    return SqliteChanges(*writer_, *sealer_).commit(groups);
  }

  Result<std::optional<SubscriberState>> subscriber(const Imsi& imsi) override {
    return read([&](SqliteReads reads) { return reads.subscriber(imsi); });
  }
  Result<std::optional<binding::Kme>> kme(std::string_view id) override {
    return read([&](SqliteReads reads) { return reads.kme(id); });
  }
  Result<std::optional<Device>> device(const Imei& imei) override {
    return read([&](SqliteReads reads) { return reads.device(imei); });
  }
  Result<bool> device_is_bound(const Imei& imei) override {
    return read([&](SqliteReads reads) { return reads.device_is_bound(imei); });
  }
  Result<bool> has_subscriber(const Imsi& imsi) override {
    return read([&](SqliteReads reads) { return reads.has_subscriber(imsi); });
  }
  Result<std::vector<SubscriberState>> subscribers(std::optional<Imsi> after, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.subscribers(after, limit); });
  }
  Result<std::vector<binding::Kme>> kmes(std::string_view after, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.kmes(after, limit); });
  }
  Result<std::vector<Device>> devices(std::optional<Imei> after, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.devices(after, limit); });
  }
  Result<std::vector<std::pair<Imsi, binding::Binding>>> bindings(std::optional<Imsi> after,
                                                                  std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.bindings(after, limit); });
  }
  Result<std::optional<Pool>> pool(std::string_view name) override {
    return read([&](SqliteReads reads) { return reads.pool(name); });
  }
  Result<std::vector<Pool>> pools(std::string_view after, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.pools(after, limit); });
  }
  Result<std::vector<Imsi>> pool_users(std::string_view name, std::optional<Imsi> after,
                                       std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.pool_users(name, after, limit); });
  }
  Result<std::vector<Imsi>> due_bindings(const DueBefore& before, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.due_bindings(before, limit); });
  }
  Result<std::vector<VectorNode>> vector_nodes(const Imsi& imsi) override {
    return read([&](SqliteReads reads) { return reads.vector_nodes(imsi); });
  }
  Result<std::vector<OwedClr>> owed_clrs(std::int64_t after_id, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.owed_clrs(after_id, limit); });
  }
  Result<std::vector<OwedUpdate>> owed_updates(std::int64_t after_id, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.owed_updates(after_id, limit); });
  }
  Result<std::vector<NodeName>> serving_nodes() override {
    return read([&](SqliteReads reads) { return reads.serving_nodes(); });
  }
  Result<std::vector<HistoryEntry>> history(const Imsi& imsi) override {
    return read([&](SqliteReads reads) { return reads.history(imsi); });
  }
  Result<std::vector<Event>> events(std::int64_t after_id, std::size_t limit,
                                    const EventQuery& wanted) override {
    return read([&](SqliteReads reads) { return reads.events(after_id, limit, wanted); });
  }
  Result<std::int64_t> last_event_id() override {
    return read([&](SqliteReads reads) { return reads.last_event_id(); });
  }
  Result<std::optional<Supplier>> supplier(std::string_view name) override {
    return read([&](SqliteReads reads) { return reads.supplier(name); });
  }
  Result<std::vector<Supplier>> suppliers(std::string_view after, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.suppliers(after, limit); });
  }
  Result<Counts> counts() override {
    return read([&](SqliteReads reads) { return reads.counts(); });
  }
  Result<std::optional<Job>> job(std::int64_t id) override {
    return read([&](SqliteReads reads) { return reads.job(id); });
  }
  Result<std::vector<Job>> jobs(std::int64_t after, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.jobs(after, limit); });
  }
  Result<std::vector<JobRow>> job_rows(std::int64_t job, std::uint64_t after, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.job_rows(job, after, limit); });
  }
  Result<std::vector<SyncReport>> sync_reports(std::int64_t after, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.sync_reports(after, limit); });
  }
  Result<std::vector<SyncItem>> sync_items(std::int64_t report, std::uint64_t after,
                                           std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.sync_items(report, after, limit); });
  }
  Result<std::vector<SyncNamed>> sync_named(std::optional<Imsi> after, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.sync_named(after, limit); });
  }
  Result<std::optional<SyncNamed>> sync_named_of(const Imsi& imsi) override {
    return read([&](SqliteReads reads) { return reads.sync_named_of(imsi); });
  }

  Result<std::vector<crypto::WrappedKey>> data_keys() override {
    return read_raw([](Connection& connection) { return read_data_keys(connection); });
  }
  Result<std::map<std::uint32_t, std::uint64_t>> sealed_under() override {
    return read_raw([](Connection& connection) { return count_sealed(connection); });
  }
  Status add_data_keys(std::span<const crypto::WrappedKey> keys) override {
    const std::lock_guard lock(writer_mutex_);
    if (auto status = store::add_data_keys(*writer_, keys); !status) return status;
    return reload();
  }
  Status replace_data_key(const crypto::WrappedKey& key) override {
    const std::lock_guard lock(writer_mutex_);
    if (auto status = store::replace_data_key(*writer_, key); !status) return status;
    return reload();
  }
  Result<std::size_t> reseal(std::size_t limit) override {
    const auto [reader, connection] = free_reader();
    const std::lock_guard one_at_a_time(reseal_mutex_);
    return store::reseal(*writer_, writer_mutex_, *connection, *sealer_, cursor_, limit);
  }
  Result<std::vector<crypto::WrappedKey>> drop_data_keys() override {
    const std::lock_guard lock(writer_mutex_);
    auto dropped = store::drop_data_keys(*writer_, *sealer_);
    if (dropped)
      if (auto status = reload(); !status) return status.error();
    return dropped;
  }

  Result<std::vector<DeviceEpoch>> device_epochs(const Imei& imei) override {
    return read([&](SqliteReads reads) { return reads.device_epochs(imei); });
  }
  Result<std::vector<Device>> devices_of(std::string_view kme, std::optional<Imei> after,
                                         std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.devices_of(kme, after, limit); });
  }
  Result<std::vector<Imsi>> imsis_of(const Imei& imei, std::optional<Imsi> after,
                                     std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.imsis_of(imei, after, limit); });
  }
  Result<std::vector<EpochUser>> epoch_users(std::string_view kme, binding::EpochNumber below,
                                             std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.epoch_users(kme, below, limit); });
  }
  Result<std::vector<Device>> laggards(std::string_view kme, binding::EpochNumber epoch,
                                       std::optional<Imei> after, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.laggards(kme, epoch, after, limit); });
  }
  Result<EpochProgress> epoch_progress(std::string_view kme, binding::EpochNumber epoch) override {
    return read([&](SqliteReads reads) { return reads.epoch_progress(kme, epoch); });
  }
  Result<std::vector<Imsi>> former_users(std::string_view kme, binding::EpochNumber epoch,
                                         std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.former_users(kme, epoch, limit); });
  }
  Result<std::vector<EpochAtWork>> epochs_at_work(std::string_view after_kme,
                                                  binding::EpochNumber after_epoch,
                                                  std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.epochs_at_work(after_kme, after_epoch, limit); });
  }
  Result<std::vector<Receipt>> receipts(std::int64_t after_id, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.receipts(after_id, limit); });
  }

  Result<std::vector<AuditEntry>> audit(std::int64_t after_id, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.audit(after_id, limit); });
  }
  Result<AuditHead> audit_head() override {
    return read([&](SqliteReads reads) { return reads.audit_head(); });
  }
  Result<std::vector<Approval>> approvals(std::int64_t after_id, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.approvals(after_id, limit); });
  }
  Result<std::string> setting(std::string_view name) override {
    return read([&](SqliteReads reads) { return reads.setting(name); });
  }

  Status backup_to(const std::string& path) override { return copy_database(writer_->path(), path); }

  Result<std::vector<std::string>> restore_from(const std::string& path,
                                                std::shared_ptr<crypto::Sealer> sealer,
                                                const RestoreTerms& terms) override {
    const std::lock_guard lock(writer_mutex_);
    return restore_database(*writer_, path, *sealer, *sealer_, terms);
  }

 private:
  struct Reader {
    std::mutex mutex;
    std::unique_ptr<Connection> connection;
  };

  // Runs `work` on a reading connection, in one read transaction: all it reads is of one moment.
  template <class Work>
  auto read(const Work& work) -> decltype(work(std::declval<SqliteReads>())) {
    return read_raw([&](Connection& connection) { return work(SqliteReads(connection, *sealer_)); });
  }
  template <class Work>
  auto read_raw(const Work& work) -> decltype(work(std::declval<Connection&>())) {
    const auto [lock, connection] = free_reader();
    if (auto begun = Query(*connection, Sql::begin_read).run(); !begun) return begun.error();
    auto result = work(*connection);
    if (auto ended = Query(*connection, Sql::commit).run(); !ended) {
      (void)Query(*connection, Sql::rollback).run();
      return ended.error();
    }
    return result;
  }

  std::pair<std::unique_lock<std::mutex>, Connection*> free_reader() {
    for (Reader& reader : readers_) {
      std::unique_lock lock(reader.mutex, std::try_to_lock);
      if (lock) return {std::move(lock), reader.connection.get()};
    }
    Reader& reader = readers_[next_reader_++ % readers_.size()];
    return {std::unique_lock(reader.mutex), reader.connection.get()};
  }

  // The data keys changed: the sealer learns of it, and the check value follows. Under the writer's lock.
  Status reload() {
    auto keys = read_data_keys(*writer_);
    if (!keys) return keys.error();
    sealer_->load(*keys);
    return ensure_seal(*writer_, *sealer_);
  }

  std::mutex writer_mutex_;
  std::mutex reseal_mutex_;  // of the cursor
  ResealCursor cursor_;
  std::unique_ptr<Connection> writer_;
  std::shared_ptr<crypto::Sealer> sealer_;
  std::array<Reader, reader_count> readers_;
  std::atomic<std::size_t> next_reader_ = 0;
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path,
                                                 std::shared_ptr<crypto::Sealer> sealer) {
  if (auto readable = open_reading(path); !readable) return readable.error();
  auto writer = Connection::open(path, Connection::Access::write);
  if (!writer) return writer.error();
  if (auto status = migrate(**writer, migrations()); !status) return status.error();
  if (auto status = open_seal(**writer, *sealer); !status) return status.error();
  if (auto status = ensure_seal(**writer, *sealer); !status) return status.error();
  auto store = std::make_unique<SqliteStore>(std::move(*writer), std::move(sealer));
  if (auto status = store->open_readers(); !status) return status.error();
  return std::unique_ptr<Store>(std::move(store));
}

Result<Counts> check_sqlite_store(const std::string& path, crypto::Sealer& sealer) {
  const auto connection = open_reading(path);
  if (!connection) return connection.error();
  if (auto sealed = open_seal(**connection, sealer); !sealed) return sealed.error();
  return SqliteReads(**connection, sealer).basic_counts();
}

Status create_sqlite_store(const std::string& path) { return create_database(path); }

}  // namespace simbiont::store

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
#include "store/store.h"

namespace simbiont::store {
namespace {

constexpr std::size_t reader_count = 3;
constexpr const char* seal_check_context = "store|check";

// A value that opens under the store's own key only, so that a wrong key file is found at the start and not
// at the first request of each subscriber. False: the store has none yet.
Result<bool> check_seal(Connection& connection, crypto::Sealer& sealer) {
  Query query(connection, Sql::seal_check);
  auto row = query.next();
  if (!row) return row.error();
  if (!*row) return false;
  if (sealer.open(query.octets(), seal_check_context)) return true;
  return error(Errc::unavailable, "the key is not the one that " + connection.path() + " is sealed with");
}

Status ensure_seal(Connection& connection, crypto::Sealer& sealer) {
  const auto there = check_seal(connection, sealer);
  if (!there) return there.error();
  if (*there) return {};
  const auto sealed = sealer.seal(Secret(as_bytes("simbiont")), seal_check_context);
  if (!sealed) return sealed.error();
  return Query(connection, Sql::set_seal_check).bind(ByteView(*sealed)).run();
}

// A connection that changes nothing, not even the journal mode.
Result<std::unique_ptr<Connection>> open_reading(const std::string& path) {
  if (!file_exists(path)) return error(Errc::not_found, path + ": no such store");
  auto connection = Connection::open(path, Connection::Access::read);
  if (!connection) return connection.error();
  if (auto status = check_schema(**connection, migrations()); !status) return status.error();
  return connection;
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
  Result<std::vector<VectorNode>> vector_nodes(const Imsi& imsi) override {
    return read([&](SqliteReads reads) { return reads.vector_nodes(imsi); });
  }
  Result<std::vector<OwedClr>> owed_clrs(std::int64_t after_id, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.owed_clrs(after_id, limit); });
  }
  Result<std::vector<HistoryEntry>> history(const Imsi& imsi) override {
    return read([&](SqliteReads reads) { return reads.history(imsi); });
  }
  Result<std::vector<Event>> events(std::int64_t after_id, std::size_t limit) override {
    return read([&](SqliteReads reads) { return reads.events(after_id, limit); });
  }
  Result<std::int64_t> last_event_id() override {
    return read([&](SqliteReads reads) { return reads.last_event_id(); });
  }
  Result<Counts> counts() override {
    return read([&](SqliteReads reads) { return reads.counts(); });
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
    const auto [lock, connection] = free_reader();
    if (auto begun = Query(*connection, Sql::begin_read).run(); !begun) return begun.error();
    auto result = work(SqliteReads(*connection, *sealer_));
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

  std::mutex writer_mutex_;
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
  if (auto status = ensure_seal(**writer, *sealer); !status) return status.error();
  auto store = std::make_unique<SqliteStore>(std::move(*writer), std::move(sealer));
  if (auto status = store->open_readers(); !status) return status.error();
  return std::unique_ptr<Store>(std::move(store));
}

Result<Counts> check_sqlite_store(const std::string& path, crypto::Sealer& sealer) {
  const auto connection = open_reading(path);
  if (!connection) return connection.error();
  if (auto sealed = check_seal(**connection, sealer); !sealed) return sealed.error();
  return SqliteReads(**connection, sealer).counts();
}

Status create_sqlite_store(const std::string& path) { return create_database(path); }

}  // namespace simbiont::store

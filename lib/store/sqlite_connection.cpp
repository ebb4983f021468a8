#include "store/sqlite_connection.h"

#include <sys/mman.h>

namespace simbiont::store {
namespace {

constexpr const char* common_settings =
    "PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; "
    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768";
// secure_delete: a key that was replaced does not linger in free pages, not even sealed.
constexpr const char* writer_settings =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; "
    "PRAGMA wal_autocheckpoint = 32768";

// Once, before SQLite's first use. A reader drops its cached pages after each commit of the writer; from one
// slab they come and go without malloc. What the caches may hold in all (cache_size above, 4 connections);
// memory is taken when it is touched.
bool configure() {
  constexpr int page_octets = 4096, pages = 4 * 8192;
  int header = 0;
  if (sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK) return false;
  if (sqlite3_config(SQLITE_CONFIG_PCACHE_HDRSZ, &header) != SQLITE_OK) return false;
  const int slot = (page_octets + header + 7) / 8 * 8;
  void* slab = mmap(nullptr, static_cast<std::size_t>(slot) * pages, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return slab != MAP_FAILED && sqlite3_config(SQLITE_CONFIG_PAGECACHE, slab, slot, pages) == SQLITE_OK;
}

Errc errc_of(int extended) {
  switch (extended & 0xFF) {
    case SQLITE_CONSTRAINT:
      return extended == SQLITE_CONSTRAINT_FOREIGNKEY ? Errc::not_found : Errc::invalid_argument;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::unavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::corrupt;
    default:
      return Errc::io;
  }
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Access access) {
  static const bool configured = configure();
  if (!configured) return error(Errc::io, path + ": SQLite cannot be configured");
  const int flags = (access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Connection> connection(new Connection(path, handle));
  if (handle == nullptr) return error(Errc::io, path + ": out of memory");
  if (code != SQLITE_OK) return connection->last_error();
  if (auto status = connection->execute(common_settings); !status) return status.error();
  if (access == Access::write) {
    if (auto status = connection->execute(writer_settings); !status) return status.error();
  }
  return connection;
}

Connection::~Connection() {
  for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Status Connection::execute(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return {};
  return last_error();
}

Result<std::int64_t> Connection::number(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr) != SQLITE_OK) return last_error();
  const int code = sqlite3_step(statement);
  const std::int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  if (sqlite3_finalize(statement) != SQLITE_OK) return last_error();
  return value;
}

Error Connection::last_error() const {
  return error(errc_of(sqlite3_extended_errcode(handle_)), path_ + ": " + sqlite3_errmsg(handle_));
}

sqlite3_stmt* Connection::prepared(Sql id) {
  sqlite3_stmt*& statement = statements_[static_cast<std::size_t>(id)];
  if (statement == nullptr) {
    sqlite3_prepare_v3(handle_, text(id), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  }
  return statement;
}

Query::Query(Connection& connection, Sql id) : connection_(connection), statement_(connection.prepared(id)) {}

Query::~Query() {
  sqlite3_reset(statement_);
  if (parameter_ > 0) sqlite3_clear_bindings(statement_);
}

Query& Query::bind(std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  keep(sqlite3_bind_text64(statement_, ++parameter_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Query& Query::bind(ByteView octets) {
  const void* data = octets.data() == nullptr ? "" : static_cast<const void*>(octets.data());
  keep(sqlite3_bind_blob64(statement_, ++parameter_, data, octets.size(), SQLITE_STATIC));
  return *this;
}

Query& Query::bind_integer(std::int64_t value) {
  keep(sqlite3_bind_int64(statement_, ++parameter_, value));
  return *this;
}

Status Query::run() {
  auto row = next();
  if (!row) return row.error();
  return {};
}

Result<bool> Query::next() {
  column_ = 0;
  if (statement_ == nullptr) return connection_.last_error();
  if (bind_code_ != SQLITE_OK) return error(Errc::io, sqlite3_errstr(bind_code_));
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_.last_error();
}

std::int64_t Query::integer() { return sqlite3_column_int64(statement_, column_++); }

std::string_view Query::text() {
  const int column = column_++;
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

ByteView Query::octets() {
  const int column = column_++;
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Query::is_null() const { return sqlite3_column_type(statement_, column_) == SQLITE_NULL; }

}  // namespace simbiont::store

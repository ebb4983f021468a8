// A SQLite connection with its prepared statements, and one execution of such a statement.
#pragma once

#include <sqlite3.h>

#include <array>
#include <concepts>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/digits.h"
#include "base/result.h"
#include "store/sqlite_sql.h"

namespace simbiont::store {

// Not thread-safe: its owner serialises.
class Connection {
 public:
  // write: the store's own writer (WAL). plain_file: a database of one file, for copies that nobody else has
  // open.
  enum class Access : std::uint8_t { read, write, plain_file };

  // Opens what exists; never creates.
  static Result<std::unique_ptr<Connection>> open(const std::string& path, Access access);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Statements without parameters or rows, prepared for this once.
  Status execute(const char* sql);
  // The first column of the first row.
  Result<std::int64_t> number(const char* sql);

  const std::string& path() const { return path_; }
  sqlite3* handle() const { return handle_; }
  std::int64_t changed_rows() const { return sqlite3_changes64(handle_); }
  std::int64_t last_id() const { return sqlite3_last_insert_rowid(handle_); }
  bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
  Error last_error() const;

 private:
  friend class Query;
  Connection(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  sqlite3_stmt* prepared(Sql id);

  std::string path_;
  sqlite3* handle_;
  std::array<sqlite3_stmt*, sql_count> statements_{};
};

// An IMSI as stored: see sqlite_schema.cpp.
inline std::int64_t column_of(const Imsi& imsi) { return static_cast<std::int64_t>(imsi.key() ^ 1ULL << 63); }
inline Imsi imsi_of(std::int64_t column) {
  return Imsi::from_key(static_cast<std::uint64_t>(column) ^ 1ULL << 63);
}

// Binds parameters and reads columns from left to right. What is bound must outlive the Query.
class Query {
 public:
  Query(Connection& connection, Sql id);
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  template <std::integral T>
  Query& bind(T value) {
    return bind_integer(static_cast<std::int64_t>(value));
  }
  Query& bind(std::string_view text);
  Query& bind(const char* text) { return bind(std::string_view(text)); }
  Query& bind(const std::string& text) { return bind(std::string_view(text)); }
  Query& bind(std::string&&) = delete;
  Query& bind(ByteView octets);
  Query& bind(Bytes&&) = delete;
  Query& bind(const Imsi& imsi) { return bind_integer(column_of(imsi)); }
  Query& bind(const Imei& imei) { return bind(imei.key()); }
  Query& bind_null() {
    ++parameter_;
    return *this;
  }

  // For a statement without rows. A broken foreign key is not_found.
  Status run();
  // Steps to the next row; false after the last.
  Result<bool> next();

  std::int64_t integer();
  template <std::integral T>
  T integer_as() {
    return static_cast<T>(integer());
  }
  std::string_view text();
  ByteView octets();
  bool is_null() const;  // the column that is read next
  void skip(int columns) { column_ += columns; }

 private:
  Query& bind_integer(std::int64_t value);
  void keep(int code) {
    if (code != SQLITE_OK && bind_code_ == SQLITE_OK) bind_code_ = code;
  }

  Connection& connection_;
  sqlite3_stmt* statement_;
  int parameter_ = 0;
  int column_ = 0;
  int bind_code_ = SQLITE_OK;
};

}  // namespace simbiont::store

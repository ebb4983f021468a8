// What the tests of the SQLite store do behind its back.
#pragma once

#include <sqlite3.h>

#include <fstream>
#include <iterator>

#include "fixture.h"

namespace simbiont::store {

// Runs statements on the file, beside the store.
inline void tamper(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  sqlite3_busy_timeout(handle, 5000);
  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK)
      << (message == nullptr ? "" : message);
  sqlite3_free(message);
  sqlite3_close(handle);
}

// The first column of the first row, as text.
inline std::string ask(const std::string& path, const std::string& sql) {
  sqlite3* handle = nullptr;
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr), SQLITE_OK);
  std::string out;
  if (sqlite3_step(statement) == SQLITE_ROW) {
    const auto* found = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    if (found != nullptr) out = found;
  }
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return out;
}

// What restore_from gives, for tests of other things than its hosts.
using Hosts = Result<std::vector<std::string>>;
inline RestoreTerms margin(std::uint64_t seqs) { return {seqs, 0, 0, {}, {}}; }
inline testing::AssertionResult done(const Hosts& hosts) {
  return ok(hosts ? Status() : Status(hosts.error()));
}
inline Errc code_of(const Hosts& hosts) { return code(hosts ? Status() : Status(hosts.error())); }

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string base64(ByteView octets) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i + 2 < octets.size(); i += 3) {
    const auto group = static_cast<unsigned>(load_be(octets.subspan(i, 3)));
    for (const int shift : {18, 12, 6, 0}) out.push_back(digits[group >> shift & 63]);
  }
  return out;
}

}  // namespace simbiont::store

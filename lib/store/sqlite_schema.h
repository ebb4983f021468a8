// The versioned list of migrations, and what marks a file as a Simbiont store.
#pragma once

#include <span>

#include "base/result.h"
#include "store/sqlite_connection.h"

namespace simbiont::store {

inline constexpr std::int64_t application_id = 0x53694D62;  // "SiMb"

struct Migration {
  int version;  // the user_version that it leads to: 1, 2, ...
  const char* sql;
};

std::span<const Migration> migrations();

// refused when the file is not a Simbiont store, or its schema is newer than the list's last.
Status check_schema(Connection& connection, std::span<const Migration> list);

// Applies what is missing of the list, each migration in its own transaction. An empty new file becomes a
// store.
Status migrate(Connection& connection, std::span<const Migration> list);

}  // namespace simbiont::store

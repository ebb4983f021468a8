// Copies of a database: out of a running store, and back into one.
#pragma once

#include <string>
#include <vector>

#include "crypto/sealer.h"
#include "store/sqlite_connection.h"
#include "store/store.h"

namespace simbiont::store {

// A consistent copy of the database `from` as the single file `to` (0600), complete and synced before it
// bears that name. already_exists when there is one.
Status copy_database(const std::string& from, const std::string& to);

// An empty store of the newest schema at `path`, in the same way.
Status create_database(const std::string& path);

// Store::restore_from into the connection's database. The backup is copied beside it, upgraded, opened with
// `theirs` and sealed with `own` there; only then one transaction moves its content over.
Result<std::vector<std::string>> restore_database(Connection& connection, const std::string& backup,
                                                  crypto::Sealer& theirs, crypto::Sealer& own,
                                                  const RestoreTerms& terms);

}  // namespace simbiont::store

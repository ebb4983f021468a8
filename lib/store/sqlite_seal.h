// What the SQLite store knows of the keys that seal its content: the data keys themselves, and which record
// is sealed under which.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "crypto/sealer.h"
#include "store/sqlite_connection.h"

namespace simbiont::store {

// Of a schema before data keys: none.
Result<std::vector<crypto::WrappedKey>> read_data_keys(Connection& connection);

// A value that opens under the store's own key only, so that a wrong key is found at the start and not at
// the first request of each subscriber. unavailable: the key is another one. A key that is closed says
// nothing against the store.
Status check_seal(Connection& connection, crypto::Sealer& sealer);
// Makes that value where there is none, or seals it anew under the active data key.
Status ensure_seal(Connection& connection, crypto::Sealer& sealer);

// Store::add_data_keys, replace_data_key, drop_data_keys: each one transaction.
Status add_data_keys(Connection& connection, std::span<const crypto::WrappedKey> keys);
Status replace_data_key(Connection& connection, const crypto::WrappedKey& key);
Result<std::vector<crypto::WrappedKey>> drop_data_keys(Connection& connection, crypto::Sealer& sealer);

// How many sealed values there are under each data key; 0: directly under a KEK.
Result<std::map<std::uint32_t, std::uint64_t>> count_sealed(Connection& connection);

// Where resealing goes on; a value that is sealed anew lies behind it.
struct ResealCursor {
  std::int64_t imsi = 0;
  std::string kme;
  std::uint64_t number = 0;
  std::string supplier;
  bool subscribers_done = false, epochs_done = false;
  ResealCursor();
};
// Seals at most `limit` records anew that are not under the active data key, from the cursor on, in one
// transaction of the writer, whose mutex is held for that alone: `reader` finds them, and nobody waits for
// the search. How many they were; 0: none is left behind the cursor.
Result<std::size_t> reseal(Connection& writer, std::mutex& writer_mutex, Connection& reader,
                           crypto::Sealer& sealer, ResealCursor& cursor, std::size_t limit);

}  // namespace simbiont::store

// What administration does to a store whether the HSS runs or not: open it by its paths, copy it out, put a
// copy back.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hss/config.h"
#include "store/store.h"

namespace simbiont::hss {

// not_found, naming `simbiont init`, when the database or its key file is missing.
Status check_files(const Paths& paths);
struct OpenedStore {
  std::shared_ptr<Custody> custody;
  std::unique_ptr<store::Store> store;
  Status token;  // why the token cannot be had; ok without one
};
// The store; the caller holds the lock. The same errors, and those of the store and the key file. A token
// that is away is no error: what it opens stays closed.
Result<OpenedStore> open_store(const Paths& paths);
// A new store, with KEKs where the configuration says; already_exists, and then nothing is touched.
Status create_store(const Paths& paths);

// Creates `directory` (0700; already_exists when it is there) with a copy of the database, and of the key
// file if the store has one. Of a token nothing is copied.
Status backup_store(store::Store& store, Custody& custody, const std::string& directory);
// Judges the store without its lock, beside a running HSS too; changes nothing.
Result<store::Counts> check_store(const Paths& paths);
// Store::restore_from, with the CLRs of TS 29.272 that it owes. No SEQ that may have been given out since the
// backup comes again.
Result<std::vector<std::string>> restore_store(store::Store& store, const Custody& custody,
                                               const std::string& backup_db, const std::string& backup_key,
                                               UnixMs now, std::int64_t vector_life_ms,
                                               std::optional<store::AuditEntry> audit = std::nullopt);

}  // namespace simbiont::hss

#include "hss/live_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "crypto/sealer.h"
#include "diameter/s6a.h"
#include "hss/live.h"

namespace simbiont::hss {
namespace {

// SEQs given out between a backup and its restoration are skipped, up to this many a subscriber, where the
// store does not know them itself; it is far below the 2^28 that a card accepts.
constexpr std::uint64_t restore_seq_margin = 1ULL << 20;

Error system_error(const std::string& what) {
  return error(errno == EEXIST ? Errc::already_exists : Errc::io,
               what + ": " + std::generic_category().message(errno));
}

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

void sync_directory(const std::string& path) {
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  (void)fsync(directory);
  (void)close(directory);
}

// Of the key files that data keys are under now, the active one's first; a rotation has two.
std::vector<std::shared_ptr<crypto::KekProvider>> file_keks(Custody& custody) {
  std::vector<std::shared_ptr<crypto::KekProvider>> found;
  const auto keys = custody.keyring().keys();
  for (const bool active : {true, false}) {
    for (const crypto::WrappedKey& key : keys) {
      const auto kek = key.active == active ? custody.keyring().kek(key.kek) : nullptr;
      if (kek == nullptr || kek->exported().empty()) continue;
      const auto same = [&](const auto& other) { return other->id() == kek->id(); };
      if (std::none_of(found.begin(), found.end(), same)) found.push_back(kek);
    }
  }
  return found;
}

// Whether the key file is the store's: what a token opens may be closed, what it opens may not.
Status judge_key_file(Custody& custody) {
  for (const crypto::WrappedKey& key : custody.keyring().keys())
    if (crypto::token_kek_object(key.kek).empty() && !custody.keyring().is_open(key.id))
      return error(Errc::unavailable,
                   "the key " + custody.key_path() + " is not the one that the store is sealed with");
  return {};
}

}  // namespace

Status check_files(const Paths& paths) {
  const bool by_token = !paths.custody.token.module.empty();
  for (const std::string& path : {paths.db, paths.key})
    if (!exists(path) && (path == paths.db || !by_token))
      return error(Errc::not_found, path + " does not exist: `simbiont init` creates a store and its key");
  return {};
}

Result<OpenedStore> open_store(const Paths& paths) {
  if (Status there = check_files(paths); !there) return there.error();
  auto custody = Custody::make(paths.key, paths.custody);
  if (!custody) return custody.error();
  const Status connected = (*custody)->connect();
  auto store =
      store::open_sqlite_store(paths.db, std::shared_ptr<crypto::Sealer>(*custody, &(*custody)->keyring()));
  if (!store) return store.error();
  if (Status right = judge_key_file(**custody); !right) return right.error();
  if (Status settled = (*custody)->settle(**store); !settled) return settled.error();
  return OpenedStore{*std::move(custody), *std::move(store), connected};
}

Status create_store(const Paths& paths) {
  for (const std::string& path : {paths.db, paths.key})
    if (exists(path)) return error(Errc::already_exists, path + " exists already: nothing was created");
  const CustodyConfig& config = paths.custody;
  const bool by_file = config.kek == KekPlace::file || config.subscriber_kek == KekPlace::file;
  if (by_file)
    if (auto created = crypto::create_key_file(paths.key); !created) return created;
  Status created = store::create_sqlite_store(paths.db);
  if (created) {
    const auto opened = open_store(paths);
    created = opened ? Status() : Status(opened.error());
    if (!created) (void)unlink(paths.db.c_str());
  }
  if (!created && by_file) (void)unlink(paths.key.c_str());
  return created;
}

Status backup_store(store::Store& store, Custody& custody, const std::string& directory) {
  if (mkdir(directory.c_str(), 0700) != 0) return system_error("cannot create " + directory);
  const std::string base = directory + "/";
  // Before and after the copy: a rotation may begin or end meanwhile.
  auto keks = file_keks(custody);
  if (Status copied = store.backup_to(base + std::string(backup_db_name)); !copied) return copied;
  for (auto& kek : file_keks(custody)) {
    const auto same = [&](const auto& other) { return other->id() == kek->id(); };
    if (std::none_of(keks.begin(), keks.end(), same)) keks.push_back(kek);
  }
  std::string path = base + std::string(backup_key_name);
  for (const auto& kek : keks) {
    if (Status copied = crypto::write_key_file(path, kek->exported()); !copied) return copied;
    path += ".new";
  }
  sync_directory(directory);
  return {};
}

Result<store::Counts> check_store(const Paths& paths) {
  if (Status there = check_files(paths); !there) return there.error();
  auto custody = Custody::make(paths.key, paths.custody);
  if (!custody) return custody.error();
  auto counts = store::check_sqlite_store(paths.db, (*custody)->keyring());
  if (counts)
    if (Status right = judge_key_file(**custody); !right) return right.error();
  return counts;
}

Result<std::vector<std::string>> restore_store(store::Store& store, const Custody& custody,
                                               const std::string& backup_db, const std::string& backup_key,
                                               UnixMs now, std::int64_t vector_life_ms,
                                               std::optional<store::AuditEntry> audit) {
  // Of this store's KEKs only those in the token may open another one's content.
  auto theirs = custody.for_backup(backup_key);
  if (!theirs) return theirs.error();
  if (!exists(backup_key) && (*theirs)->token() == nullptr)
    return crypto::read_key_file(backup_key).error();
  constexpr std::uint32_t withdrawal = diameter::cancellation::subscription_withdrawal;
  store::RestoreTerms terms{restore_seq_margin, now, vector_life_ms, {}, {}};
  terms.leaves_plain = {withdrawal,
                        diameter::clr_flag::s6a_indicator | diameter::clr_flag::reattach_required};
  terms.removed = {withdrawal, diameter::clr_flag::s6a_indicator};
  terms.audit = std::move(audit);
  return store.restore_from(backup_db, std::shared_ptr<crypto::Sealer>(*theirs, &(*theirs)->keyring()),
                            terms);
}

}  // namespace simbiont::hss

#include "hss/live_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

// A key file is small text; it is written with the mode of a secret from the start.
Status write_key_copy(const Secret& key, const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return system_error("cannot create " + path);
  std::string text = to_hex(key.reveal()) + "\n";
  const bool written =
      write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  const int reason = errno;
  zeroise({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  const bool closed = close(file) == 0;
  if (written && closed) return {};
  errno = reason;
  return system_error("cannot write " + path);
}

void sync_directory(const std::string& path) {
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  (void)fsync(directory);
  (void)close(directory);
}

}  // namespace

Status check_files(const Paths& paths) {
  for (const std::string& path : {paths.db, paths.key})
    if (!exists(path))
      return error(Errc::not_found, path + " does not exist: `simbiont init` creates a store and its key");
  return {};
}

Result<std::unique_ptr<store::Store>> open_store(const Paths& paths) {
  if (Status there = check_files(paths); !there) return there.error();
  auto key = crypto::read_key_file(paths.key);
  if (!key) return key.error();
  return store::open_sqlite_store(paths.db, crypto::make_key_sealer(*key));
}

Status backup_store(store::Store& store, const Paths& paths, const std::string& directory) {
  const auto key = crypto::read_key_file(paths.key);
  if (!key) return key.error();
  if (mkdir(directory.c_str(), 0700) != 0) return system_error("cannot create " + directory);
  const std::string base = directory + "/";
  if (Status copied = store.backup_to(base + std::string(backup_db_name)); !copied) return copied;
  if (Status copied = write_key_copy(*key, base + std::string(backup_key_name)); !copied) return copied;
  sync_directory(directory);
  return {};
}

Result<store::Counts> check_store(const Paths& paths) {
  if (Status there = check_files(paths); !there) return there.error();
  const auto key = crypto::read_key_file(paths.key);
  if (!key) return key.error();
  return store::check_sqlite_store(paths.db, *crypto::make_key_sealer(*key));
}

Result<std::vector<std::string>> restore_store(store::Store& store, const std::string& backup_db,
                                               const std::string& backup_key, UnixMs now,
                                               std::int64_t vector_life_ms) {
  const auto key = crypto::read_key_file(backup_key);
  if (!key) return key.error();
  constexpr std::uint32_t withdrawal = diameter::cancellation::subscription_withdrawal;
  store::RestoreTerms terms{restore_seq_margin, now, vector_life_ms, {}, {}};
  terms.leaves_plain = {withdrawal,
                        diameter::clr_flag::s6a_indicator | diameter::clr_flag::reattach_required};
  terms.removed = {withdrawal, diameter::clr_flag::s6a_indicator};
  return store.restore_from(backup_db, crypto::make_key_sealer(*key), terms);
}

}  // namespace simbiont::hss

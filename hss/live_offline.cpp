#include "hss/live_offline.h"

#include <mutex>
#include <utility>

#include "hss/live_store.h"
#include "store/file_lock.h"

namespace simbiont::hss {
namespace {

class OfflineLive final : public Live {
 public:
  OfflineLive(store::FileLock lock, OpenedStore opened)
      : lock_(std::move(lock)), custody_(std::move(opened.custody)), store_(std::move(opened.store)) {}

  store::Store& store() override { return *store_; }
  UnixMs now() const override { return clock_.unix_ms(); }

  Status transact(const Decide& decide) override {
    const std::lock_guard lock(mutex_);
    auto changes = decide(*store_);
    if (!changes) return changes.error();
    return changes->empty() ? Status() : store_->commit(*changes);
  }
  Result<std::vector<std::string>> restore(const std::string& backup_db, const std::string& backup_key,
                                           std::int64_t vector_life_ms,
                                           std::optional<store::AuditEntry> audit) override {
    const std::lock_guard lock(mutex_);
    return restore_store(*store_, *custody_, backup_db, backup_key, now(), vector_life_ms, std::move(audit));
  }
  Status backup(const std::string& directory) override { return backup_store(*store_, *custody_, directory); }
  Custody& custody() override { return *custody_; }
  // One that was interrupted goes on first.
  Status rotate(const RotationTarget& target) override {
    const std::lock_guard lock(mutex_);
    if (Status done = finish_rotation(*store_, *custody_); !done) return done;
    if (Status begun = begin_rotation(*store_, *custody_, target); !begun) return begun;
    return finish_rotation(*store_, *custody_);
  }

  std::vector<std::string> reachable_hosts() override { return {}; }
  bool running() const override { return false; }

 private:
  store::FileLock lock_;
  std::shared_ptr<Custody> custody_;
  std::unique_ptr<store::Store> store_;
  std::mutex mutex_;
  SystemClock clock_;
};

}  // namespace

Result<std::unique_ptr<Live>> open_offline(const Paths& paths) {
  if (Status there = check_files(paths); !there) return there.error();
  auto lock = store::FileLock::acquire(paths.lock);
  if (!lock) return lock.error();
  auto store = open_store(paths);
  if (!store) return store.error();
  return std::unique_ptr<Live>(std::make_unique<OfflineLive>(*std::move(lock), *std::move(store)));
}

}  // namespace simbiont::hss

// A Live over the memory store: what the admin handlers do, without files and without an event loop.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "hss/live.h"

namespace simbiont::test {

class MemoryLive final : public hss::Live {
 public:
  store::Store& store() override { return *store_; }
  UnixMs now() const override { return now_ms; }

  Status transact(const Decide& decide) override {
    const std::lock_guard lock(mutex_);
    ++transactions;
    std::this_thread::sleep_for(std::chrono::milliseconds(slow_ms));
    if (fail_after >= 0 && transactions > fail_after) {
      if (fail_once) fail_after = -1;
      return error(Errc::io, "the disk is full");
    }
    const auto changes = decide(*store_);
    if (!changes) return changes.error();
    return store_->commit(*changes);
  }
  // There is nothing to restore from; what the handlers do around it can be seen.
  Result<std::vector<std::string>> restore(const std::string&, const std::string&, std::int64_t,
                                           std::optional<store::AuditEntry> audit) override {
    if (!restores) return error(Errc::refused, "memory");
    ++restored;
    restore_entry = std::move(audit);
    return std::vector<std::string>{};
  }
  Status backup(const std::string&) override { return error(Errc::refused, "memory"); }
  hss::Custody& custody() override { return *custody_; }
  Status rotate(const hss::RotationTarget&) override { return error(Errc::refused, "memory"); }
  std::vector<std::string> reachable_hosts() override { return {}; }
  bool running() const override { return runs; }

  // What peers do: outside the API.
  Status put(const store::Changes& changes) { return store_->commit(changes); }

  std::atomic<UnixMs> now_ms{1'700'000'000'000};
  int transactions = 0;
  int fail_after = -1;  // transactions; -1: never
  bool fail_once = false;
  bool runs = true, restores = false;
  int restored = 0;
  std::optional<store::AuditEntry> restore_entry;
  int slow_ms = 0;  // each transaction

 private:
  std::mutex mutex_;
  std::unique_ptr<store::Store> store_ = store::make_memory_store();
  std::shared_ptr<hss::Custody> custody_ = *hss::Custody::make("no key file", {});
};

}  // namespace simbiont::test

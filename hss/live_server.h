// Administration of a running HSS: every change is made on the event loop's thread, between two requests of
// peers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hss/committer.h"
#include "hss/config.h"
#include "hss/core.h"
#include "hss/live.h"
#include "net/loop.h"

namespace simbiont::hss {

class LiveServer final : public Live {
 public:
  // after: called on the loop's thread when a change was made, to send what it caused. The loop must run
  // while any other thread is in a call of this.
  LiveServer(net::Loop& loop, Core& core, ThreadCommitter& committer, store::Store& store, const Clock& clock,
             Custody& custody, std::function<void()> after);

  store::Store& store() override { return store_; }
  UnixMs now() const override { return clock_.unix_ms(); }
  Status transact(const Decide& decide) override;
  Result<std::vector<std::string>> restore(const std::string& backup_db, const std::string& backup_key,
                                           std::int64_t vector_life_ms,
                                           std::optional<store::AuditEntry> audit) override;
  Custody& custody() override { return custody_; }
  Status rotate(const RotationTarget& target) override;
  // Called when a rotation was begun.
  void on_rotation(std::function<void()> begun) { rotation_begun_ = std::move(begun); }
  Status backup(const std::string& directory) override;
  std::vector<std::string> reachable_hosts() override;
  bool running() const override { return true; }

 private:
  void on_loop(const std::function<void()>& work);
  void settle(const store::Changes& changes);

  net::Loop& loop_;
  Core& core_;
  ThreadCommitter& committer_;
  store::Store& store_;
  const Clock& clock_;
  Custody& custody_;
  std::function<void()> rotation_begun_;
  std::function<void()> after_;
};

}  // namespace simbiont::hss

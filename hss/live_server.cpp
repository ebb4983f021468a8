#include "hss/live_server.h"

#include <future>
#include <utility>

#include "hss/live_store.h"

namespace simbiont::hss {

LiveServer::LiveServer(net::Loop& loop, Core& core, ThreadCommitter& committer, store::Store& store,
                       const Clock& clock, Custody& custody, std::function<void()> after)
    : loop_(loop),
      core_(core),
      committer_(committer),
      store_(store),
      clock_(clock),
      custody_(custody),
      after_(std::move(after)) {}

void LiveServer::on_loop(const std::function<void()>& work) {
  std::promise<void> finished;
  loop_.post([&] {
    work();
    finished.set_value();
  });
  finished.get_future().wait();
}

// What is still to be written of an IMSI whose binding changes must be there before the next request reads
// it.
void LiveServer::settle(const store::Changes& changes) {
  std::vector<Imsi> bound;
  for (const store::Change& change : changes)
    if (const auto* put = std::get_if<store::PutBinding>(&change)) bound.push_back(put->imsi);
  if (bound.empty()) return;
  committer_.hurry(std::move(bound));
  committer_.drain();
}

Status LiveServer::transact(const Decide& decide) {
  Status status;
  on_loop([&] {
    committer_.drain();
    auto changes = decide(store_);
    if (!changes) {
      status = changes.error();
    } else if (!changes->empty()) {
      status = store_.commit(*changes);
      settle(*changes);
      core_.committed(*changes);
    }
    after_();
  });
  return status;
}

Result<std::vector<std::string>> LiveServer::restore(const std::string& backup_db,
                                                     const std::string& backup_key,
                                                     std::int64_t vector_life_ms,
                                                     std::optional<store::AuditEntry> audit) {
  Result<std::vector<std::string>> hosts(std::vector<std::string>{});
  on_loop([&] {
    committer_.drain();
    hosts = restore_store(store_, custody_, backup_db, backup_key, clock_.unix_ms(), vector_life_ms,
                          std::move(audit));
    core_.replaced();
    after_();
  });
  return hosts;
}

Status LiveServer::backup(const std::string& directory) { return backup_store(store_, custody_, directory); }

// The data keys change under the store's own lock; nothing that a request reads is another thing for it.
Status LiveServer::rotate(const RotationTarget& target) {
  Status begun = begin_rotation(store_, custody_, target);
  if (begun && rotation_begun_) rotation_begun_();
  return begun;
}

std::vector<std::string> LiveServer::reachable_hosts() {
  std::vector<std::string> hosts;
  on_loop([&] { hosts = core_.reachable_hosts(); });
  return hosts;
}

}  // namespace simbiont::hss

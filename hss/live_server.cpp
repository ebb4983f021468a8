#include "hss/live_server.h"

#include <future>
#include <utility>

#include "hss/live_store.h"

namespace simbiont::hss {

LiveServer::LiveServer(net::Loop& loop, Core& core, ThreadCommitter& committer, store::Store& store,
                       const Clock& clock, Paths paths, std::function<void()> after)
    : loop_(loop),
      core_(core),
      committer_(committer),
      store_(store),
      clock_(clock),
      paths_(std::move(paths)),
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
                                                     std::int64_t vector_life_ms) {
  Result<std::vector<std::string>> hosts(std::vector<std::string>{});
  on_loop([&] {
    committer_.drain();
    hosts = restore_store(store_, backup_db, backup_key, clock_.unix_ms(), vector_life_ms);
    core_.replaced();
    after_();
  });
  return hosts;
}

Status LiveServer::backup(const std::string& directory) { return backup_store(store_, paths_, directory); }

std::vector<std::string> LiveServer::reachable_hosts() {
  std::vector<std::string> hosts;
  on_loop([&] { hosts = core_.reachable_hosts(); });
  return hosts;
}

}  // namespace simbiont::hss

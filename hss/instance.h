// One running HSS: store, committer, core, connections and event loop put together in the order they need.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "crypto/random.h"
#include "hss/config.h"
#include "hss/custody_keeper.h"
#include "hss/eap_socket.h"
#include "hss/live_server.h"
#include "hss/live_store.h"
#include "hss/server.h"

namespace simbiont::hss {

class Instance {
 public:
  Instance(const Config& config, OpenedStore opened);
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  ~Instance();  // stops, if nobody did

  // Listens, and serves on a thread of its own.
  Status start();
  Live& live() { return live_; }
  net::Endpoint local() const { return server_.locals().at(0).endpoint; }
  std::vector<net::Listen> locals() const { return server_.locals(); }
  // DPR to every peer, then everything queued is committed. Nobody may be in a call of live() by then.
  void stop();

 private:
  void poll();

  static constexpr std::int64_t tick_ms = 100;

  void custody_changed(bool lost, const std::string& why);

  std::shared_ptr<Custody> custody_;
  std::unique_ptr<store::Store> store_;
  SystemClock clock_;
  crypto::SystemRandom random_;
  net::Loop loop_;
  ThreadCommitter committer_;
  Server server_;
  Core core_;
  LiveServer live_;
  const std::string eap_path_;
  std::unique_ptr<EapSocket> eap_;
  std::unique_ptr<TokenWorkers> token_workers_;
  std::unique_ptr<CustodyKeeper> keeper_;
  std::thread thread_;
};

}  // namespace simbiont::hss

// The HSS of the simulation: core and admin API over one SQLite store, in process, so that it can be killed
// around any commit and opened again.
#pragma once

#include <memory>
#include <string>

#include "admin/api.h"
#include "admin/json.h"
#include "hss/live.h"
#include "support/manual_parts.h"
#include "tests/unit/property/home_network.h"

namespace simbiont::rollover {

// Dies at the n-th commit, before or after it: then nothing is done any more.
class SimLive final : public hss::Live {
 public:
  SimLive(store::Store& store, hss::Core& core, const Clock& clock)
      : store_(store), core_(core), clock_(clock) {}

  store::Store& store() override { return store_; }
  UnixMs now() const override { return clock_.unix_ms(); }
  Status transact(const Decide& decide) override {
    if (dead) return error(Errc::io, "killed");
    const auto changes = decide(store_);
    if (!changes) return changes.error();
    if (changes->empty()) return {};
    const bool dies = fuse > 0 && --fuse == 0;
    if (dies && before_commit) return die();
    const Status done = store_.commit(*changes);
    if (dies) return die();
    core_.committed(*changes);
    return done;
  }
  Result<std::vector<std::string>> restore(const std::string&, const std::string&, std::int64_t) override {
    return error(Errc::refused, "a simulation");
  }
  Status backup(const std::string&) override { return error(Errc::refused, "a simulation"); }
  std::vector<std::string> reachable_hosts() override { return {}; }
  bool running() const override { return true; }

  int fuse = 0;  // commits left; 0: it lives
  bool before_commit = false, dead = false;

 private:
  Status die() {
    dead = true;
    return error(Errc::io, "killed");
  }

  store::Store& store_;
  hss::Core& core_;
  const Clock& clock_;
};

class Home {
 public:
  Home(std::string db, std::shared_ptr<crypto::Sealer> sealer, ManualClock& clock,
       property::RecordingRandom& random)
      : db_(std::move(db)), sealer_(std::move(sealer)), clock_(clock), random_(random) {
    test_ok(store::create_sqlite_store(db_));
    open();
  }

  void kill_and_start() {
    close();
    open();
    ++kills;
  }
  store::Store& store() { return *store_; }
  property::CoreHome& core() { return *core_; }
  admin::Api& api() { return *api_; }
  SimLive& live() { return *live_; }

  struct Answer {
    int status = 0;
    admin::Json body;
  };
  // The HSS may die of it (live().fuse); it is up again afterwards, and the answer is lost: status 0.
  Answer call(const std::string& method, const std::string& path,
              const admin::Json& body = admin::Json::object()) {
    admin::Request request{method, path, {}, method == "GET" ? "" : body.dump()};
    const admin::Response response = api_->handle(request);
    if (live_->dead) {
      kill_and_start();
      return {};
    }
    return {response.status, admin::Json::parse(response.body, nullptr, false)};
  }

  int kills = 0;

 private:
  static void test_ok(const Status& status) {
    if (!status) throw std::runtime_error(status.error().message);
  }
  void open() {
    auto store = store::open_sqlite_store(db_, sealer_);
    if (!store) throw std::runtime_error(store.error().message);
    store_ = std::move(*store);
    core_ = std::make_unique<property::CoreHome>(*store_, clock_, random_, "mme.example");
    live_ = std::make_unique<SimLive>(*store_, core_->core(), clock_);
    api_ = std::make_unique<admin::Api>(*live_);
  }
  void close() {
    api_.reset();
    live_.reset();
    core_.reset();
    store_.reset();
  }

  const std::string db_;
  const std::shared_ptr<crypto::Sealer> sealer_;
  ManualClock& clock_;
  property::RecordingRandom& random_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<property::CoreHome> core_;
  std::unique_ptr<SimLive> live_;
  std::unique_ptr<admin::Api> api_;
};

}  // namespace simbiont::rollover

#include "hss/instance.h"

#include <utility>

#include "hss/log.h"

namespace simbiont::hss {

Instance::Instance(const Config& config, OpenedStore opened)
    : custody_(std::move(opened.custody)),
      store_(std::move(opened.store)),
      committer_(*store_, [this] { loop_.post([this] { poll(); }); }),
      server_(loop_, config, clock_),
      core_(config.core(), *store_, clock_, random_, committer_, server_),
      live_(loop_, core_, committer_, *store_, clock_, *custody_, [this] { poll(); }),
      eap_path_(config.eap_socket) {}

Instance::~Instance() { stop(); }

Status Instance::start() {
  if (Status caught_up = core_.catch_up(); !caught_up) return caught_up;
  if (Status listening = server_.listen(core_); !listening) return listening;
  if (!eap_path_.empty()) {
    eap_ = std::make_unique<EapSocket>(loop_, [this](ByteView frame) { core_.on_eap(frame); });
    if (Status bound = eap_->bind(eap_path_); !bound) return bound;
    server_.set_eap([this](ByteView answer) { eap_->send(answer); });
  }
  if (custody_->token() != nullptr) {
    token_workers_ = std::make_unique<TokenWorkers>(*custody_->token(), custody_->config().limits,
                                                    [this] { loop_.post([this] { poll(); }); });
    core_.use_token(token_workers_.get());
  }
  keeper_ = std::make_unique<CustodyKeeper>(*custody_, *store_, [this](bool lost, const std::string& why) {
    loop_.post([this, lost, why] { custody_changed(lost, why); });
  });
  live_.on_rotation([this] { keeper_->wake(); });
  loop_.every_ms(tick_ms, [this] { server_.on_time(); });
  thread_ = std::thread([this] { loop_.run(); });
  return {};
}

void Instance::custody_changed(bool lost, const std::string& why) {
  log(lost ? LogLevel::error : LogLevel::info, lost ? "token-lost" : "token-back", {{"reason", why}});
  store::Event event;
  event.at = clock_.unix_ms();
  event.kind = lost ? "token-lost" : "token-back";
  event.detail = why;
  committer_.submit({store::AddEvent{event}}, nullptr);
  core_.custody_changed();
}

void Instance::poll() {
  if (token_workers_ != nullptr) token_workers_->poll();
  committer_.poll();
  core_.on_time();
  server_.flush();
}

void Instance::stop() {
  if (!thread_.joinable()) return;
  loop_.post([this] {
    server_.shut_down([this] {
      committer_.drain();
      loop_.stop();
    });
  });
  thread_.join();
  keeper_.reset();
  core_.use_token(nullptr);
  token_workers_.reset();
}

}  // namespace simbiont::hss

#include "hss/instance.h"

#include <utility>

namespace simbiont::hss {

Instance::Instance(const Config& config, std::unique_ptr<store::Store> store)
    : store_(std::move(store)),
      committer_(*store_, [this] { loop_.post([this] { poll(); }); }),
      server_(loop_, config, clock_),
      core_(config.core(), *store_, clock_, random_, committer_, server_),
      live_(loop_, core_, committer_, *store_, clock_, config.paths(), [this] { poll(); }),
      eap_path_(config.eap_socket) {}

Instance::~Instance() { stop(); }

Status Instance::start() {
  if (Status listening = server_.listen(core_); !listening) return listening;
  if (!eap_path_.empty()) {
    eap_ = std::make_unique<EapSocket>(loop_, [this](ByteView frame) { core_.on_eap(frame); });
    if (Status bound = eap_->bind(eap_path_); !bound) return bound;
    server_.set_eap([this](ByteView answer) { eap_->send(answer); });
  }
  loop_.every_ms(tick_ms, [this] { server_.on_time(); });
  thread_ = std::thread([this] { loop_.run(); });
  return {};
}

void Instance::poll() {
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
}

}  // namespace simbiont::hss

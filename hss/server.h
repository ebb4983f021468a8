// The core between its connections: one Diameter peer machine a connection, answers of one read in one write,
// answers that waited for a commit in one write a batch.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "diameter/peer.h"
#include "hss/config.h"
#include "hss/core.h"
#include "net/listen.h"
#include "net/tls.h"

namespace simbiont::hss {

class Server final : public Outlet {
 public:
  // Before the core, which sends through it.
  Server(net::Loop& loop, const Config& config, const Clock& clock);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() override;

  // An Error when an address cannot be listened on, or TLS's files are not right.
  Status listen(Core& core);
  // In the order of the configuration, with the ports in use.
  std::vector<net::Listen> locals() const;

  void send(LinkId link, ByteView message) override;
  Bytes* buffer(LinkId link) override;
  diameter::Ids next_ids(LinkId link) override;

  // What is sent to eap_link goes there.
  void set_eap(std::function<void(ByteView)> eap) { eap_ = std::move(eap); }

  void on_time();  // timers of the peers and of the core
  void flush();    // writes what the core sent since
  // Takes no new connection, sends DPR to every peer; `done` once all are gone, or at the latest when time is
  // up.
  void shut_down(std::function<void()> done);

 private:
  class Session;
  Status listen_on(const net::Listen& where);
  void accept(std::shared_ptr<net::Connection> connection, bool tls);
  void make_room();
  bool is_full() const;
  Session* named(std::string_view host);
  void closed(LinkId link, std::string_view why);

  static constexpr std::uint32_t rebooting = 0;  // Disconnect-Cause, RFC 6733 5.4.3
  static constexpr std::int64_t shutdown_ms = 3'000;

  net::Loop& loop_;
  const Config config_;
  const Clock& clock_;
  diameter::PeerConfig peer_config_;
  Core* core_ = nullptr;
  Session* reading_ = nullptr;
  std::shared_ptr<const net::TlsContext> tls_;
  std::vector<net::Transport> transports_;  // of each acceptor
  std::vector<std::unique_ptr<net::Acceptor>> acceptors_;
  std::map<LinkId, std::unique_ptr<Session>> sessions_;
  std::set<LinkId> dirty_;
  std::set<LinkId> nameless_;  // connections without a good CER yet, oldest first
  HostMap<LinkId> named_;      // connections with one: which host's
  LinkId next_link_ = 1;
  std::function<void(ByteView)> eap_;
  std::function<void()> shut_down_done_;
  MonotonicMs shut_down_at_ = 0;
};

}  // namespace simbiont::hss

#include "hss/server.h"

#include <utility>

#include "hss/log.h"

namespace simbiont::hss {

// One connection: octets go to its peer machine, requests and answers go on to the core.
class Server::Session final : public net::ConnectionEvents, public diameter::PeerEvents {
 public:
  Session(Server& server, LinkId link, std::shared_ptr<net::Connection> connection)
      : server_(server),
        link_(link),
        connection_(std::move(connection)),
        config_(server.peer_config_),
        peer_(diameter::Peer::Role::responder, config_, *this, server.clock_.monotonic_ms()) {
    if (!connection_->local_address().empty()) config_.host_addresses = {connection_->local_address()};
  }

  void start() { connection_->start(*this); }
  diameter::Peer& peer() { return peer_; }
  LinkId link() const { return link_; }

  // Requests of its host are taken here, and nowhere else.
  bool is_live() const { return !closing_ && connection_->is_open(); }
  void probe(MonotonicMs now) {
    peer_.probe(now);
    flush();
  }

  void flush() {
    if (!peer_.output().empty()) {
      write(peer_.output());
      peer_.output().clear();
    }
    if (closing_) connection_->close_when_written();
  }
  void close(std::string_view why) { connection_->close(why); }

  void on_time(MonotonicMs now) {
    if (closing_ || peer_.deadline() > now) return;
    peer_.on_time(now);
    flush();
  }
  void disconnect(MonotonicMs now) {
    if (peer_.state() == diameter::PeerState::open || peer_.state() == diameter::PeerState::suspect)
      peer_.disconnect(rebooting, now);
    else
      closing_ = true;
    flush();
  }

  void on_read(ByteView octets) override {
    server_.reading_ = this;
    peer_.on_bytes(octets, server_.clock_.monotonic_ms());
    server_.reading_ = nullptr;
    server_.flush();
    flush();
  }
  void on_closed(std::string_view why) override { server_.closed(link_, why); }

  diameter::ResultCode admit(std::string_view origin_host, std::string_view origin_realm,
                             bool relay) override {
    PeerClaim claim{origin_host, origin_realm, relay, connection_->remote_address(), {}, {}};
    const net::PeerCertificate* const shown = connection_->certificate();
    if (shown != nullptr) {
      claim.certificate_names = shown->names;
      claim.certificate_digest = shown->digest;
    }
    const Admission admission = hss::admit(server_.config_.peers, claim, shown != nullptr);
    if (!admission.why_not.empty())
      return refuse_peer(claim, admission.why_not, diameter::result::unknown_peer);
    Session* const other = server_.config_.peers.empty() ? nullptr : server_.named(origin_host);
    if (other != nullptr && other != this) {
      other->probe(server_.clock_.monotonic_ms());
      return refuse_peer(claim, "has a connection", diameter::result::election_lost);
    }
    rule_ = admission.rule;
    return diameter::result::success;
  }
  void on_open() override {
    server_.nameless_.erase(link_);
    server_.named_[folded(peer_.host())] = link_;
    log(LogLevel::info, "peer-open",
        {{"link", std::to_string(link_)},
         {"remote", connection_->remote()},
         {"host", peer_.host()},
         {"relay", peer_.is_relay() ? "yes" : "no"}});
    server_.core_->link_up(link_, peer_.host(), rule_);
  }
  void on_request(ByteView frame) override { server_.core_->collect(link_, frame); }
  void on_requests_end() override { server_.core_->finish(); }
  void on_answer(ByteView frame) override { server_.core_->on_answer(link_, frame); }
  void on_close(std::string_view why) override {
    closing_ = true;
    server_.core_->link_down(link_);
    log(LogLevel::info, "peer-closing",
        {{"link", std::to_string(link_)}, {"host", peer_.host()}, {"why", std::string(why)}});
  }

 private:
  void write(ByteView messages) {
    if (!connection_->keeps_boundaries()) return connection_->write(messages);
    for (diameter::Frame each = diameter::next_frame(messages); each.state == diameter::FrameState::complete;
         each = diameter::next_frame(messages)) {
      connection_->write(each.message);
      messages = messages.subspan(each.message.size());
    }
  }
  diameter::ResultCode refuse_peer(const PeerClaim& claim, std::string_view why, diameter::ResultCode code) {
    log(LogLevel::warn, "peer-refused",
        {{"remote", connection_->remote()},
         {"host", std::string(claim.origin_host)},
         {"realm", std::string(claim.origin_realm)},
         {"relay", claim.relay ? "yes" : "no"},
         {"why", std::string(why)}});
    return code;
  }

  Server& server_;
  LinkId link_;
  std::shared_ptr<net::Connection> connection_;
  diameter::PeerConfig config_;  // with the address by which this peer reaches us
  diameter::Peer peer_;
  const PeerRule* rule_ = nullptr;
  bool closing_ = false;
};

Server::Server(net::Loop& loop, const Config& config, const Clock& clock)
    : loop_(loop), config_(config), clock_(clock) {
  peer_config_.self = {config.origin_host, config.origin_realm};
  peer_config_.applications = {diameter::app_s6a, diameter::app_s13};
  peer_config_.origin_state_id = static_cast<std::uint32_t>(clock.unix_ms() / 1000);
  peer_config_.capabilities_timeout_ms = static_cast<std::int64_t>(config.cer_timeout_s) * 1000;
  peer_config_.watchdog_ms = static_cast<std::int64_t>(config.watchdog_s) * 1000;
}

Server::~Server() = default;

Status Server::listen(Core& core) {
  core_ = &core;
  const auto listens = net::parse_listens(config_.listen);
  if (!listens) return listens.error();
  for (const net::Listen& each : *listens)
    if (Status listening = listen_on(each); !listening) return listening;
  return {};
}

Status Server::listen_on(const net::Listen& where) {
  const bool tls = where.transport == net::Transport::tls;
  if (tls && tls_ == nullptr) {
    auto loaded = net::TlsContext::load(net::TlsContext::Role::server,
                                        {config_.tls_certificate, config_.tls_key, config_.tls_ca});
    if (!loaded) return loaded.error();
    tls_ = *std::move(loaded);
  }
  net::Limits limits;
  limits.max_connections = config_.max_connections;
  auto acceptor = net::listen(
      loop_, where, limits,
      [this, tls](std::shared_ptr<net::Connection> connection) { accept(std::move(connection), tls); },
      [this] { make_room(); });
  if (!acceptor) return acceptor.error();
  acceptors_.push_back(*std::move(acceptor));
  transports_.push_back(where.transport);
  return {};
}

std::vector<net::Listen> Server::locals() const {
  std::vector<net::Listen> out;
  for (std::size_t i = 0; i < acceptors_.size(); ++i) out.push_back({transports_[i], acceptors_[i]->local()});
  return out;
}

// The new one counts already; each acceptor knows only its own.
bool Server::is_full() const {
  std::size_t connections = 0;
  for (const auto& acceptor : acceptors_) connections += acceptor->connections();
  return connections > config_.max_connections;
}

void Server::accept(std::shared_ptr<net::Connection> connection, bool tls) {
  if (is_full()) make_room();
  if (is_full()) return;
  if (tls) connection = net::over_tls(std::move(connection), tls_);
  const LinkId link = next_link_++;
  auto session = std::make_unique<Session>(*this, link, std::move(connection));
  Session& started = *session;
  sessions_.emplace(link, std::move(session));
  nameless_.insert(link);
  started.start();
}

// The connection that this host has, as far as anybody knows.
Server::Session* Server::named(std::string_view host) {
  const auto known = named_.find(FoldedHost(host).view());
  if (known == named_.end()) return nullptr;
  const auto session = sessions_.find(known->second);
  return session != sessions_.end() && session->second->is_live() ? session->second.get() : nullptr;
}

// A peer that has said who it is keeps its place whatever comes.
void Server::make_room() {
  if (nameless_.empty()) return;
  const LinkId oldest = *nameless_.begin();
  nameless_.erase(nameless_.begin());
  sessions_.at(oldest)->close("no CER yet, and its place was needed");
}

// What is being read from is flushed afterwards anyway.
Bytes* Server::buffer(LinkId link) {
  if (reading_ == nullptr || reading_->link() != link || !reading_->peer().takes_messages()) return nullptr;
  return &reading_->peer().output();
}

void Server::send(LinkId link, ByteView message) {
  if (Bytes* const place = buffer(link)) {
    place->insert(place->end(), message.begin(), message.end());
    return;
  }
  if (link == eap_link && eap_) return eap_(message);
  const auto session = sessions_.find(link);
  if (session == sessions_.end()) return;
  session->second->peer().send(message);
  dirty_.insert(link);
}

diameter::Ids Server::next_ids(LinkId link) {
  const auto session = sessions_.find(link);
  return session == sessions_.end() ? diameter::Ids{} : session->second->peer().next_ids();
}

void Server::flush() {
  for (const LinkId link : std::exchange(dirty_, {}))
    if (const auto session = sessions_.find(link); session != sessions_.end()) session->second->flush();
}

void Server::on_time() {
  const MonotonicMs now = clock_.monotonic_ms();
  for (const auto& [link, session] : sessions_) session->on_time(now);
  core_->on_time();
  flush();
  if (shut_down_done_ && now >= shut_down_at_)
    for (const auto& [link, session] : sessions_) session->close("shutting down");
}

void Server::closed(LinkId link, std::string_view why) {
  log(LogLevel::info, "connection-closed", {{"link", std::to_string(link)}, {"why", std::string(why)}});
  core_->link_down(link);
  nameless_.erase(link);
  const auto session = sessions_.find(link);
  if (session == sessions_.end()) return;
  const auto name = named_.find(FoldedHost(session->second->peer().host()).view());
  if (name != named_.end() && name->second == link) named_.erase(name);
  sessions_.erase(session);
  if (sessions_.empty() && shut_down_done_) std::exchange(shut_down_done_, nullptr)();
}

void Server::shut_down(std::function<void()> done) {
  for (const auto& acceptor : acceptors_) acceptor->stop();
  if (sessions_.empty()) return done();
  shut_down_done_ = std::move(done);
  shut_down_at_ = clock_.monotonic_ms() + shutdown_ms;
  for (const auto& [link, session] : sessions_) session->disconnect(clock_.monotonic_ms());
}

}  // namespace simbiont::hss

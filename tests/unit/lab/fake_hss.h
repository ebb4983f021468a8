// A peer over real TCP that does what a test tells it: for the MME's side of S6a.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "diameter/peer.h"

namespace simbiont::lab {

class FakeHss : private diameter::PeerEvents {
 public:
  // What happens on a request, in the server's thread.
  using OnRequest = std::function<void(FakeHss&, ByteView frame)>;
  explicit FakeHss(OnRequest on_request) : on_request_(std::move(on_request)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    (void)::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    (void)::listen(listener_, 1);
    (void)::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~FakeHss() override {
    stop_ = true;
    thread_.join();
    ::close(listener_);
  }

  std::uint16_t port() const { return port_; }
  const diameter::Identity& self() const { return config_.self; }
  diameter::Peer& peer() { return *peer_; }
  void hang_up() { hang_up_ = true; }
  std::vector<Bytes> answers;  // that the MME sent; read when the connection is over

 private:
  void run() {
    pollfd waiting{listener_, POLLIN, 0};
    while (::poll(&waiting, 1, 10) == 0) {
      if (stop_) return;
    }
    const int fd = ::accept(listener_, nullptr, nullptr);
    diameter::Peer peer(diameter::Peer::Role::responder, config_, *this, clock_.monotonic_ms());
    peer_ = &peer;
    serve(fd, peer);
    ::close(fd);
  }

  void serve(int fd, diameter::Peer& peer) {
    Bytes buffer(65536);
    while (!stop_) {
      pollfd one{fd, POLLIN, 0};
      if (::poll(&one, 1, 10) == 0) continue;
      const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
      if (got <= 0) return;
      peer.on_bytes(ByteView(buffer).first(static_cast<std::size_t>(got)), clock_.monotonic_ms());
      if (!peer.output().empty()) (void)::send(fd, peer.output().data(), peer.output().size(), MSG_NOSIGNAL);
      peer.output().clear();
      if (hang_up_ || peer.state() == diameter::PeerState::closed) return;
    }
  }

  diameter::ResultCode admit(std::string_view, std::string_view, bool) override {
    return diameter::result::success;
  }
  void on_open() override {}
  void on_request(ByteView frame) override { on_request_(*this, frame); }
  void on_answer(ByteView frame) override { answers.emplace_back(frame.begin(), frame.end()); }
  void on_close(std::string_view) override {}

  OnRequest on_request_;
  SystemClock clock_;
  diameter::PeerConfig config_{{"hss.fake.example", "fake.example"}};
  diameter::Peer* peer_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_{false}, hang_up_{false};
  std::thread thread_;
};

}  // namespace simbiont::lab

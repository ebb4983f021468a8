// A Diameter node over a socket on loopback.
#pragma once

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "diameter/peer.h"

namespace simbiont::test {

// A blocking client with a peer machine of its own.
class Client : public diameter::PeerEvents {
 public:
  // cer: false keeps silent.
  Client(std::uint16_t port, const std::string& host, bool cer = true)
      : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    config_.self = {host, "visited.example"};
    config_.host_addresses = {{127, 0, 0, 1}};
    peer_ = std::make_unique<diameter::Peer>(diameter::Peer::Role::initiator, config_, *this,
                                             clock_.monotonic_ms());
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
    if (!cer) return;
    write_out();
    while (!open_ && !closed_ && read_once()) {
    }
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() override { close(socket_); }

  bool is_open() const { return open_; }
  bool is_closed() const { return closed_; }
  void send(ByteView octets) {
    EXPECT_EQ(::send(socket_, octets.data(), octets.size(), 0), ssize_t(octets.size()));
  }
  // One recv; false at the end of the stream, or when nothing comes for long.
  bool read_once() {
    pollfd wait{socket_, POLLIN, 0};
    if (poll(&wait, 1, 60'000) != 1) return false;
    Bytes buffer(1U << 20);
    const ssize_t size = recv(socket_, buffer.data(), buffer.size(), 0);
    if (size <= 0) {
      closed_ = true;
      return false;
    }
    ++reads;
    last_read.assign(buffer.begin(), buffer.begin() + size);
    peer_->on_bytes(ByteView(buffer).first(static_cast<std::size_t>(size)), clock_.monotonic_ms());
    write_out();
    return true;
  }
  // The same octets again and again, without reading, until the other side takes no more for half a second;
  // then the rest of a message begun goes out while it reads. How many octets of whole messages.
  std::size_t send_until_blocked(const Bytes& octets, std::size_t most) {
    std::size_t sent = 0;
    while (sent < most) {
      const std::size_t at = sent % octets.size();
      const ssize_t count = ::send(socket_, octets.data() + at, octets.size() - at, MSG_DONTWAIT);
      if (count > 0) sent += static_cast<std::size_t>(count);
      pollfd wait{socket_, POLLOUT, 0};
      if (count <= 0 && poll(&wait, 1, 500) == 0) break;
    }
    const std::size_t one = diameter::read_header(octets).length, part = sent % one;
    if (part == 0) return sent;
    rest_.assign(octets.begin() + static_cast<std::ptrdiff_t>(sent % octets.size()),
                 octets.begin() + static_cast<std::ptrdiff_t>(sent % octets.size() + one - part));
    return sent + one - part;
  }
  // Whole messages as they come, none of them handled.
  bool read_raw() {
    pollfd wait{socket_, POLLIN, 0};
    if (poll(&wait, 1, 60'000) != 1) return false;
    Bytes buffer(65'536);
    const ssize_t size = recv(socket_, buffer.data(), buffer.size(), 0);
    if (size <= 0) return false;
    kept_.insert(kept_.end(), buffer.begin(), buffer.begin() + size);
    for (diameter::Frame each = diameter::next_frame(kept_); each.state == diameter::FrameState::complete;
         each = diameter::next_frame(kept_)) {
      raw.emplace_back(each.message.begin(), each.message.end());
      kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(each.message.size()));
    }
    return true;
  }
  bool await_answers(std::size_t count) {
    while (answers.size() < count) {
      if (!read_once()) return false;
      if (!rest_.empty() &&
          ::send(socket_, rest_.data(), rest_.size(), MSG_DONTWAIT) == static_cast<ssize_t>(rest_.size()))
        rest_.clear();
    }
    return true;
  }

  std::vector<Bytes> answers, requests, raw;
  Bytes last_read;
  std::size_t reads = 0;

 private:
  void write_out() {
    if (!peer_->output().empty()) send(peer_->output());
    peer_->output().clear();
  }
  diameter::ResultCode admit(std::string_view, std::string_view, bool) override {
    return diameter::result::success;
  }
  void on_open() override { open_ = true; }
  void on_request(ByteView frame) override { requests.emplace_back(frame.begin(), frame.end()); }
  void on_answer(ByteView frame) override { answers.emplace_back(frame.begin(), frame.end()); }
  void on_close(std::string_view) override { closed_ = true; }

  int socket_;
  SystemClock clock_;
  diameter::PeerConfig config_;
  std::unique_ptr<diameter::Peer> peer_;
  Bytes rest_, kept_;
  bool open_ = false, closed_ = false;
};

}  // namespace simbiont::test

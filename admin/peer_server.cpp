#include "admin/peer_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

namespace simbiont::admin {
namespace {

// The peer's "address" is its uid in decimal, its "port" the pid: these two fields of a request are the
// stream's alone.
class UnixStream final : public httplib::Stream {
 public:
  UnixStream(int socket, PeerProcess peer, time_t read_timeout_s, time_t write_timeout_s)
      : socket_(socket),
        peer_(peer),
        read_ms_(static_cast<int>(read_timeout_s) * 1000),
        write_ms_(static_cast<int>(write_timeout_s) * 1000) {}

  bool is_readable() const override { return at_ < end_ || wait(POLLIN, read_ms_); }
  bool is_writable() const override { return wait(POLLOUT, write_ms_); }
  bool wait_for_first(time_t seconds) const { return wait(POLLIN, static_cast<int>(seconds) * 1000); }

  ssize_t read(char* into, size_t size) override {
    if (at_ == end_ && !fill()) return eof_ ? 0 : -1;
    const std::size_t taken = std::min(size, end_ - at_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(at_), taken, into);
    at_ += taken;
    return static_cast<ssize_t>(taken);
  }
  ssize_t write(const char* from, size_t size) override {
    if (!is_writable()) return -1;
    ssize_t sent = 0;
    do sent = send(socket_, from, size, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent;
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = std::to_string(peer_.uid);
    port = peer_.pid;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  socket_t socket() const override { return socket_; }

 private:
  bool wait(short events, int timeout_ms) const {
    pollfd what{socket_, events, 0};
    int ready = 0;
    do ready = poll(&what, 1, timeout_ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
  }
  bool fill() {
    if (!wait(POLLIN, read_ms_)) return false;
    ssize_t got = 0;
    do got = recv(socket_, buffer_.data(), buffer_.size(), 0);
    while (got < 0 && errno == EINTR);
    eof_ = got == 0;
    if (got <= 0) return false;
    at_ = 0;
    end_ = static_cast<std::size_t>(got);
    return true;
  }

  const int socket_;
  const PeerProcess peer_;
  const int read_ms_, write_ms_;
  std::array<char, 4096> buffer_{};
  std::size_t at_ = 0, end_ = 0;
  bool eof_ = false;
};

std::optional<PeerProcess> credentials(int socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof(peer))
    return std::nullopt;
  return PeerProcess{peer.uid, peer.pid};
}

}  // namespace

std::optional<PeerProcess> PeerServer::peer_of(const httplib::Request& request) {
  const std::string& text = request.remote_addr;
  uid_t uid = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), uid);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return PeerProcess{uid, request.remote_port};
}

bool PeerServer::process_and_close_socket(socket_t socket) {
  bool done = false, closed = false;
  if (const auto peer = credentials(socket)) {
    UnixStream stream(socket, *peer, read_timeout_sec_, write_timeout_sec_);
    done = stream.wait_for_first(keep_alive_timeout_sec_) && process_request(stream, true, closed, nullptr);
  }
  (void)shutdown(socket, SHUT_RDWR);
  (void)close(socket);
  return done;
}

}  // namespace simbiont::admin

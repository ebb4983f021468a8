// The bare limit of AIR/s on this machine: bench_responder --data DIRECTORY [--port P] [--append-log FILE]
// [--echo]. One thread, epoll, one write a read. It prints one line once it listens.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "bench/bare_air.h"
#include "diameter/base_messages.h"

namespace simbiont::bench {
namespace {

constexpr std::size_t read_size = 256UL * 1024;
constexpr std::uint32_t cer = 257, dwr = 280, dpr = 282;

struct Options {
  std::uint16_t port = 0;
  std::string data, append_log;
  bool echo = false;
};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::_Exit(1);
}

struct Connection {
  int fd = -1;
  Bytes kept, out;
};

class Responder {
 public:
  explicit Responder(const Options& options)
      : auc_(BareData::read(options.data), self_, options.echo), epoll_(epoll_create1(0)) {
    if (!options.append_log.empty()) {
      log_fd_ = open(options.append_log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
      if (log_fd_ < 0) fail("log");
    }
    listen_on(options.port);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events{};
    while (true) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < ready; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        event.data.ptr == nullptr ? accept_one() : receive(*static_cast<Connection*>(event.data.ptr));
      }
      make_durable();
      for (Connection* connection : answered_) send_out(*connection);
      answered_.clear();
    }
  }

 private:
  void watch(int fd, Connection* connection) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = connection;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
  }

  void listen_on(std::uint16_t port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    (void)setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 1024) != 0)
      fail("listen");
    (void)getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    watch(listener_, nullptr);
    std::cout << "listening on 127.0.0.1:" << ntohs(address.sin_port) << std::endl;
  }

  void accept_one() {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_.push_back(std::make_unique<Connection>());
    connections_.back()->fd = fd;
    watch(fd, connections_.back().get());
  }

  void receive(Connection& connection) {
    std::copy(connection.kept.begin(), connection.kept.end(), buffer_.begin());
    const std::size_t kept = connection.kept.size();
    const ssize_t got = recv(connection.fd, buffer_.data() + kept, buffer_.size() - kept, 0);
    if (got <= 0) {
      if (got == 0 || errno != EAGAIN) drop(connection);
      return;
    }
    ByteView stream = ByteView(buffer_).first(kept + static_cast<std::size_t>(got));
    requests_.clear();
    diameter::Frame frame = diameter::next_frame(stream);
    for (; frame.state == diameter::FrameState::complete; frame = diameter::next_frame(stream)) {
      take(frame.message, connection);
      stream = stream.subspan(frame.message.size());
    }
    auc_.answer(requests_, connection.out, log_);
    connection.kept.assign(stream.begin(), stream.end());
    if (frame.state == diameter::FrameState::broken) return drop(connection);
    if (connection.out.empty()) return;
    if (log_fd_ < 0) return send_out(connection);
    answered_.push_back(&connection);
  }

  void take(ByteView message, Connection& connection) {
    const diameter::Header header = diameter::read_header(message);
    if (!header.is_request()) return;
    switch (header.command) {
      case cer:
        return diameter::encode_cea(message, us_, {diameter::result::success, {}, {}}, connection.out);
      case dwr:
        return diameter::encode_dwa(message, us_, connection.out);
      case dpr:
        return diameter::encode_dpa(message, us_, connection.out);
      default:
        requests_.push_back(message);
    }
  }

  void make_durable() {
    if (log_fd_ >= 0 && !log_.empty()) {
      const ByteView octets(reinterpret_cast<const std::uint8_t*>(log_.data()),
                            log_.size() * sizeof(BareLogEntry));
      if (::write(log_fd_, octets.data(), octets.size()) != static_cast<ssize_t>(octets.size()) ||
          fdatasync(log_fd_) != 0)
        fail("log");
    }
    log_.clear();
  }

  // The load generator always reads: waiting for room is no loss.
  void send_out(Connection& connection) {
    std::size_t sent = 0;
    while (sent < connection.out.size()) {
      const ssize_t done =
          send(connection.fd, connection.out.data() + sent, connection.out.size() - sent, MSG_NOSIGNAL);
      if (done < 0 && errno != EAGAIN) return drop(connection);
      if (done > 0) sent += static_cast<std::size_t>(done);
    }
    connection.out.clear();
  }

  void drop(Connection& connection) {
    (void)close(connection.fd);
    connection.fd = -1;
    connection.out.clear();
  }

  const diameter::Identity self_{"bare.bench.example", "bench.example"};
  const std::vector<Bytes> addresses_{{127, 0, 0, 1}};
  const std::vector<std::uint32_t> applications_{diameter::app_s6a};
  const diameter::Announcement us_{self_, addresses_, applications_, 0};
  BareAuc auc_;
  int epoll_, listener_ = -1, log_fd_ = -1;
  Bytes buffer_ = Bytes(read_size + diameter::max_message_size);
  std::vector<ByteView> requests_;
  std::vector<BareLogEntry> log_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> answered_;
};

}  // namespace
}  // namespace simbiont::bench

int main(int argc, char** argv) try {
  simbiont::bench::Options options;
  CLI::App app("the bare limit: answers AIRs and does nothing else", "bench_responder");
  app.add_option("--port", options.port, "on 127.0.0.1; default: any free one");
  app.add_option("--data", options.data, "directory that make_data.py filled")->required();
  app.add_option("--append-log", options.append_log,
                 "append each SQN to FILE and fdatasync before answering");
  app.add_flag("--echo", options.echo, "answers without vectors");
  CLI11_PARSE(app, argc, argv);
  simbiont::bench::Responder(options).run();
} catch (const std::exception& unexpected) {
  std::cerr << "bench_responder: " << unexpected.what() << '\n';
  return 1;
}

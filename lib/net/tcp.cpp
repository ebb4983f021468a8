// A connection reads when its socket is readable, into a buffer that all connections share, and hands on what
// one read gave. Everything written meanwhile goes out in one send. Reading pauses above the high water and
// resumes once drained.
#include "net/tcp.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <deque>
#include <utility>

#include "net/listen.h"
#include "net/read_poller.h"
#include "net/sctp.h"

namespace simbiont::net {
namespace {

using asio::ip::tcp;
using Failure = asio::error_code;

constexpr std::size_t read_size = 1U << 17;
constexpr std::int64_t accept_pause_ms = 100;  // after EMFILE and the like

std::string text_of(const tcp::endpoint& endpoint) {
  return Endpoint{endpoint.address().to_string(), endpoint.port()}.str();
}

IpAddress octets_of(const asio::ip::address& address) {
  const auto copy = [](const auto& octets) { return IpAddress(octets.begin(), octets.end()); };
  if (address.is_v4()) return copy(address.to_v4().to_bytes());
  if (address.to_v6().is_v4_mapped())
    return copy(asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_bytes());
  return copy(address.to_v6().to_bytes());
}

// A one-to-one socket looks like TCP's to whoever reads and writes it (RFC 6458 4).
Failure open_socket(tcp::acceptor& acceptor, const tcp& protocol, bool sctp) {
  Failure failure;
  if (!sctp) {
    acceptor.open(protocol, failure);
    return failure;
  }
  const int socket = ::socket(protocol.family(), SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
  if (socket < 0) return {errno, asio::error::get_system_category()};
  acceptor.assign(protocol, socket, failure);
  return failure;
}

struct Shared {
  Shared(asio::io_context& context, const Limits& limits_, bool sctp_)
      : limits(limits_), sctp(sctp_), poller(context) {}

  const Limits limits;
  const bool sctp;
  ReadPoller poller;
  std::size_t connections = 0;  // open sockets
  std::array<std::uint8_t, read_size> read_buffer{};
};

class TcpConnection final : public Connection,
                            public Readable,
                            public std::enable_shared_from_this<TcpConnection> {
 public:
  TcpConnection(tcp::socket socket, const tcp::endpoint& remote, const tcp::endpoint& local,
                std::shared_ptr<Shared> shared)
      : socket_(std::move(socket)),
        drain_timer_(socket_.get_executor()),
        remote_(text_of(remote)),
        local_address_(octets_of(local.address())),
        remote_address_(octets_of(remote.address())),
        shared_(std::move(shared)) {
    ++shared_->connections;
  }
  ~TcpConnection() override {
    if (socket_.is_open()) --shared_->connections;
  }

  void start(ConnectionEvents& events) override {
    events_ = &events;
    start_reading();
  }

  void write(ByteView octets) override {
    if (!socket_.is_open() || octets.empty()) return;
    const bool idle = pending() == 0;
    std::size_t sent = 0;
    if (idle && !send_now(octets, sent)) return;
    if (sent == octets.size()) return;
    buffer_.insert(buffer_.end(), octets.begin() + static_cast<std::ptrdiff_t>(sent), octets.end());
    if (shared_->sctp) packets_.push_back(octets.size() - sent);
    if (idle) await_writable();
    if (pending() > shared_->limits.write_high_water && !paused_) pause();
  }

  void close_when_written() override {
    closing_ = true;
    stop_reading();
    if (pending() == 0) close("closed by this side");
  }

  void close(std::string_view why) override {
    if (!socket_.is_open()) return;
    stop_reading();
    Failure ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    --shared_->connections;
    drain_timer_.cancel();
    if (events_ == nullptr) return;
    asio::post(socket_.get_executor(), [self = shared_from_this(), reason = std::string(why)] {
      if (auto* events = std::exchange(self->events_, nullptr)) events->on_closed(reason);
    });
  }

  std::size_t pending() const override { return buffer_.size() - written_; }
  const std::string& remote() const override { return remote_; }
  const IpAddress& local_address() const override { return local_address_; }
  const IpAddress& remote_address() const override { return remote_address_; }
  bool is_open() const override { return socket_.is_open(); }
  bool keeps_boundaries() const override { return shared_->sctp; }

 private:
  void start_reading() {
    if (reading_ || paused_ || closing_ || !socket_.is_open()) return;
    reading_ = true;
    if (!shared_->poller.watch(socket_.native_handle(), shared_from_this())) close("cannot be watched");
  }
  void stop_reading() {
    if (std::exchange(reading_, false)) shared_->poller.forget(socket_.native_handle());
  }

  void on_readable() override {
    Failure failure;
    const std::size_t size = socket_.read_some(asio::buffer(shared_->read_buffer), failure);
    if (failure == asio::error::would_block || failure == asio::error::try_again) return;
    if (failure == asio::error::eof) return close("closed by the peer");
    if (failure) return close(failure.message());
    events_->on_read(ByteView(shared_->read_buffer).first(size));
  }

  // False when the connection broke.
  bool send_now(ByteView octets, std::size_t& sent) {
    Failure failure;
    sent = socket_.write_some(asio::buffer(octets.data(), octets.size()), failure);
    if (!failure || failure == asio::error::would_block || failure == asio::error::try_again) return true;
    close(failure.message());
    return false;
  }

  void await_writable() {
    socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const Failure& failure) {
      if (!failure && self->socket_.is_open()) self->write_rest();
    });
  }

  void write_rest() {
    while (pending() != 0) {
      const std::size_t size = packets_.empty() ? pending() : packets_.front();
      std::size_t sent = 0;
      if (!send_now(ByteView(buffer_).subspan(written_, size), sent)) return;
      written_ += sent;
      if (sent < size) return await_writable();
      if (!packets_.empty()) packets_.pop_front();
    }
    buffer_.clear();
    written_ = 0;
    if (buffer_.capacity() > shared_->limits.write_high_water) buffer_.shrink_to_fit();
    if (closing_) return close("closed by this side");
    resume();
  }

  void pause() {
    paused_ = true;
    stop_reading();
    drain_timer_.expires_after(std::chrono::milliseconds(shared_->limits.drain_timeout_ms));
    drain_timer_.async_wait([self = shared_from_this()](const Failure& failure) {
      if (!failure && self->paused_) self->close("does not read what it is sent");
    });
  }

  void resume() {
    if (!paused_) return;
    paused_ = false;
    drain_timer_.cancel();
    start_reading();
  }

  tcp::socket socket_;
  asio::steady_timer drain_timer_;
  std::string remote_;
  IpAddress local_address_, remote_address_;
  std::shared_ptr<Shared> shared_;
  ConnectionEvents* events_ = nullptr;
  Bytes buffer_;
  std::size_t written_ = 0;          // of buffer_
  std::deque<std::size_t> packets_;  // sizes of what is pending, with SCTP
  bool reading_ = false, paused_ = false, closing_ = false;
};

class TcpAcceptor final : public Acceptor {
 public:
  TcpAcceptor(asio::io_context& loop, tcp::acceptor acceptor, bool sctp, const Limits& limits,
              OnAccept on_accept, MakeRoom make_room)
      : acceptor_(std::move(acceptor)),
        retry_timer_(acceptor_.get_executor()),
        shared_(std::make_shared<Shared>(loop, limits, sctp)),
        on_accept_(std::move(on_accept)),
        make_room_(std::move(make_room)) {
    accept_next();
  }
  ~TcpAcceptor() override { shared_->poller.forget_all(); }

  bool ok() const { return shared_->poller.ok(); }

  Endpoint local() const override {
    Failure ignored;
    const tcp::endpoint endpoint = acceptor_.local_endpoint(ignored);
    return {endpoint.address().to_string(), endpoint.port()};
  }
  std::size_t connections() const override { return shared_->connections; }
  void stop() override {
    Failure ignored;
    acceptor_.close(ignored);
    retry_timer_.cancel();
  }

 private:
  void accept_next() {
    acceptor_.async_accept([this](const Failure& failure, tcp::socket socket) {
      if (failure == asio::error::operation_aborted) return;
      if (failure) return accept_later(failure);
      take(std::move(socket));
      accept_next();
    });
  }

  void accept_later(const Failure& failure) {
    if (failure == asio::error::no_descriptors && make_room_) make_room_();
    retry_timer_.expires_after(std::chrono::milliseconds(accept_pause_ms));
    retry_timer_.async_wait([this](const Failure& cancelled) {
      if (!cancelled) accept_next();
    });
  }

  void take(tcp::socket socket) {
    Failure failure;
    const tcp::endpoint remote = socket.remote_endpoint(failure);
    if (failure) return;  // closes it
    if (is_full() && make_room_) make_room_();
    if (is_full()) return;
    const tcp::endpoint local = socket.local_endpoint(failure);
    if (shared_->sctp) {
      if (!prepare_sctp(socket.native_handle())) return;
    } else {
      socket.set_option(tcp::no_delay(true), failure);
    }
    socket.non_blocking(true, failure);
    if (failure) return;
    on_accept_(std::make_shared<TcpConnection>(std::move(socket), remote, local, shared_));
  }

  bool is_full() const { return shared_->connections >= shared_->limits.max_connections; }

  tcp::acceptor acceptor_;
  asio::steady_timer retry_timer_;
  std::shared_ptr<Shared> shared_;
  OnAccept on_accept_;
  MakeRoom make_room_;
};

}  // namespace

Result<std::unique_ptr<Acceptor>> listen(Loop& loop, const Listen& listen, const Limits& limits,
                                         Acceptor::OnAccept on_accept, Acceptor::MakeRoom make_room) {
  const bool sctp = listen.transport == Transport::sctp;
  const Endpoint& endpoint = listen.endpoint;
  Failure failure;
  const auto fail = [&](Errc code = Errc::io) {
    return error(code,
                 "cannot listen on " + endpoint.str() + (sctp ? " (SCTP): " : ": ") + failure.message());
  };
  const tcp::endpoint where(asio::ip::make_address(endpoint.address, failure), endpoint.port);
  if (failure) return fail();
  tcp::acceptor acceptor(loop.context());
  failure = open_socket(acceptor, where.protocol(), sctp);
  if (failure && sctp) return fail(Errc::unavailable);
  if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor.bind(where, failure);
  if (!failure) acceptor.listen(tcp::acceptor::max_listen_connections, failure);
  if (failure) return fail();
  auto made = std::make_unique<TcpAcceptor>(loop.context(), std::move(acceptor), sctp, limits,
                                            std::move(on_accept), std::move(make_room));
  if (!made->ok()) return error(Errc::io, "no descriptor for epoll");
  return std::unique_ptr<Acceptor>(std::move(made));
}

Result<std::unique_ptr<Acceptor>> listen(Loop& loop, const Endpoint& endpoint, const Limits& limits,
                                         Acceptor::OnAccept on_accept, Acceptor::MakeRoom make_room) {
  return listen(loop, Listen{Transport::tcp, endpoint}, limits, std::move(on_accept), std::move(make_room));
}

}  // namespace simbiont::net

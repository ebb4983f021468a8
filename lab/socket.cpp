#include "lab/socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>
#include <utility>

namespace simbiont::lab {
namespace {

Error failure(const std::string& what, int number) {
  return error(Errc::unavailable, what + ": " + std::generic_category().message(number));
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

// Waits for the end of a non-blocking connect; errno's value, 0 when connected.
int finish_connect(int fd, std::int64_t timeout_ms) {
  pollfd one{fd, POLLOUT, 0};
  const int ready = ::poll(&one, 1, static_cast<int>(timeout_ms));
  if (ready == 0) return ETIMEDOUT;
  if (ready < 0) return errno;
  int number = 0;
  socklen_t size = sizeof number;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) == 0 ? number : errno;
}

// A connected descriptor, or minus errno.
int connect_to(const addrinfo& address, std::int64_t timeout_ms) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  int number = ::connect(fd, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (number == EINPROGRESS) number = finish_connect(fd, timeout_ms);
  if (number != 0) {
    ::close(fd);
    return -number;
  }
  const int on = 1;
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

Endpoint endpoint(const sockaddr_storage& storage) {
  Endpoint out;
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof in);
    out.port = ntohs(in.sin_port);
    std::memcpy(out.address.data(), &in.sin_addr, out.address.size());
  } else if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &storage, sizeof in);
    out.port = ntohs(in.sin6_port);
  }
  return out;
}

}  // namespace

Result<TcpSocket> TcpSocket::connect(const std::string& host, std::uint16_t port, std::int64_t timeout_ms) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string where = host + ":" + std::to_string(port);
  if (const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); code != 0) {
    return error(Errc::unavailable, where + ": " + gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  int fd = -EHOSTUNREACH;
  for (const addrinfo* each = found; each != nullptr && fd < 0; each = each->ai_next) {
    fd = connect_to(*each, timeout_ms);
  }
  if (fd < 0) return failure("connect to " + where, -fd);
  return TcpSocket(fd);
}

struct TcpSocket::Tls {
  explicit Tls(std::shared_ptr<const net::TlsContext> context) : stream(std::move(context)) {}

  net::TlsStream stream;
  Bytes plain;            // read, not yet taken
  std::size_t taken = 0;  // of it
  std::size_t sent = 0;   // of the stream's wire()
  Bytes buffer = Bytes(65'536);
};

TcpSocket::TcpSocket(int fd) : fd_(fd) {}
TcpSocket::TcpSocket(TcpSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), tls_(std::move(other.tls_)) {}
TcpSocket::~TcpSocket() { close(); }
TcpSocket& TcpSocket::operator=(TcpSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(tls_, other.tls_);
  return *this;
}

Status TcpSocket::secure(std::shared_ptr<const net::TlsContext> context, std::int64_t timeout_ms) {
  const SystemClock clock;
  const MonotonicMs deadline = clock.monotonic_ms() + timeout_ms;
  tls_ = std::make_unique<Tls>(std::move(context));
  if (Status started = tls_->stream.start(); !started) return started;
  while (!tls_->stream.is_open()) {
    if (Status flushed = flush_tls(); !flushed) return flushed;
    const auto ready = wait(false, deadline - clock.monotonic_ms());
    if (!ready) return ready.error();
    if (!*ready && clock.monotonic_ms() >= deadline)
      return error(Errc::unavailable, "TLS: no handshake in time");
    const auto got = receive_some(tls_->buffer);
    if (!got) return got.error();
    if (!*got) continue;
    if (**got == 0) return error(Errc::unavailable, "TLS: the other side closed the connection");
    if (Status taken = tls_->stream.take(ByteView(tls_->buffer).first(**got), tls_->plain); !taken) {
      (void)flush_tls();
      return taken;
    }
  }
  return flush_tls();
}

const net::PeerCertificate* TcpSocket::certificate() const {
  return tls_ == nullptr ? nullptr : &tls_->stream.certificate();
}

Status TcpSocket::flush_tls() const {
  Bytes& wire = tls_->stream.wire();
  while (tls_->sent < wire.size()) {
    const auto count = send_some(ByteView(wire).subspan(tls_->sent));
    if (!count) return count.error();
    if (*count == 0) return {};
    tls_->sent += *count;
  }
  wire.clear();
  tls_->sent = 0;
  return {};
}

Result<std::optional<std::size_t>> TcpSocket::read_tls(std::span<std::uint8_t> into) const {
  Tls& tls = *tls_;
  if (Status flushed = flush_tls(); !flushed) return flushed.error();
  while (tls.taken == tls.plain.size()) {
    tls.plain.clear();
    tls.taken = 0;
    if (tls.stream.is_ended()) return std::optional<std::size_t>(0);
    auto got = receive_some(tls.buffer);
    if (!got || !*got || **got == 0) return got;
    if (Status took = tls.stream.take(ByteView(tls.buffer).first(**got), tls.plain); !took)
      return took.error();
  }
  const std::size_t count = std::min(into.size(), tls.plain.size() - tls.taken);
  std::copy_n(tls.plain.begin() + static_cast<std::ptrdiff_t>(tls.taken), count, into.begin());
  tls.taken += count;
  return std::optional<std::size_t>(count);
}

void TcpSocket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<bool> TcpSocket::wait(bool writing, std::int64_t timeout_ms) const {
  if (tls_ != nullptr && tls_->taken < tls_->plain.size()) return true;
  writing = writing || (tls_ != nullptr && !tls_->stream.wire().empty());
  pollfd one{fd_, static_cast<short>(writing ? POLLIN | POLLOUT : POLLIN), 0};
  const auto limit = static_cast<int>(std::clamp<std::int64_t>(timeout_ms, 0, 60'000));
  const int ready = ::poll(&one, 1, limit);
  if (ready < 0 && errno != EINTR) return failure("poll", errno);
  return ready > 0;
}

Result<std::size_t> TcpSocket::write_some(ByteView octets) const {
  if (tls_ == nullptr) return send_some(octets);
  if (Status flushed = flush_tls(); !flushed) return flushed.error();
  if (!tls_->stream.wire().empty()) return std::size_t{0};
  if (Status taken = tls_->stream.write(octets); !taken) return taken.error();
  if (Status flushed = flush_tls(); !flushed) return flushed.error();
  return octets.size();
}

Result<std::optional<std::size_t>> TcpSocket::read_some(std::span<std::uint8_t> into) const {
  return tls_ == nullptr ? receive_some(into) : read_tls(into);
}

Result<std::size_t> TcpSocket::send_some(ByteView octets) const {
  const ssize_t sent = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (would_block()) return std::size_t{0};
  return failure("send", errno);
}

Result<std::optional<std::size_t>> TcpSocket::receive_some(std::span<std::uint8_t> into) const {
  const ssize_t got = ::recv(fd_, into.data(), into.size(), 0);
  if (got >= 0) return std::optional<std::size_t>(static_cast<std::size_t>(got));
  if (would_block()) return std::optional<std::size_t>{};
  return failure("receive", errno);
}

Endpoint TcpSocket::local() const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  (void)getsockname(fd_, reinterpret_cast<sockaddr*>(&storage), &size);
  return endpoint(storage);
}

Bytes TcpSocket::local_address() const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  (void)getsockname(fd_, reinterpret_cast<sockaddr*>(&storage), &size);
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &storage, sizeof in);
    return {std::begin(in.sin6_addr.s6_addr), std::end(in.sin6_addr.s6_addr)};
  }
  const Endpoint v4 = endpoint(storage);
  return {v4.address.begin(), v4.address.end()};
}

Endpoint TcpSocket::remote() const {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  (void)getpeername(fd_, reinterpret_cast<sockaddr*>(&storage), &size);
  return endpoint(storage);
}

Result<HostPort> parse_host_port(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const Error bad = error(Errc::invalid_argument, "the address is not HOST:PORT");
  if (colon == std::string::npos || colon == 0) return bad;
  HostPort out{text.substr(0, colon), 0};
  if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']') {
    out.host = out.host.substr(1, out.host.size() - 2);
  }
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, out.port);
  if (parsed.ec != std::errc{} || parsed.ptr != end || out.port == 0) return bad;
  return out;
}

}  // namespace simbiont::lab

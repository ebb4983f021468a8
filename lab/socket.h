// A TCP connection of one thread, with TLS if wanted: non-blocking, waits with poll.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/tls.h"

namespace simbiont::lab {

struct Endpoint {
  ByteArray<4> address{127, 0, 0, 1};  // 127.0.0.1 also stands for an IPv6 address
  std::uint16_t port = 0;
};

class TcpSocket {
 public:
  // unavailable: nobody listens there, or not within timeout_ms.
  static Result<TcpSocket> connect(const std::string& host, std::uint16_t port, std::int64_t timeout_ms);

  TcpSocket(TcpSocket&& other) noexcept;
  TcpSocket& operator=(TcpSocket&& other) noexcept;
  ~TcpSocket();

  // From here on TLS: shakes hands at once. An Error: not within timeout_ms, or the other side is refused.
  Status secure(std::shared_ptr<const net::TlsContext> context, std::int64_t timeout_ms);
  const net::PeerCertificate* certificate() const;  // nullptr: no TLS

  // Waits until it can be read, or written when `writing`; false on time-out.
  Result<bool> wait(bool writing, std::int64_t timeout_ms) const;
  // Octets taken; 0: not now.
  Result<std::size_t> write_some(ByteView octets) const;
  // Octets put into `into`; nullopt: not now. 0: the other side closed.
  Result<std::optional<std::size_t>> read_some(std::span<std::uint8_t> into) const;

  Endpoint local() const;
  Bytes local_address() const;  // 4 octets or 16
  Endpoint remote() const;
  void close();
  bool is_open() const { return fd_ >= 0; }
  int descriptor() const { return fd_; }  // for epoll and socket options

 private:
  struct Tls;
  explicit TcpSocket(int fd);
  Result<std::size_t> send_some(ByteView octets) const;
  Result<std::optional<std::size_t>> receive_some(std::span<std::uint8_t> into) const;
  Status flush_tls() const;
  Result<std::optional<std::size_t>> read_tls(std::span<std::uint8_t> into) const;

  int fd_;
  std::unique_ptr<Tls> tls_;
};

// "HOST:PORT" or "[IPv6]:PORT".
struct HostPort {
  std::string host;
  std::uint16_t port;
};
Result<HostPort> parse_host_port(const std::string& text);

}  // namespace simbiont::lab

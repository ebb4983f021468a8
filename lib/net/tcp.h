// TCP, and SCTP one-to-one, for a server: acceptors and connections with bounded write buffers. Octets only;
// no message is known here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "net/loop.h"

namespace simbiont::net {

// 4 octets or 16; an IPv4 address that an IPv6 socket shows as ::ffff:a.b.c.d is its 4. Empty: unknown.
using IpAddress = Bytes;

// "127.0.0.1:3868" or "[::1]:3868". Names are not resolved: a server listens on addresses.
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
  bool is_loopback() const;
  std::string str() const;
};
Result<Endpoint> parse_endpoint(std::string_view text);

struct Limits {
  std::size_t max_connections = 1024;       // one more is closed at once, unless room is made for it
  std::size_t write_high_water = 1U << 20;  // octets pending: nothing more is read from this connection
  std::int64_t drain_timeout_ms = 30'000;   // above the high water for longer: the connection is closed
};

// What the other side has proved to be, over TLS.
struct PeerCertificate {
  std::vector<std::string> names;  // SAN DNS names, as they stand
  std::string digest;              // "sha256:" and 64 hexadecimal digits of the DER form
};

class ConnectionEvents {
 public:
  virtual ~ConnectionEvents() = default;
  virtual void on_read(ByteView octets) = 0;
  // Once, last; never from within write() or close().
  virtual void on_closed(std::string_view why) = 0;
};

class Connection {
 public:
  virtual ~Connection() = default;
  // Until start() nothing is read. The events must live until on_closed().
  virtual void start(ConnectionEvents& events) = 0;
  // Sends what the kernel takes at once, in one system call; the rest is kept in order.
  virtual void write(ByteView octets) = 0;
  // Reads no more, and closes as soon as everything is written.
  virtual void close_when_written() = 0;
  virtual void close(std::string_view why) = 0;
  virtual std::size_t pending() const = 0;
  virtual const std::string& remote() const = 0;       // "127.0.0.1:49152"
  virtual const IpAddress& local_address() const = 0;  // of this side, the one the peer connected to
  virtual const IpAddress& remote_address() const = 0;
  virtual bool is_open() const = 0;
  // Each write() is a packet of its own (SCTP), for which one message is meant.
  virtual bool keeps_boundaries() const { return false; }
  virtual const PeerCertificate* certificate() const { return nullptr; }  // nullptr: not over TLS
};

class Acceptor {
 public:
  using OnAccept = std::function<void(std::shared_ptr<Connection>)>;
  // No place is left, or no descriptor: closes a connection that can be done without, if there is one.
  using MakeRoom = std::function<void()>;
  virtual ~Acceptor() = default;
  virtual Endpoint local() const = 0;  // with the port in use, when 0 was asked for
  virtual std::size_t connections() const = 0;
  virtual void stop() = 0;  // takes no more connections; those there are go on
};

// io with a message that names the address when the system refuses (port in use, address not of this host).
Result<std::unique_ptr<Acceptor>> listen(Loop& loop, const Endpoint& endpoint, const Limits& limits,
                                         Acceptor::OnAccept on_accept, Acceptor::MakeRoom make_room = {});

}  // namespace simbiont::net

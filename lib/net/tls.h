// TLS 1.2 and 1.3 with certificates on both sides, sans-I/O: octets of the wire in and out, plain octets in
// and out. RFC 6733 13.1 wants it from the first octet on (port 5868), so there is nothing to negotiate.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "net/tcp.h"

namespace simbiont::net {

// PEM files: chain with the own certificate first; its key, which nobody else may read; who may sign others.
struct TlsFiles {
  std::string certificate, key, ca;
};

class TlsContext {
 public:
  enum class Role : std::uint8_t { server, client };
  // io: cannot be read. refused: others may read the key. invalid_argument: a file is missing from the
  // configuration, or holds something else.
  static Result<std::shared_ptr<TlsContext>> load(Role role, const TlsFiles& files);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsStream;
  struct Parts;
  explicit TlsContext(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

class TlsStream {
 public:
  explicit TlsStream(std::shared_ptr<const TlsContext> context);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // Octets of the wire; what they say is appended to `plain`. An Error ends the connection; its reason is for
  // the log, and wire() may still hold an alert for the other side.
  Status take(ByteView octets, Bytes& plain);
  // A client's first move.
  Status start();
  // Before is_open() nothing is taken: refused.
  Status write(ByteView plain);
  // Says that nothing more will be written.
  void end();
  // What is to be sent; the owner sends it and clears it.
  Bytes& wire() { return wire_; }
  bool is_open() const { return open_; }    // the other side has shown its certificate and its key
  bool is_ended() const { return ended_; }  // by the other side
  const PeerCertificate& certificate() const { return certificate_; }

 private:
  struct Parts;
  Status shake_hands();
  Status read(Bytes& plain);
  Error failure(const char* what, int result);
  void collect();

  std::unique_ptr<Parts> parts_;
  std::shared_ptr<const TlsContext> context_;
  Bytes wire_;
  PeerCertificate certificate_;
  bool open_ = false, ended_ = false;
};

// The server's side of TLS over a connection that was just accepted. What it was closed for says why a
// handshake failed; how long one may take is its owner's affair.
std::shared_ptr<Connection> over_tls(std::shared_ptr<Connection> wire,
                                     std::shared_ptr<const TlsContext> context);

}  // namespace simbiont::net

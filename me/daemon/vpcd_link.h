// The virtual reader's side of vpcd's protocol: messages of a 16-bit length, big endian, and as many octets.
// One octet of the reader's is a control (off, on, reset, ATR wanted), two or more are a C-APDU.
#pragma once

#include <netinet/in.h>

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace simbiont::me {

enum class VpcdControl : std::uint8_t { off = 0, on = 1, reset = 2, atr = 4 };

// HOST:PORT, where HOST is of the loopback network; refused for any other, and the message says how vpcd is
// kept there.
Result<sockaddr_in> loopback_endpoint(const std::string& text);

class VpcdLink {
 public:
  // listening: vpcd comes to us (its DEVICENAME is ours, "127.0.0.1:PORT"); otherwise it listens itself
  // (DEVICENAME /dev/null:PORT) and we go to it.
  VpcdLink(const sockaddr_in& endpoint, bool listening) : endpoint_(endpoint), listening_(listening) {}
  ~VpcdLink();
  VpcdLink(const VpcdLink&) = delete;
  VpcdLink& operator=(const VpcdLink&) = delete;

  // A card in the virtual reader. unavailable: vpcd is not there (yet). Nothing listens before and after.
  Status open();
  bool is_open() const { return socket_ >= 0; }
  // The card leaves the virtual reader.
  void close();
  int descriptor() const { return socket_; }  // -1 while closed

  // One message; unavailable: vpcd went away, or was silent in the middle of one.
  Result<Bytes> receive();
  Status send(ByteView message);

 private:
  Status start_listening();
  Status take(int socket);
  Status read_exactly(std::span<std::uint8_t> out);

  const sockaddr_in endpoint_;
  const bool listening_;
  int listener_ = -1, socket_ = -1;
};

}  // namespace simbiont::me

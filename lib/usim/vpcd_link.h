// The virtual reader's side of vpcd's protocol: messages of a 16-bit length, big endian, and as many octets.
// One octet of the reader's is a control (off, on, reset, ATR wanted), two or more are a C-APDU.
#pragma once

#include <netinet/in.h>

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace simbiont::usim {

enum class VpcdControl : std::uint8_t { off = 0, on = 1, reset = 2, atr = 4 };

// HOST:PORT, where HOST is of the loopback network; refused for any other, and the message says how vpcd is
// kept there.
Result<sockaddr_in> loopback_endpoint(const std::string& text);

class VpcdLink {
 public:
  // vpcd listens there, for one card.
  explicit VpcdLink(const sockaddr_in& endpoint) : endpoint_(endpoint) {}
  ~VpcdLink();
  VpcdLink(const VpcdLink&) = delete;
  VpcdLink& operator=(const VpcdLink&) = delete;

  // A card in the virtual reader. unavailable: vpcd is not there (yet).
  Status open();
  bool is_open() const { return socket_ >= 0; }
  // The card leaves the virtual reader.
  void close();
  int descriptor() const { return socket_; }  // -1 while closed

  // One message; nullopt: not all of it is there yet. Never waits. unavailable: vpcd went away.
  Result<std::optional<Bytes>> receive();
  // unavailable: vpcd went away, or does not take what it is sent.
  Status send(ByteView message);

 private:
  Result<std::size_t> read_some(std::span<std::uint8_t> out);

  const sockaddr_in endpoint_;
  int socket_ = -1;
  std::size_t have_ = 0;  // octets of the message that is coming in, its length included
  ByteArray<2> length_{};
  Bytes message_;
};

}  // namespace simbiont::usim

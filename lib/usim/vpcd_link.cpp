#include "usim/vpcd_link.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "base/secret.h"

namespace simbiont::usim {
namespace {

constexpr timeval silence{5, 0};  // in the middle of a message

Error failed(const std::string& what) {
  return error(Errc::unavailable, what + ": " + std::generic_category().message(errno));
}

const sockaddr* address(const sockaddr_in& in) { return reinterpret_cast<const sockaddr*>(&in); }

}  // namespace

Result<sockaddr_in> loopback_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::string host = colon == std::string::npos ? "" : text.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  sockaddr_in out{};
  out.sin_family = AF_INET;
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const bool numbers = colon != std::string::npos && inet_pton(AF_INET, host.c_str(), &out.sin_addr) == 1 &&
                       std::from_chars(text.data() + colon + 1, end, port).ptr == end && port != 0;
  if (!numbers) return error(Errc::invalid_argument, "this is not ADDRESS:PORT: " + text);
  out.sin_port = htons(port);
  if (ntohl(out.sin_addr.s_addr) >> 24 != 127)
    return error(
        Errc::refused,
        "vpcd's protocol knows no password: " + host +
            " is not of this machine alone. Use 127.0.0.1, and keep vpcd there too, for it listens on "
            "every address: IPAddressDeny=any and IPAddressAllow=localhost for pcscd.service, or a "
            "firewall that closes its ports");
  return out;
}

VpcdLink::~VpcdLink() { close(); }

void VpcdLink::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

Status VpcdLink::open() {
  if (is_open()) return {};
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) return failed("no socket");
  if (connect(made, address(endpoint_), sizeof endpoint_) != 0) {
    Status refused = failed("vpcd does not answer");
    ::close(made);
    return refused;
  }
  const int on = 1;
  (void)setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  (void)setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
  (void)setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence);
  socket_ = made;
  return {};
}

Status VpcdLink::read_exactly(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    // vpcd sends length and message in two parts, and Nagle holds the second until the first is acknowledged:
    // without this, for 40 ms. The kernel forgets it, so it is said each time.
    const int on = 1;
    (void)setsockopt(socket_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    const ssize_t got = recv(socket_, out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return error(Errc::unavailable, "vpcd went away");
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<Bytes> VpcdLink::receive() {
  ByteArray<2> length{};
  if (Status read = read_exactly(length); !read) return read.error();
  Bytes message(load_be(length));
  if (Status read = read_exactly(message); !read) return read.error();
  return message;
}

Status VpcdLink::send(ByteView message) {
  if (message.size() > 0xffff) return error(Errc::invalid_argument, "longer than vpcd's messages can be");
  Bytes framed(2 + message.size());
  store_be(message.size(), std::span(framed).first(2));
  std::copy(message.begin(), message.end(), framed.begin() + 2);
  Status written;
  for (ByteView left = framed; written && !left.empty();) {
    const ssize_t sent = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
    if (sent > 0) left = left.subspan(static_cast<std::size_t>(sent));
    if (sent == 0 || (sent < 0 && errno != EINTR)) written = failed("vpcd does not take an answer");
  }
  zeroise(framed);  // CK and IK
  return written;
}

}  // namespace simbiont::usim

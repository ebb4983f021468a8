#include "usim/vpcd_link.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/secret.h"

namespace simbiont::usim {
namespace {

// More than a message: to send one never waits, unless vpcd has left others unread.
constexpr int send_buffer = 1 << 17;

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
  have_ = 0;
  zeroise(message_);
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
  (void)setsockopt(made, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
  socket_ = made;
  return {};
}

// 0: nothing is there.
Result<std::size_t> VpcdLink::read_some(std::span<std::uint8_t> out) {
  // vpcd sends length and message in two parts, and Nagle holds the second until the first is acknowledged:
  // without this, for 40 ms. The kernel forgets it, so it is said each time.
  const int on = 1;
  (void)setsockopt(socket_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  ssize_t got = -1;
  do {
    got = recv(socket_, out.data(), out.size(), MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got > 0) return static_cast<std::size_t>(got);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::size_t{0};
  return error(Errc::unavailable, "vpcd went away");
}

Result<std::optional<Bytes>> VpcdLink::receive() {
  for (;;) {
    const bool in_length = have_ < length_.size();
    if (!in_length && have_ == length_.size() + message_.size()) {
      have_ = 0;
      return std::optional(std::exchange(message_, {}));
    }
    const auto got = read_some(in_length ? std::span(length_).subspan(have_)
                                         : std::span(message_).subspan(have_ - length_.size()));
    if (!got) return got.error();
    if (*got == 0) return std::optional<Bytes>();
    have_ += *got;
    if (in_length && have_ == length_.size()) message_.assign(load_be(length_), 0);
  }
}

Status VpcdLink::send(ByteView message) {
  if (message.size() > 0xffff) return error(Errc::invalid_argument, "longer than vpcd's messages can be");
  Bytes framed(2 + message.size());
  store_be(message.size(), std::span(framed).first(2));
  std::copy(message.begin(), message.end(), framed.begin() + 2);
  Status written;
  for (ByteView left = framed; written && !left.empty();) {
    const ssize_t sent = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) left = left.subspan(static_cast<std::size_t>(sent));
    if (sent == 0 || (sent < 0 && errno != EINTR)) written = failed("vpcd does not take an answer");
  }
  zeroise(framed);  // CK and IK
  return written;
}

}  // namespace simbiont::usim

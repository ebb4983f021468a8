#include "me/daemon/control.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/secret.h"

namespace simbiont::me {
namespace {

constexpr std::size_t max_clients = 8;
constexpr std::int64_t patience_ms = 2000;
constexpr timeval answer_patience{15,
                                  0};  // of whoever asks: a card may hold the decryptor up for some seconds

Error failed(const std::string& what) {
  return error(Errc::unavailable, what + ": " + std::generic_category().message(errno));
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un out{};
  out.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof out.sun_path)
    return error(Errc::invalid_argument, "the control socket's path has 1 to 107 octets: " + path);
  std::memcpy(out.sun_path, path.c_str(), path.size() + 1);
  return out;
}

Status send_all(int socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return failed("cannot write to the control socket");
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

// A socket that nobody listens on was left by a process that is gone. All else stays where it is.
Status clear_place(const std::string& path, const sockaddr_un& address) {
  struct stat facts {};
  if (lstat(path.c_str(), &facts) != 0)
    return errno == ENOENT ? Status{} : Status(failed("cannot look at " + path));
  if (!S_ISSOCK(facts.st_mode)) return error(Errc::refused, path + " is there, and is not a socket");
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return failed("no socket");
  const bool dead = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
                    errno == ECONNREFUSED;
  (void)close(probe);
  if (!dead) return error(Errc::unavailable, "another process listens on " + path);
  return unlink(path.c_str()) == 0 ? Status{} : Status(failed("cannot remove " + path));
}

}  // namespace

ControlServer::~ControlServer() {
  for (Client& client : clients_) {
    zeroise_text(client.text);
    (void)close(client.socket);
  }
  if (listener_ < 0) return;
  (void)close(listener_);
  (void)unlink(path_.c_str());
}

Status ControlServer::listen() {
  const auto address = address_of(path_);
  if (!address) return address.error();
  if (Status cleared = clear_place(path_, *address); !cleared) return cleared;
  const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) return failed("no socket");
  const mode_t mask = umask(0177);
  const bool bound = bind(made, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0;
  (void)umask(mask);
  if (!bound || ::listen(made, static_cast<int>(max_clients)) != 0) {
    Status refused = failed("cannot listen on " + path_);
    (void)close(made);
    return refused;
  }
  listener_ = made;
  return {};
}

void ControlServer::add_to(std::vector<pollfd>& descriptors) const {
  if (clients_.size() < max_clients) descriptors.push_back({listener_, POLLIN, 0});
  for (const Client& client : clients_) descriptors.push_back({client.socket, POLLIN, 0});
}

void ControlServer::accept(MonotonicMs now) {
  while (clients_.size() < max_clients) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) return;
    clients_.push_back({socket, now + patience_ms, {}});
    clients_.back().text.reserve(max_request);
  }
}

void ControlServer::serve(MonotonicMs now) {
  accept(now);
  std::erase_if(clients_, [&](Client& client) {
    if (!is_done(client, now)) return false;
    zeroise_text(client.text);
    (void)close(client.socket);
    return true;
  });
}

// A request is at most what the reserved memory holds, so that no copy of a key is left behind.
bool ControlServer::is_done(Client& client, MonotonicMs now) {
  std::array<char, max_request> chunk{};
  const ssize_t got = recv(client.socket, chunk.data(), max_request - client.text.size(), 0);
  if (got > 0) client.text.append(chunk.data(), static_cast<std::size_t>(got));
  zeroise({reinterpret_cast<std::uint8_t*>(chunk.data()), chunk.size()});
  if (client.text.ends_with("\n\n")) {
    answer(client);
    return true;
  }
  const bool over = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
  return over || client.text.size() >= max_request || now >= client.deadline;
}

// An answer fits the socket's buffer; whoever does not read it away loses it.
void ControlServer::answer(Client& client) {
  const Result<Request> request = Request::decode(client.text);
  const std::string line = request ? handler_(*request) : handler_(Request());
  (void)send(client.socket, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

Result<std::string> ask(const std::string& path, const Request& request) {
  const auto address = address_of(path);
  if (!address) return address.error();
  const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) return failed("no socket");
  (void)setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &answer_patience, sizeof answer_patience);
  (void)setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &answer_patience, sizeof answer_patience);
  std::string text = request.encode();
  Status sent;
  if (connect(made, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    sent = failed("no decryptor answers at " + path);
  else
    sent = send_all(made, text);
  zeroise_text(text);
  std::string answer;
  std::array<char, 4096> chunk{};
  for (ssize_t got = 1; sent && got > 0;) {
    got = recv(made, chunk.data(), chunk.size(), 0);
    if (got > 0) answer.append(chunk.data(), static_cast<std::size_t>(got));
  }
  (void)close(made);
  if (!sent) return sent.error();
  if (!answer.ends_with('\n'))
    return error(Errc::unavailable, "the decryptor is there and did not answer: its card may hold it up");
  return answer;
}

}  // namespace simbiont::me

#include "me/daemon/vpcd_owner.h"

#include <arpa/inet.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

namespace simbiont::me {
namespace {

// "sl local_address rem_address st queues timer retrnsmt uid ...": addresses are ADDRESS:PORT in hexadecimal,
// the address as it lies in memory.
struct Line {
  std::string number, local, remote, state, queues, timer, retransmissions;
  uid_t uid = 0;
};
bool read_line(const std::string& text, Line& out) {
  std::istringstream words(text);
  return static_cast<bool>(words >> out.number >> out.local >> out.remote >> out.state >> out.queues >>
                           out.timer >> out.retransmissions >> out.uid);
}

std::string hex_endpoint(const sockaddr_in& endpoint) {
  std::array<char, 14> text{};
  (void)std::snprintf(text.data(), text.size(), "%08X:%04X", endpoint.sin_addr.s_addr,
                      ntohs(endpoint.sin_port));
  return text.data();
}

bool is_trusted(uid_t uid) {
  if (uid == 0 || uid == geteuid()) return true;
  std::array<char, 4096> memory{};
  passwd entry{};
  passwd* found = nullptr;
  return getpwnam_r("pcscd", &entry, memory.data(), memory.size(), &found) == 0 && found != nullptr &&
         found->pw_uid == uid;
}

}  // namespace

std::optional<uid_t> owner_of_peer(std::istream& proc_net_tcp, const sockaddr_in& peer,
                                   const sockaddr_in& own) {
  const std::string from = hex_endpoint(peer), to = hex_endpoint(own);
  Line line;
  for (std::string text; std::getline(proc_net_tcp, text);) {
    if (read_line(text, line) && line.local == from && line.remote == to) return line.uid;
  }
  return std::nullopt;
}

Status check_vpcd_owner(int socket) {
  sockaddr_in own{}, peer{};
  socklen_t own_size = sizeof own, peer_size = sizeof peer;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&own), &own_size) != 0 ||
      getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0)
    return error(Errc::unavailable, "vpcd went away");
  std::ifstream table("/proc/net/tcp");
  const auto owner = owner_of_peer(table, peer, own);
  if (!owner) return error(Errc::refused, "whose process vpcd is cannot be told from /proc/net/tcp");
  if (is_trusted(*owner)) return {};
  return error(Errc::refused, "not pcscd but a process of user " + std::to_string(*owner) +
                                  " is where vpcd should be: it is not given the card");
}

}  // namespace simbiont::me

// An HTTP server on a unix socket that knows which process asks: the library's, with a stream of our own,
// since the library tells nobody the peer's credentials.
#pragma once

#include <httplib.h>

#include <optional>

namespace simbiont::admin {

// What the kernel says of the process that connected (SO_PEERCRED).
struct PeerProcess {
  uid_t uid;
  pid_t pid;
};

class PeerServer final : public httplib::Server {
 public:
  // Of a request in a handler. No header of a client has a part in it. nullopt: not known.
  static std::optional<PeerProcess> peer_of(const httplib::Request& request);

 private:
  bool process_and_close_socket(socket_t socket) override;
};

}  // namespace simbiont::admin

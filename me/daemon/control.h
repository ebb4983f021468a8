// The control socket: for the owner alone, served between two APDUs, so that no client can hold one up.
#pragma once

#include <poll.h>

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "me/daemon/request.h"

namespace simbiont::me {

class ControlServer {
 public:
  using Handler = std::function<std::string(const Request&)>;

  ControlServer(std::string path, Handler handler) : path_(std::move(path)), handler_(std::move(handler)) {}
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // Mode 0600 from the moment it exists. refused when something else stands at the path, unavailable when
  // another process listens there.
  Status listen();
  // What poll() shall look at, appended.
  void add_to(std::vector<pollfd>& descriptors) const;
  // After poll(), every time: takes, reads, answers, and drops whoever is slow.
  void serve(MonotonicMs now);

 private:
  struct Client {
    int socket;
    MonotonicMs deadline;
    std::string text;
  };
  void accept(MonotonicMs now);
  bool is_done(Client& client, MonotonicMs now);
  void answer(Client& client);

  const std::string path_;
  const Handler handler_;
  int listener_ = -1;
  std::vector<Client> clients_;
};

// The client's side: what the daemon at `path` answers. unavailable: none is there.
Result<std::string> ask(const std::string& path, const Request& request);

}  // namespace simbiont::me

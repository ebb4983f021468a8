// The admin socket: the API as HTTP over a unix socket that its owner alone may open.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "admin/api.h"
#include "admin/role_map.h"
#include "base/result.h"

namespace simbiont::admin {

class PeerServer;

class Server {
 public:
  Server(hss::Live& live, std::string path, Options options = {});
  ~Server();  // stops

  // Listens on `path` (at most 107 octets), mode 0600 from the moment it exists (then 0660 for the group that
  // the options name), and serves on threads of its own. A file that is there is a stale socket: the caller
  // holds the store's lock.
  Status start();
  const RoleMap& roles() { return api_.roles(); }
  // Waits for the requests in hand, and takes back an import that is not at its end; the socket is gone
  // afterwards.
  void stop();

 private:
  Api api_;
  const std::string path_;
  const std::string group_;
  std::unique_ptr<PeerServer> http_;
  Status open_to_group() const;
  void keep_time();
  void work();
  void sync();

  std::thread thread_, timer_, worker_, syncer_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
};

}  // namespace simbiont::admin

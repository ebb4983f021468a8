// How the operator's tool reaches the API: the socket of the HSS that runs on the store, or the same handlers
// in process under the store's lock.
#pragma once

#include <memory>
#include <string>

#include "admin/api.h"
#include "base/result.h"
#include "hss/custody.h"
#include "hss/config.h"

namespace simbiont::admin {

// What the API is told by the operator's configuration.
Options options_of(const hss::Config& config);

struct StoreFiles {
  std::string db, key, lock, sock;
  hss::CustodyConfig custody;
  Options options;  // of the API in process; a running HSS has its own
};
// config: a TOML file, empty for none; db: over what the file says, empty for ./simbiont.db.
Result<StoreFiles> store_files(const std::string& config, const std::string& db);

// A database and its key-encryption keys; already_exists when there is a database or key file, and then
// nothing is touched.
Status create_store(const StoreFiles& files);

class Channel {
 public:
  virtual ~Channel() = default;
  // An Error: no answer was had. unavailable: nobody is there (any more).
  virtual Result<Response> call(Request request) = 0;
  // Whether an HSS answers, rather than this process.
  virtual bool remote() const = 0;
};

Result<std::unique_ptr<Channel>> open_channel(const StoreFiles& files);

// nullptr: nobody listens there.
std::unique_ptr<Channel> connect_socket(const std::string& path);

}  // namespace simbiont::admin

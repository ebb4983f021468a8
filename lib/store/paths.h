// The files of one store: --db FILE implies FILE.key, FILE.lock and FILE.sock.
#pragma once

#include <string>

namespace simbiont::store {

struct StorePaths {
  std::string db;
  std::string key;   // the key file of the sealer
  std::string lock;  // held by the one process that may write
  std::string sock;  // the admin socket

  static StorePaths from_db(const std::string& path) {
    return {path, path + ".key", path + ".lock", path + ".sock"};
  }
};

}  // namespace simbiont::store

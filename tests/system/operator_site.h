// A store and a simbiont-hss of the test's own, in a directory that goes away. SIMBIONT_BIN names the
// programs.
#pragma once

#include <sys/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace simbiont::system_test {

class OperatorSite {
 public:
  OperatorSite();
  OperatorSite(const OperatorSite&) = delete;
  OperatorSite& operator=(const OperatorSite&) = delete;
  ~OperatorSite();

  // Runs `simbiont --db ... ARGUMENT...`; its exit status and standard output.
  struct Done {
    int status;
    std::string out;
  };
  Done cli(std::vector<std::string> arguments) const;
  // The rows of a listing, whether they come as one array or as one object a line.
  std::vector<nlohmann::json> rows(std::vector<std::string> arguments) const;
  std::string write(const std::string& name, const std::string& content) const;

  // Starts the HSS on the same port every time, with hss.toml if that was written; true once it takes
  // connections.
  bool start();
  void kill_9();
  // SIGTERM; the exit status.
  int stop();

  std::uint16_t port() const { return port_; }
  std::string log() const;

 private:
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  int reap();

  std::string directory_;
  std::uint16_t port_ = 0;
  pid_t hss_ = -1;
};

}  // namespace simbiont::system_test

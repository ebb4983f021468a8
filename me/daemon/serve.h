// From options to a running decryptor.
#pragma once

#include <csignal>
#include <string>
#include <vector>

#include "base/result.h"

namespace simbiont::me {

struct ServeOptions {
  std::string reader, vpcd = "127.0.0.1:35964";
  std::string imei, store = "simbiont-me.state", socket, keystore = "file";
  std::string tcti, module, token, pin;  // pin: @FILE or -
  std::vector<unsigned> pcrs{7};
  std::size_t slots = 8;
  bool try_plain = false;

  std::string control_socket() const { return socket.empty() ? store + ".sock" : socket; }
};

// The process leaves no core, and no other may look into it. Before anything else.
void harden();
// Serves until a signal of `signals`.
Status serve(const ServeOptions& options, const sigset_t& signals);

}  // namespace simbiont::me

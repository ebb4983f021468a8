// What the commands of the control socket do.
#pragma once

#include <nlohmann/json.hpp>

#include "me/daemon/bridge.h"
#include "me/daemon/device.h"
#include "me/daemon/request.h"

namespace simbiont::me {

using Json = nlohmann::ordered_json;

// What the daemon knows beside the device.
struct Standing {
  std::string reader;    // as pcscd calls it, or what was asked for
  bool card = false;     // is in, and ours
  std::string vpcd;      // ADDRESS:PORT
  bool offered = false;  // the card stands in the virtual reader
  std::string keystore;  // file, tpm, pkcs11
  bool memory_locked = false;
  std::string problem;  // what we wait for; "" when all is well
};

// result: the JSON of {"result": ...}.
Result<Json> run_command(const Request& request, Device& device, const Standing& standing,
                         const BridgeCounts& counts);
// The one line on the socket.
std::string answer_line(const Result<Json>& result);

const char* code_name(Errc code);
Result<std::uint8_t> algorithm_of(const std::string& name);

}  // namespace simbiont::me

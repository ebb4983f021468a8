// What the programs of the lab take from their command line.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "lab/mme.h"

namespace CLI {
class App;
}

namespace simbiont::lab {

enum class Exit : int { done = 0, refused = 1, usage = 2 };

// Hexadecimal digits, or @FILE, or - for standard input; surrounding white space is ignored. The text is
// zeroised.
Result<Secret> read_key(std::string& argument, std::size_t octets);

struct ConnectionArguments {
  std::string connect, realm, destination_host, pcap;
  std::string tls_cert, tls_key, tls_ca;  // all, or none: plain TCP
  std::string mme_host = "mme1.lab.example", mme_realm = "lab.example", plmn = "001-01";
  std::int64_t timeout_ms = 5'000;
};
void add_connection_options(CLI::App& command, ConnectionArguments& arguments);
// Connection and capture, or why not; invalid_argument is a matter of usage.
struct Connection {
  std::shared_ptr<PcapFile> pcap;
  std::unique_ptr<Mme> mme;
};
Result<Connection> open_connection(const ConnectionArguments& arguments);
// DPR; an Error when it was not answered, or the capture could not be written.
Status close_connection(Connection& connection);

struct DemoArguments {
  ConnectionArguments connection;
  std::string data;
};
Exit run_demo(const DemoArguments& arguments);

struct AttachArguments {
  ConnectionArguments connection;
  std::string imsi, k, opc, op, imei, declared_imei, kme, notified_imei, algorithm = "aes128";
  std::uint64_t sqn = 0;  // the highest SQN the card accepted
  std::uint32_t vectors = 1;
  bool purge = false, json = false;
};
Exit run_attach(AttachArguments& arguments);

// An Error as a line on standard error.
Exit complain(const Error& error);

}  // namespace simbiont::lab

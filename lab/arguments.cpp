#include "lab/arguments.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>

namespace simbiont::lab {
namespace {

constexpr std::size_t max_key_text = 256;
constexpr std::string_view white_space = " \t\r\n";

std::string read_text(std::istream& in) {
  std::string text(max_key_text, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

void wipe(std::string& text) {
  zeroise({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  text.clear();
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(white_space);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

}  // namespace

Result<Secret> read_key(std::string& argument, std::size_t octets) {
  std::string text = argument;
  wipe(argument);
  if (text == "-") {
    text = read_text(std::cin);
  } else if (text.starts_with('@')) {
    std::ifstream file(text.substr(1), std::ios::binary);
    if (!file)
      return error(Errc::invalid_argument, "the key file after @ cannot be read");  // it may be a key
    text = read_text(file);
  }
  auto key = Secret::from_hex(trimmed(text));
  wipe(text);
  if (!key || key->size() != octets) {
    return error(Errc::invalid_argument,
                 "a key of " + std::to_string(2 * octets) + " hexadecimal digits is wanted");
  }
  return key;
}

void add_connection_options(CLI::App& command, ConnectionArguments& arguments) {
  command.add_option("--connect", arguments.connect, "HSS or relay, HOST:PORT")->required();
  command.add_option("--realm", arguments.realm, "Destination-Realm; default: the peer's");
  command.add_option("--destination-host", arguments.destination_host, "Destination-Host; default: none");
  command.add_option("--mme-host", arguments.mme_host, "Origin-Host")->capture_default_str();
  command.add_option("--mme-realm", arguments.mme_realm, "Origin-Realm")->capture_default_str();
  command.add_option("--plmn", arguments.plmn, "Visited-PLMN-Id")->capture_default_str();
  command.add_option("--timeout-ms", arguments.timeout_ms, "for each answer")->check(CLI::Range(1, 600'000));
  command.add_option("--pcap", arguments.pcap, "write all Diameter traffic to this capture file");
  command.add_option("--tls-cert", arguments.tls_cert, "speak TLS: own certificate, PEM file");
  command.add_option("--tls-key", arguments.tls_key, "its key, PEM file of mode 0600");
  command.add_option("--tls-ca", arguments.tls_ca, "who signs HSSs' certificates, PEM file");
}

Result<Connection> open_connection(const ConnectionArguments& arguments) {
  const auto where = parse_host_port(arguments.connect);
  if (!where) return where.error();
  const auto plmn = Plmn::parse(arguments.plmn);
  if (!plmn) return plmn.error();
  MmeConfig config;
  config.self = {arguments.mme_host, arguments.mme_realm};
  config.destination_realm = arguments.realm;
  config.destination_host = arguments.destination_host;
  config.visited_plmn = *plmn;
  config.timeout_ms = arguments.timeout_ms;

  if (!arguments.tls_cert.empty() || !arguments.tls_key.empty() || !arguments.tls_ca.empty()) {
    if (arguments.tls_cert.empty() || arguments.tls_key.empty() || arguments.tls_ca.empty())
      return error(Errc::invalid_argument, "--tls-cert, --tls-key and --tls-ca are wanted all, or none");
    auto tls = net::TlsContext::load(net::TlsContext::Role::client,
                                     {arguments.tls_cert, arguments.tls_key, arguments.tls_ca});
    if (!tls) return tls.error();
    config.tls = *std::move(tls);
  }

  Connection out;
  if (!arguments.pcap.empty()) {
    auto pcap = PcapFile::create(arguments.pcap);
    if (!pcap) return pcap.error();
    out.pcap = std::move(*pcap);
  }
  auto mme = Mme::connect(*where, std::move(config), out.pcap);
  if (!mme) return mme.error();
  out.mme = std::move(*mme);
  return out;
}

Status close_connection(Connection& connection) {
  Status closed = connection.mme->disconnect();
  connection.mme.reset();
  if (closed && connection.pcap) return connection.pcap->flush();
  return closed;
}

Exit complain(const Error& error) {
  std::cerr << "simbiont-lab: " << error.message << "\n";
  return error.code == Errc::invalid_argument ? Exit::usage : Exit::refused;
}

}  // namespace simbiont::lab

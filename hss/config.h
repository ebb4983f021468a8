// The configuration of simbiont-hss: a TOML file, documented key by key in etc/simbiont-hss.toml; flags
// override it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hss/log.h"
#include "hss/peer_rule.h"
#include "hss/services.h"

namespace simbiont::hss {

// The files of a store.
struct Paths {
  std::string db, key, lock, socket;
};

struct Config {
  std::string db = "./simbiont.db";
  std::string key, lock, socket;  // empty: db with .key, .lock, .sock
  // One address or several with commas between; each may begin with tcp://, tls:// or sctp://.
  std::string listen = "127.0.0.1:3868";
  std::string origin_host = "hss.localdomain";
  std::string origin_realm = "localdomain";
  std::uint64_t max_connections = 1024;
  std::uint64_t cer_timeout_s = 5;
  std::uint64_t watchdog_s = 30;
  std::vector<PeerRule> peers;
  std::string tls_certificate, tls_key, tls_ca;  // PEM files
  RateLimits limits;
  std::uint64_t ambr_uplink = 100'000'000, ambr_downlink = 200'000'000;
  std::uint64_t vector_life_h = 24;
  std::uint64_t sqn_block_min = 128, sqn_block_max = 8192;
  std::uint64_t cached_subscribers = 1'000'000, cached_entries = 16384;
  std::string eap_socket;  // empty: EAP servers are not answered
  std::string log_level = "info";

  Paths paths() const;
  CoreConfig core() const;
};

// invalid_argument, with file and line, for what is not TOML, unknown keys, wrong types and values out of
// range.
Result<Config> load_config(const std::string& path);
Result<Config> parse_config(std::string_view toml, const std::string& name);

// What Config::listen may hold.
bool is_listen(const std::string& text);

// What no single value shows, flags included: a listen address that is one, and peers named unless it is
// loopback.
Status check_config(const Config& config);

// "diameter.listen" and so on, as the file may hold them; [[peers]] apart.
std::vector<std::string> config_keys();

}  // namespace simbiont::hss

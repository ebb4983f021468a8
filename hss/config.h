// The configuration of simbiont-hss: a TOML file, documented key by key in etc/simbiont-hss.toml; flags
// override it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hss/custody.h"
#include "hss/log.h"
#include "hss/peer_rule.h"
#include "hss/role_rules.h"
#include "hss/services.h"
#include "hss/sync_config.h"

namespace simbiont::hss {

// The files of a store.
struct Paths {
  std::string db, key, lock, socket;
  CustodyConfig custody{};
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
  Signals signals;
  std::uint64_t ambr_uplink = 100'000'000, ambr_downlink = 200'000'000;
  std::uint64_t vector_life_h = 24;
  std::uint64_t challenge_life_h = 168;
  bool clr_on_move = false;
  std::uint64_t learn_time_s = 600, learn_pause_min = 60, expiry_notice_h = 24;
  std::uint64_t sqn_block_min = 128, sqn_block_max = 8192;
  std::uint64_t cached_subscribers = 1'000'000, cached_entries = 16384;
  std::string eap_socket;  // empty: EAP servers are not answered
  std::string log_level = "info";
  RoleRules roles;
  std::string socket_group;  // who besides the HSS's user may open the admin socket; empty: nobody
  SyncConfig sync;
  std::string kek = "file", subscriber_kek = "file";  // or "pkcs11"
  std::string pkcs11_module, pkcs11_token, pkcs11_pin;
  static constexpr std::uint64_t no_slot = ~std::uint64_t{0};
  std::uint64_t pkcs11_slot = no_slot;
  std::uint64_t pkcs11_workers = 4, pkcs11_queue = 4096, pkcs11_timeout_ms = 2000;
  std::string user;  // to become after the start; empty: whoever started
  bool allow_root = false;

  Paths paths() const;
  CustodyConfig custody() const;
  CoreConfig core() const;
};

// invalid_argument, with file and line, for what is not TOML, unknown keys, wrong types and values out of
// range.
Result<Config> load_config(const std::string& path);
Result<Config> parse_config(std::string_view toml, const std::string& name);

// What Config::listen may hold.
bool is_listen(const std::string& text);

bool listens_on_loopback_only(const Config& config);

// What no single value shows, flags included: a listen address that is one, and peers named unless it is
// loopback.
Status check_config(const Config& config);

// "diameter.listen" and so on, as the file may hold them; [[peers]] apart.
std::vector<std::string> config_keys();

}  // namespace simbiont::hss

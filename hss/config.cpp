#include "hss/config.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <variant>

#include "hss/config_peers.h"
#include "hss/config_roles.h"
#include "hss/config_sync.h"
#include "net/listen.h"
#include "net/tls.h"

namespace simbiont::hss {
namespace {

struct Number {
  std::uint64_t Config::*member;
  std::uint64_t least, most;
};
struct LimitOf {
  std::uint64_t RateLimits::*member;
  std::uint64_t most;
};
struct SignalOf {
  std::uint64_t Signals::*member;
  std::uint64_t most;
};
struct Key {
  std::string_view section, name;
  std::variant<std::string Config::*, Number, LimitOf, SignalOf, bool Config::*> target;
};

constexpr std::uint64_t any_u32 = 0xffffffff;

const auto keys = std::to_array<Key>({
    {"store", "db", &Config::db},
    {"store", "key", &Config::key},
    {"store", "lock", &Config::lock},
    {"store", "socket", &Config::socket},
    {"diameter", "listen", &Config::listen},
    {"diameter", "origin_host", &Config::origin_host},
    {"diameter", "origin_realm", &Config::origin_realm},
    {"diameter", "max_connections", Number{&Config::max_connections, 1, 65536}},
    {"diameter", "cer_timeout_s", Number{&Config::cer_timeout_s, 1, 60}},
    {"diameter", "watchdog_s", Number{&Config::watchdog_s, 6, 3600}},
    {"tls", "certificate", &Config::tls_certificate},
    {"tls", "key", &Config::tls_key},
    {"tls", "ca", &Config::tls_ca},
    {"limits", "air_per_peer_s", LimitOf{&RateLimits::air_per_peer_s, 1'000'000}},
    {"limits", "air_per_imsi_min", LimitOf{&RateLimits::air_per_imsi_min, 60'000}},
    {"limits", "auts_per_peer_s", LimitOf{&RateLimits::auts_per_peer_s, 1'000'000}},
    {"limits", "auts_per_imsi_min", LimitOf{&RateLimits::auts_per_imsi_min, 60'000}},
    {"signals", "airs_without_ulr", SignalOf{&Signals::airs_without_ulr, 200}},
    {"signals", "auts_storm", SignalOf{&Signals::auts_storm, 10'000}},
    {"subscription", "ambr_uplink", Number{&Config::ambr_uplink, 1, any_u32}},
    {"subscription", "ambr_downlink", Number{&Config::ambr_downlink, 1, any_u32}},
    {"authentication", "vector_life_h", Number{&Config::vector_life_h, 1, 8760}},
    {"authentication", "sqn_block_min", Number{&Config::sqn_block_min, 8, 65536}},
    {"authentication", "sqn_block_max", Number{&Config::sqn_block_max, 8, 65536}},
    {"rollover", "challenge_life_h", Number{&Config::challenge_life_h, 1, 8760}},
    {"rollover", "clr_on_move", &Config::clr_on_move},
    {"binding", "learn_time_s", Number{&Config::learn_time_s, 10, 86'400}},
    {"binding", "learn_pause_min", Number{&Config::learn_pause_min, 0, 10'080}},
    {"binding", "expiry_notice_h", Number{&Config::expiry_notice_h, 0, 8760}},
    {"cache", "subscribers", Number{&Config::cached_subscribers, 16, 1'000'000'000}},
    {"cache", "entries", Number{&Config::cached_entries, 1, 10'000'000}},
    {"eap", "socket", &Config::eap_socket},
    {"log", "level", &Config::log_level},
    {"admin", "socket_group", &Config::socket_group},
    {"custody", "kek", &Config::kek},
    {"custody", "subscriber_kek", &Config::subscriber_kek},
    {"pkcs11", "module", &Config::pkcs11_module},
    {"pkcs11", "token", &Config::pkcs11_token},
    {"pkcs11", "slot", Number{&Config::pkcs11_slot, 0, any_u32 - 1}},
    {"pkcs11", "pin", &Config::pkcs11_pin},
    {"pkcs11", "workers", Number{&Config::pkcs11_workers, 1, 64}},
    {"pkcs11", "queue", Number{&Config::pkcs11_queue, 1, 1'000'000}},
    {"pkcs11", "timeout_ms", Number{&Config::pkcs11_timeout_ms, 10, 60'000}},
    {"process", "user", &Config::user},
    {"process", "allow_root", &Config::allow_root},
});

const Key* find_key(std::string_view section, std::string_view name) {
  for (const Key& key : keys)
    if (key.section == section && key.name == name) return &key;
  return nullptr;
}

// "" when set, else what is wrong.
std::string set_text(std::string& target, bool may_be_several, const toml::node& node) {
  std::string joined;
  const toml::array* const several = may_be_several ? node.as_array() : nullptr;
  if (several != nullptr) {
    for (const toml::node& each : *several) {
      const auto one = each.value_exact<std::string>();
      if (!one || one->empty()) return "must hold texts that are not empty";
      joined += joined.empty() ? *one : "," + *one;
    }
  } else {
    joined = node.value_exact<std::string>().value_or("");
  }
  if (joined.empty()) return "must be a text that is not empty";
  target = joined;
  return {};
}

std::string set_number(std::uint64_t& target, std::uint64_t least, std::uint64_t most,
                       const toml::node& node) {
  const auto value = node.value_exact<std::int64_t>();
  if (!value || *value < 0 || static_cast<std::uint64_t>(*value) < least ||
      static_cast<std::uint64_t>(*value) > most)
    return "must be a number from " + std::to_string(least) + " to " + std::to_string(most);
  target = static_cast<std::uint64_t>(*value);
  return {};
}

std::string set_value(Config& config, const Key& key, const toml::node& node) {
  if (const auto* text = std::get_if<std::string Config::*>(&key.target))
    return set_text(config.*(*text), *text == &Config::listen, node);
  if (const auto* flag = std::get_if<bool Config::*>(&key.target)) {
    const auto value = node.value_exact<bool>();
    if (value) config.*(*flag) = *value;
    return value ? "" : "must be true or false";
  }
  if (const auto* limit = std::get_if<LimitOf>(&key.target))
    return set_number(config.limits.*(limit->member), 0, limit->most, node);
  if (const auto* signal = std::get_if<SignalOf>(&key.target))
    return set_number(config.signals.*(signal->member), 0, signal->most, node);
  const Number& number = std::get<Number>(key.target);
  return set_number(config.*(number.member), number.least, number.most, node);
}

Status read_section(Config& config, const std::string& name, std::string_view section,
                    const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return config_error(name, node, "[" + std::string(section) + "] must be a table");
  for (const auto& [key_name, value] : *table) {
    const std::string full = std::string(section) + "." + std::string(key_name.str());
    const Key* key = find_key(section, key_name.str());
    if (key == nullptr) return config_error(name, value, "unknown key " + full);
    const std::string wrong = set_value(config, *key, value);
    if (!wrong.empty()) return config_error(name, value, std::string(full).append(" ").append(wrong));
  }
  return {};
}

bool is_section(std::string_view section) {
  for (const Key& key : keys)
    if (key.section == section) return true;
  return false;
}

}  // namespace

Paths Config::paths() const {
  const auto or_beside = [&](const std::string& path, const char* ending) {
    return path.empty() ? db + ending : path;
  };
  return {db, or_beside(key, ".key"), or_beside(lock, ".lock"), or_beside(socket, ".sock"), custody()};
}

CustodyConfig Config::custody() const {
  CustodyConfig custody;
  custody.token = {pkcs11_module, pkcs11_token, {}, pkcs11_pin};
  if (pkcs11_slot != no_slot) custody.token.slot = pkcs11_slot;
  const auto place = [](const std::string& name) {
    return name == "pkcs11" ? KekPlace::token : KekPlace::file;
  };
  custody.kek = place(kek);
  custody.subscriber_kek = place(subscriber_kek);
  custody.limits = {static_cast<std::size_t>(pkcs11_workers), static_cast<std::size_t>(pkcs11_queue),
                    static_cast<std::int64_t>(pkcs11_timeout_ms)};
  return custody;
}

CoreConfig Config::core() const {
  CoreConfig core;
  core.self = {origin_host, origin_realm};
  core.ambr_uplink = static_cast<std::uint32_t>(ambr_uplink);
  core.ambr_downlink = static_cast<std::uint32_t>(ambr_downlink);
  core.vector_life_ms = static_cast<std::int64_t>(vector_life_h) * 3600 * 1000;
  core.clr_on_move = clr_on_move;
  core.learn_time_ms = static_cast<std::int64_t>(learn_time_s) * 1000;
  core.learn_pause_ms = static_cast<std::int64_t>(learn_pause_min) * 60'000;
  core.expiry_notice_ms = static_cast<std::int64_t>(expiry_notice_h) * 3'600'000;
  core.sqn_block_min = sqn_block_min;
  core.sqn_block_max = sqn_block_max;
  core.cached_subscribers = cached_subscribers;
  core.cached_entries = cached_entries;
  core.limits = limits;
  core.signals = signals;
  return core;
}

Result<Config> parse_config(std::string_view text, const std::string& name) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::parse_error& wrong = parsed.error();
    return error(Errc::invalid_argument, name + ":" + std::to_string(wrong.source().begin.line) + ": " +
                                             std::string(wrong.description()));
  }
  Config config;
  for (const auto& [section, node] : parsed.table()) {
    Status read;
    if (section.str() == "peers") {
      read = read_peers(config.peers, name, node);
    } else if (section.str() == "roles") {
      read = read_roles(config.roles, name, node);
    } else if (section.str() == "sync") {
      read = read_sync(config.sync, name, node);
    } else if (is_section(section.str())) {
      read = read_section(config, name, section.str(), node);
    } else {
      read = config_error(name, node, "unknown key " + std::string(section.str()));
    }
    if (!read) return read.error();
  }
  return config;
}

Result<Config> load_config(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) return error(Errc::io, "cannot read " + path);
  return parse_config(text.str(), path);
}

bool listens_on_loopback_only(const Config& config) {
  const auto listens = net::parse_listens(config.listen);
  return listens &&
         std::ranges::all_of(*listens, [](const auto& each) { return each.endpoint.is_loopback(); });
}

bool is_listen(const std::string& text) { return net::parse_listens(text).ok(); }

namespace {

Status check_listen(const Config& config) {
  const auto listens = net::parse_listens(config.listen);
  if (!listens) return listens.error();
  bool tls = false;
  for (const net::Listen& each : *listens) {
    tls = tls || each.transport == net::Transport::tls;
    if (!each.endpoint.is_loopback() && config.peers.empty())
      return error(Errc::refused, "without [[peers]] only a loopback address may be listened on, not " +
                                      each.endpoint.str() + ": name the peers in the configuration");
  }
  if (!tls) return {};
  const auto context = net::TlsContext::load(net::TlsContext::Role::server,
                                             {config.tls_certificate, config.tls_key, config.tls_ca});
  return context ? Status() : Status(context.error());
}

Status check_custody(const Config& config) {
  for (const std::string* place : {&config.kek, &config.subscriber_kek})
    if (*place != "file" && *place != "pkcs11")
      return error(Errc::invalid_argument, "custody.kek and custody.subscriber_kek are file or pkcs11");
  const bool wanted = config.kek == "pkcs11" || config.subscriber_kek == "pkcs11";
  if (config.pkcs11_module.empty())
    return wanted ? Status(error(Errc::invalid_argument, "a KEK in a token needs [pkcs11]")) : Status();
  const auto token = crypto::make_pkcs11_token(config.custody().token);
  return token ? Status() : Status(token.error());
}

}  // namespace

Status check_config(const Config& config) {
  if (Status custody = check_custody(config); !custody) return custody;
  if (Status listen = check_listen(config); !listen) return listen;
  if (Status sync = check_sync(config.sync); !sync) return sync;
  if (!log_level(config.log_level))
    return error(Errc::invalid_argument, "log.level must be debug, info, warn, error or off");
  if (config.sqn_block_min > config.sqn_block_max)
    return error(Errc::invalid_argument, "authentication.sqn_block_min is above sqn_block_max");
  if (config.origin_host.empty() || config.origin_realm.empty() || config.origin_host.size() > 255 ||
      config.origin_realm.size() > 255)
    return error(Errc::invalid_argument, "origin_host and origin_realm must have 1 to 255 characters");
  return {};
}

std::vector<std::string> config_keys() {
  std::vector<std::string> out = role_keys();
  for (const Key& key : keys) out.push_back(std::string(key.section) + "." + std::string(key.name));
  for (std::string& key : sync_keys()) out.push_back(std::move(key));
  return out;
}

}  // namespace simbiont::hss

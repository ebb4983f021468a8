#include "hss/config.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <array>
#include <fstream>
#include <sstream>
#include <variant>

#include "net/tcp.h"

namespace simbiont::hss {
namespace {

struct Number {
  std::uint64_t Config::*member;
  std::uint64_t least, most;
};
struct Key {
  std::string_view section, name;
  std::variant<std::string Config::*, Number> target;
};

constexpr std::uint64_t any_u32 = 0xffffffff;

const std::array<Key, 19> keys{{
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
    {"subscription", "ambr_uplink", Number{&Config::ambr_uplink, 1, any_u32}},
    {"subscription", "ambr_downlink", Number{&Config::ambr_downlink, 1, any_u32}},
    {"authentication", "vector_life_h", Number{&Config::vector_life_h, 1, 8760}},
    {"authentication", "sqn_block_min", Number{&Config::sqn_block_min, 8, 65536}},
    {"authentication", "sqn_block_max", Number{&Config::sqn_block_max, 8, 65536}},
    {"cache", "subscribers", Number{&Config::cached_subscribers, 16, 1'000'000'000}},
    {"cache", "entries", Number{&Config::cached_entries, 1, 10'000'000}},
    {"eap", "socket", &Config::eap_socket},
    {"log", "level", &Config::log_level},
}};

Error at(const std::string& name, const toml::node& node, const std::string& what) {
  return error(Errc::invalid_argument, name + ":" + std::to_string(node.source().begin.line) + ": " + what);
}

const Key* find_key(std::string_view section, std::string_view name) {
  for (const Key& key : keys)
    if (key.section == section && key.name == name) return &key;
  return nullptr;
}

// "" when set, else what is wrong.
std::string set_value(Config& config, const Key& key, const toml::node& node) {
  if (const auto* text = std::get_if<std::string Config::*>(&key.target)) {
    const auto value = node.value_exact<std::string>();
    if (!value || value->empty()) return "must be a text that is not empty";
    config.*(*text) = *value;
    return {};
  }
  const Number& number = std::get<Number>(key.target);
  const auto value = node.value_exact<std::int64_t>();
  if (!value || *value < 0 || static_cast<std::uint64_t>(*value) < number.least ||
      static_cast<std::uint64_t>(*value) > number.most)
    return "must be a number from " + std::to_string(number.least) + " to " + std::to_string(number.most);
  config.*(number.member) = static_cast<std::uint64_t>(*value);
  return {};
}

Status read_section(Config& config, const std::string& name, std::string_view section,
                    const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return at(name, node, "[" + std::string(section) + "] must be a table");
  for (const auto& [key_name, value] : *table) {
    const std::string full = std::string(section) + "." + std::string(key_name.str());
    const Key* key = find_key(section, key_name.str());
    if (key == nullptr) return at(name, value, "unknown key " + full);
    const std::string wrong = set_value(config, *key, value);
    if (!wrong.empty()) return at(name, value, std::string(full).append(" ").append(wrong));
  }
  return {};
}

Status read_peer(Config& config, const std::string& name, const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return at(name, node, "[[peers]] must be tables");
  PeerRule rule;
  for (const auto& [key, value] : *table) {
    if (key.str() == "origin_host") {
      rule.origin_host = value.value_exact<std::string>().value_or("");
    } else if (key.str() == "relay") {
      rule.relay = value.value_exact<bool>();
      if (!rule.relay) return at(name, value, "peers.relay must be true or false");
    } else {
      return at(name, value, "unknown key peers." + std::string(key.str()));
    }
  }
  if (rule.origin_host.empty()) return at(name, node, "peers.origin_host must be a text that is not empty");
  config.peers.push_back(std::move(rule));
  return {};
}

Status read_peers(Config& config, const std::string& name, const toml::node& node) {
  const toml::array* array = node.as_array();
  if (array == nullptr) return at(name, node, "peers must be [[peers]] tables");
  for (const toml::node& each : *array)
    if (Status read = read_peer(config, name, each); !read) return read;
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
  return {db, or_beside(key, ".key"), or_beside(lock, ".lock"), or_beside(socket, ".sock")};
}

CoreConfig Config::core() const {
  CoreConfig core;
  core.self = {origin_host, origin_realm};
  core.ambr_uplink = static_cast<std::uint32_t>(ambr_uplink);
  core.ambr_downlink = static_cast<std::uint32_t>(ambr_downlink);
  core.vector_life_ms = static_cast<std::int64_t>(vector_life_h) * 3600 * 1000;
  core.sqn_block_min = sqn_block_min;
  core.sqn_block_max = sqn_block_max;
  core.cached_subscribers = cached_subscribers;
  core.cached_entries = cached_entries;
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
      read = read_peers(config, name, node);
    } else if (is_section(section.str())) {
      read = read_section(config, name, section.str(), node);
    } else {
      read = at(name, node, "unknown key " + std::string(section.str()));
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

bool is_endpoint(const std::string& text) { return net::parse_endpoint(text).ok(); }

Status check_config(const Config& config) {
  const auto endpoint = net::parse_endpoint(config.listen);
  if (!endpoint) return endpoint.error();
  if (!endpoint->is_loopback() && config.peers.empty())
    return error(Errc::refused, "without [[peers]] only a loopback address may be listened on, not " +
                                    config.listen + ": name the peers in the configuration");
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
  std::vector<std::string> out;
  out.reserve(keys.size());
  for (const Key& key : keys) out.push_back(std::string(key.section) + "." + std::string(key.name));
  return out;
}

}  // namespace simbiont::hss

#include "hss/config_peers.h"

#include <algorithm>
#include <functional>

#include "hss/node_table.h"

namespace simbiont::hss {
namespace {

constexpr std::size_t max_entries = 1024;  // of a list: each is looked at for every request
constexpr std::int64_t max_rate = 1'000'000;

// "" when taken, else what is wrong.
using Reader = std::string (*)(PeerRule& rule, const toml::node& value);

std::string read_text(std::string& into, const toml::node& value) {
  into = value.value_exact<std::string>().value_or("");
  return into.empty() || into.size() > 255 ? "must be a text that is not empty" : "";
}

// A text, or several.
template <class Take>
std::string read_list(const toml::node& value, Take take) {
  const auto take_one = [&](const toml::node& each) -> std::string {
    const auto text = each.value_exact<std::string>();
    return text ? take(*text) : "must be a list of texts";
  };
  const toml::array* const list = value.as_array();
  if (list == nullptr) return take_one(value);
  if (list->empty() || list->size() > max_entries) return "must be a list of 1 to 1024 texts";
  for (const toml::node& each : *list)
    if (std::string wrong = take_one(each); !wrong.empty()) return wrong;
  return {};
}

template <class T, class Parse>
auto appending(std::vector<T>& into, Parse parse) {
  return [&into, parse](const std::string& text) -> std::string {
    auto parsed = parse(text);
    if (!parsed) return "holds '" + text + "': " + parsed.error().message;
    into.push_back(*std::move(parsed));
    return {};
  };
}

Result<std::string> parse_prefix(const std::string& text) {
  if (text.empty() || text.size() > 15 || !all_digits(text))
    return error(Errc::invalid_argument, "an IMSI begins with 1 to 15 digits");
  return text;
}

std::string read_certificate(PeerRule& rule, const toml::node& value) {
  constexpr std::string_view digest = "sha256:";
  if (std::string wrong = read_text(rule.certificate, value); !wrong.empty()) return wrong;
  if (!rule.certificate.starts_with(digest)) return {};
  const std::string_view hex = std::string_view(rule.certificate).substr(digest.size());
  const bool right = hex.size() == 64 && hex.find_first_not_of("0123456789abcdefABCDEF") == hex.npos;
  return right ? "" : "must have 64 hexadecimal digits after sha256:";
}

std::string read_rate(std::optional<std::uint64_t>& into, const toml::node& value) {
  const auto number = value.value_exact<std::int64_t>();
  if (!number || *number < 0 || *number > max_rate) return "must be a number from 0 to 1000000";
  into = static_cast<std::uint64_t>(*number);
  return {};
}

std::string read_relay(PeerRule& rule, const toml::node& value) {
  rule.relay = value.value_exact<bool>();
  return rule.relay ? "" : "must be true or false";
}

constexpr std::pair<std::string_view, Reader> readers[] = {
    {"origin_host", [](PeerRule& rule, const toml::node& v) { return read_text(rule.origin_host, v); }},
    {"realm", [](PeerRule& rule, const toml::node& v) { return read_text(rule.realm, v); }},
    {"relay", read_relay},
    {"certificate", read_certificate},
    {"addresses",
     [](PeerRule& rule, const toml::node& v) {
       return read_list(v, appending(rule.addresses, AddressRange::parse));
     }},
    {"plmns",
     [](PeerRule& rule, const toml::node& v) { return read_list(v, appending(rule.plmns, Plmn::parse)); }},
    {"imsi_prefixes",
     [](PeerRule& rule, const toml::node& v) {
       return read_list(v, appending(rule.imsi_prefixes, parse_prefix));
     }},
    {"air_per_s", [](PeerRule& rule, const toml::node& v) { return read_rate(rule.air_per_s, v); }},
    {"auts_per_s", [](PeerRule& rule, const toml::node& v) { return read_rate(rule.auts_per_s, v); }},
};

Status read_peer(std::vector<PeerRule>& peers, const std::string& name, const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return config_error(name, node, "[[peers]] must be tables");
  PeerRule rule;
  for (const auto& [key, value] : *table) {
    const std::string full = "peers." + std::string(key.str());
    const auto* const reader = std::find_if(std::begin(readers), std::end(readers),
                                            [&](const auto& each) { return each.first == full.substr(6); });
    if (reader == std::end(readers)) return config_error(name, value, "unknown key " + full);
    const std::string wrong = reader->second(rule, value);
    if (!wrong.empty()) return config_error(name, value, std::string(full).append(" ").append(wrong));
  }
  if (rule.origin_host.empty())
    return config_error(name, node, "peers.origin_host must be a text that is not empty");
  for (const PeerRule& other : peers)
    if (same_host(other.origin_host, rule.origin_host))
      return config_error(name, node, "peers.origin_host " + rule.origin_host + " is there twice");
  peers.push_back(std::move(rule));
  return {};
}

}  // namespace

Error config_error(const std::string& name, const toml::node& node, const std::string& what) {
  return error(Errc::invalid_argument, name + ":" + std::to_string(node.source().begin.line) + ": " + what);
}

Status read_peers(std::vector<PeerRule>& peers, const std::string& name, const toml::node& node) {
  const toml::array* array = node.as_array();
  if (array == nullptr) return config_error(name, node, "peers must be [[peers]] tables");
  for (const toml::node& each : *array)
    if (Status read = read_peer(peers, name, each); !read) return read;
  return {};
}

}  // namespace simbiont::hss

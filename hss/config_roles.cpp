#include "hss/config_roles.h"

#include <algorithm>
#include <array>

#include "hss/config_peers.h"

namespace simbiont::hss {
namespace {

constexpr std::size_t max_entries = 256, max_name = 255;

struct List {
  std::string_view key;
  std::vector<std::string> RoleRules::*member;
};
constexpr std::array<List, 3> lists{{{"viewer", &RoleRules::viewers},
                                     {"operator", &RoleRules::operators},
                                     {"custodian", &RoleRules::custodians}}};
constexpr std::string_view two_person_key = "two_person";

// "" when taken, else what is wrong.
std::string read_list(std::vector<std::string>& into, const toml::node& value) {
  const toml::array* const list = value.as_array();
  if (list == nullptr || list->empty() || list->size() > max_entries)
    return "must be a list of 1 to 256 texts";
  for (const toml::node& each : *list) {
    const auto entry = each.value_exact<std::string>();
    if (!entry || !is_role_entry(*entry)) return "must hold texts like \"user:NAME\" or \"group:NAME\"";
    into.push_back(*entry);
  }
  return {};
}

std::string read_key(RoleRules& roles, std::string_view key, const toml::node& value) {
  if (key == two_person_key) {
    roles.two_person = value.value_exact<bool>();
    return roles.two_person ? "" : "must be true or false";
  }
  for (const List& list : lists)
    if (list.key == key) return read_list(roles.*(list.member), value);
  return "unknown";
}

}  // namespace

bool is_role_entry(const std::string& entry) {
  for (const std::string_view kind : {"user:", "group:"}) {
    if (!entry.starts_with(kind)) continue;
    const std::string_view name = std::string_view(entry).substr(kind.size());
    return !name.empty() && name.size() <= max_name && name.find_first_of(" \t\n:") == name.npos;
  }
  return false;
}

Status read_roles(RoleRules& roles, const std::string& name, const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return config_error(name, node, "[roles] must be a table");
  for (const auto& [key, value] : *table) {
    const std::string full = "roles." + std::string(key.str());
    const std::string wrong = read_key(roles, key.str(), value);
    if (wrong == "unknown") return config_error(name, value, "unknown key " + full);
    if (!wrong.empty()) return config_error(name, value, std::string(full).append(" ").append(wrong));
  }
  return {};
}

std::vector<std::string> role_keys() {
  std::vector<std::string> out;
  for (const List& list : lists) out.push_back("roles." + std::string(list.key));
  out.push_back("roles." + std::string(two_person_key));
  return out;
}

}  // namespace simbiont::hss

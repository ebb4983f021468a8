#include "hss/config_sync.h"

#include <algorithm>
#include <variant>

#include "base/digits.h"
#include "binding/association.h"
#include "hss/config_peers.h"
#include "source/postgres.h"

namespace simbiont::hss {
namespace {

struct Number {
  std::uint64_t SyncConfig::*member;
  std::uint64_t least, most;
};
using Reader = std::string (*)(SyncConfig& sync,
                               const toml::node& value);  // "" when taken, else what is wrong
struct Key {
  std::string_view name;
  std::variant<std::string SyncConfig::*, Number, Reader> target;
};

std::string read_prefixes(SyncConfig& sync, const toml::node& value) {
  constexpr std::size_t most = 1024;
  const toml::array* const list = value.as_array();
  if (list == nullptr || list->size() > most) return "must be a list of at most 1024 texts";
  for (const toml::node& each : *list) {
    const auto text = each.value_exact<std::string>();
    if (!text || text->empty() || text->size() > 15 || !all_digits(*text))
      return "must hold 1 to 15 digits each";
    sync.imsi_prefixes.push_back(*text);
  }
  return {};
}

std::string read_mode(SyncConfig& sync, const toml::node& value) {
  sync.mode = value.value_exact<std::string>().value_or("");
  return binding::mode(sync.mode) ? "" : "must be off, observe or enforce";
}

std::string read_on_missing(SyncConfig& sync, const toml::node& value) {
  const std::string text = value.value_exact<std::string>().value_or("");
  if (text != "keep" && text != "unbind") return "must be keep or unbind";
  sync.on_missing = text == "unbind" ? OnMissing::unbind : OnMissing::keep;
  return {};
}

const Key keys[] = {
    {"folder", &SyncConfig::folder},
    {"folder_interval_s", Number{&SyncConfig::folder_interval_s, 1, 86'400}},
    {"folder_file_mib", Number{&SyncConfig::folder_file_mib, 1, 1024}},
    {"postgresql", &SyncConfig::postgresql},
    {"query", &SyncConfig::query},
    {"postgresql_interval_s", Number{&SyncConfig::postgresql_interval_s, 1, 86'400}},
    {"statement_timeout_s", Number{&SyncConfig::statement_timeout_s, 1, 3600}},
    {"max_rows", Number{&SyncConfig::max_rows, 1, 10'000'000}},
    {"imsi_prefixes", read_prefixes},
    {"mode", read_mode},
    {"on_missing", read_on_missing},
    {"max_removals_percent", Number{&SyncConfig::max_removals_percent, 0, 100}},
};

std::string read_value(SyncConfig& sync, const Key& key, const toml::node& value) {
  if (const auto* reader = std::get_if<Reader>(&key.target)) return (*reader)(sync, value);
  if (const auto* text = std::get_if<std::string SyncConfig::*>(&key.target)) {
    sync.*(*text) = value.value_exact<std::string>().value_or("");
    return (sync.*(*text)).empty() ? "must be a text that is not empty" : "";
  }
  const Number& number = std::get<Number>(key.target);
  const auto given = value.value_exact<std::int64_t>();
  if (!given || *given < static_cast<std::int64_t>(number.least) ||
      *given > static_cast<std::int64_t>(number.most))
    return "must be a number from " + std::to_string(number.least) + " to " + std::to_string(number.most);
  sync.*(number.member) = static_cast<std::uint64_t>(*given);
  return {};
}

}  // namespace

Status read_sync(SyncConfig& sync, const std::string& name, const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return config_error(name, node, "[sync] must be a table");
  for (const auto& [key, value] : *table) {
    const std::string full = "sync." + std::string(key.str());
    const auto* const known = std::find_if(std::begin(keys), std::end(keys),
                                           [&](const Key& each) { return each.name == full.substr(5); });
    if (known == std::end(keys)) return config_error(name, value, "unknown key " + full);
    const std::string wrong = read_value(sync, *known, value);
    if (!wrong.empty()) return config_error(name, value, std::string(full).append(" ").append(wrong));
  }
  return {};
}

Status check_sync(const SyncConfig& sync) {
  if (sync.postgresql.empty() != sync.query.empty())
    return error(Errc::invalid_argument, "sync.postgresql and sync.query belong together");
  if (sync.postgresql.empty()) return {};
  const Status connection = source::check_connection(sync.postgresql);
  if (connection.ok()) return {};
  return error(connection.error().code, "sync.postgresql " + connection.error().message);
}

std::vector<std::string> sync_keys() {
  std::vector<std::string> names;
  for (const Key& key : keys) names.push_back("sync." + std::string(key.name));
  return names;
}

}  // namespace simbiont::hss

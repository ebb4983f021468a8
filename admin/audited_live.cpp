#include "admin/audited_live.h"

#include <algorithm>
#include <array>

#include "admin/audit_state.h"

namespace simbiont::admin {
namespace {

constexpr std::size_t longest_text = 1024, least_key_digits = 32;
constexpr std::array<std::string_view, 10> key_names{"k",      "op",       "opc",   "key",    "pin",
                                                     "secret", "password", "proof", "pin_so", "passphrase"};

bool is_key_name(std::string_view name) {
  return std::find(key_names.begin(), key_names.end(), name) != key_names.end();
}

bool looks_like_key(const std::string& text) {
  return text.size() >= least_key_digits &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

Json redacted(const Json& value) {
  if (value.is_object()) {
    Json out = Json::object();
    for (const auto& [name, item] : value.items())
      out[looks_like_key(name) ? "(not kept)" : name] =
          is_key_name(name) ? Json("(not kept)") : redacted(item);
    return out;
  }
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& item : value) out.push_back(redacted(item));
    return out;
  }
  if (!value.is_string()) return value;
  const auto& text = value.get_ref<const std::string&>();
  if (looks_like_key(text)) return "(not kept)";
  if (text.size() > longest_text) return "(" + std::to_string(text.size()) + " octets)";
  return value;
}

}  // namespace

std::string without_keys(const Json& body) { return dump(redacted(body)); }

bool names_key(const Json& body) {
  if (!body.is_structured()) return false;
  for (const auto& [name, item] : body.items())
    if ((body.is_object() && is_key_name(name)) || names_key(item)) return true;
  return false;
}

store::AuditEntry AuditedLive::entry(std::string outcome) const {
  store::AuditEntry out;
  out.at = live_.now();
  out.uid = deed_.caller.uid;
  out.pid = deed_.caller.pid;
  out.user = deed_.caller.name;
  out.role = deed_.caller.roles.str();
  out.via = deed_.caller.offline ? "offline" : deed_.caller.pid == 0 ? "hss" : "socket";
  out.second = deed_.second;
  out.action = deed_.action;
  out.outcome = std::move(outcome);
  out.arguments = deed_.arguments;
  return out;
}

bool AuditedLive::worth_an_entry(const store::Changes& changes) const {
  const auto is_event = [](const store::Change& each) {
    return std::holds_alternative<store::AddEvent>(each);
  };
  if (events_only_) return std::any_of(changes.begin(), changes.end(), is_event);
  // What follows a deed that is in the log already, to tell the operator of it.
  return !changes.empty() && !(recorded_ && std::all_of(changes.begin(), changes.end(), is_event));
}

Status AuditedLive::transact(const Decide& decide) {
  bool adds = false;
  Status done = live_.transact([&](store::Store& store) -> Result<store::Changes> {
    auto changes = decide(store);
    if (!changes) return changes;
    changes->insert(changes->end(), also_.begin(), also_.end());
    adds = worth_an_entry(*changes);
    if (!adds) return changes;
    store::AuditEntry made = entry("done");
    BeforeAfter what = states(store, *changes);
    made.before = std::move(what.before);
    made.after = std::move(what.after);
    changes->push_back(store::AppendAudit{std::move(made)});
    return changes;
  });
  if (!done) return done;
  also_.clear();
  recorded_ = recorded_ || adds;
  return done;
}

Result<std::vector<std::string>> AuditedLive::restore(const std::string& backup_db,
                                                      const std::string& backup_key,
                                                      std::int64_t vector_life_ms,
                                                      std::optional<store::AuditEntry> audit) {
  auto hosts = live_.restore(backup_db, backup_key, vector_life_ms, audit ? audit : entry("done"));
  recorded_ = recorded_ || hosts.ok();
  return hosts;
}

Status AuditedLive::flush() {
  if (also_.empty()) return {};
  return transact([](store::Store&) -> Result<store::Changes> { return store::Changes{}; });
}

// A copy of keys leaves the store's files: it is not made unless the log says so first.
Status AuditedLive::backup(const std::string& directory) {
  const Status noted = live_.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{store::AppendAudit{entry("begun")}};
  });
  if (!noted) return noted;
  recorded_ = true;
  return live_.backup(directory);
}

}  // namespace simbiont::admin

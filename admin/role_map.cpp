#include "admin/role_map.h"

#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/digits.h"

namespace simbiont::admin {
namespace {

constexpr std::string_view user_prefix = "user:", group_prefix = "group:";

std::string after(const std::string& entry, std::string_view prefix) { return entry.substr(prefix.size()); }

// "user:1001" is a number where no user has that name.
std::optional<uid_t> uid_of(const Accounts& accounts, const std::string& entry) {
  const std::string user = after(entry, user_prefix);
  if (const auto uid = accounts.uid_of(user)) return uid;
  if (user.empty() || user.size() > 9 || !all_digits(user)) return std::nullopt;
  return static_cast<uid_t>(std::stoul(user));
}

}  // namespace

std::string_view name(Role role) {
  switch (role) {
    case Role::viewer:
      return "viewer";
    case Role::operator_:
      return "operator";
    case Role::custodian:
      return "custodian";
  }
  return "";
}

std::string Roles::str() const {
  std::string out;
  for (const Role role : {Role::viewer, Role::operator_, Role::custodian})
    if (has(role)) (out += out.empty() ? "" : " ") += admin::name(role);
  return out;
}

std::string Caller::str() const { return name + " (uid " + std::to_string(uid) + ")"; }

Caller offline_caller() {
  const uid_t uid = geteuid();
  const auto user = system_accounts().user(uid);
  return {uid, user ? user->name : std::to_string(uid), Roles::all(), getpid(), true};
}

RoleMap::RoleMap(hss::RoleRules rules, const Accounts& accounts)
    : rules_(std::move(rules)), accounts_(accounts) {}

bool RoleMap::names(const std::vector<std::string>& list, uid_t uid, const Accounts::User& user) const {
  if (list.empty()) return uid == 0 || uid == geteuid();
  return std::any_of(list.begin(), list.end(), [&](const std::string& entry) {
    if (entry.starts_with(user_prefix)) return uid_of(accounts_, entry) == uid;
    const auto gid = accounts_.gid_of(after(entry, group_prefix));
    return gid && std::find(user.groups.begin(), user.groups.end(), *gid) != user.groups.end();
  });
}

Caller RoleMap::look_up(uid_t uid) const {
  const auto found = accounts_.user(uid);
  const Accounts::User user = found ? *found : Accounts::User{std::to_string(uid), {}};
  Caller caller{uid, user.name, {}, 0, false};
  const std::pair<const std::vector<std::string>*, Role> lists[] = {{&rules_.viewers, Role::viewer},
                                                                    {&rules_.operators, Role::operator_},
                                                                    {&rules_.custodians, Role::custodian}};
  for (const auto& [list, role] : lists)
    if (names(*list, uid, user)) caller.roles = caller.roles.with(role);
  return caller;
}

Caller RoleMap::caller(uid_t uid, pid_t pid) {
  const auto now = std::chrono::steady_clock::now();
  Caller caller;
  {
    const std::lock_guard lock(mutex_);
    auto found = known_.find(uid);
    if (found == known_.end() || found->second.until <= now) {
      if (known_.size() >= max_known) known_.clear();
      found = known_.insert_or_assign(uid, Known{look_up(uid), now + fresh}).first;
    }
    caller = found->second.caller;
  }
  caller.pid = pid;
  return caller;
}

bool RoleMap::two_person() const {
  if (rules_.two_person) return *rules_.two_person;
  std::set<uid_t> uids;
  for (const std::string& entry : rules_.custodians) {
    if (entry.starts_with(user_prefix)) {
      if (const auto uid = uid_of(accounts_, entry)) uids.insert(*uid);
    } else {
      const auto members = accounts_.members(after(entry, group_prefix));
      uids.insert(members.begin(), members.end());
    }
  }
  return uids.size() >= 2;
}

std::vector<std::string> RoleMap::unknown() const {
  std::vector<std::string> out;
  for (const auto* list : {&rules_.viewers, &rules_.operators, &rules_.custodians}) {
    for (const std::string& entry : *list) {
      const bool known = entry.starts_with(user_prefix)
                             ? uid_of(accounts_, entry).has_value()
                             : accounts_.gid_of(after(entry, group_prefix)).has_value();
      if (!known) out.push_back(entry);
    }
  }
  return out;
}

}  // namespace simbiont::admin

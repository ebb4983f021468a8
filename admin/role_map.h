// From OS users and groups to roles.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "admin/accounts.h"
#include "admin/caller.h"
#include "hss/role_rules.h"

namespace simbiont::admin {

class RoleMap {
 public:
  explicit RoleMap(hss::RoleRules rules, const Accounts& accounts = system_accounts());

  // Thread-safe. What the system says of a user and its groups is believed for `fresh`.
  Caller caller(uid_t uid, pid_t pid);
  // Whether dangerous commands want a second custodian: as the rules say, else whether two are named.
  bool two_person() const;
  // Entries of the rules that name no user or group of this system: they give nobody a role.
  std::vector<std::string> unknown() const;

  static constexpr std::chrono::seconds fresh{10};

 private:
  struct Known {
    Caller caller;
    std::chrono::steady_clock::time_point until;
  };
  static constexpr std::size_t max_known = 1024;

  Caller look_up(uid_t uid) const;
  bool names(const std::vector<std::string>& list, uid_t uid, const Accounts::User& user) const;

  const hss::RoleRules rules_;
  const Accounts& accounts_;
  std::mutex mutex_;
  std::map<uid_t, Known> known_;
};

}  // namespace simbiont::admin

// The users and groups of this system.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace simbiont::admin {

class Accounts {
 public:
  struct User {
    std::string name;
    std::vector<gid_t> groups;  // all that it is a member of
  };
  virtual ~Accounts() = default;
  virtual std::optional<User> user(uid_t uid) const = 0;
  virtual std::optional<uid_t> uid_of(const std::string& user) const = 0;
  virtual std::optional<gid_t> gid_of(const std::string& group) const = 0;
  // Those that the group's entry lists; a user whose primary group it is need not be among them.
  virtual std::vector<uid_t> members(const std::string& group) const = 0;
};

// As the name service says.
const Accounts& system_accounts();

}  // namespace simbiont::admin

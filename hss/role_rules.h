// Who may do what at the admin socket, as the configuration says it.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace simbiont::hss {

// Each entry is "user:NAME", "user:UID" or "group:NAME". An empty list: root and the HSS's own user.
struct RoleRules {
  std::vector<std::string> viewers, operators, custodians;
  // Whether dangerous commands want a second custodian; absent: when two custodians are named.
  std::optional<bool> two_person;
};

// Whether an entry of the lists looks like one.
bool is_role_entry(const std::string& entry);

}  // namespace simbiont::hss

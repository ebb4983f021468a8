// The [roles] table of the configuration.
#pragma once

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "hss/role_rules.h"

namespace simbiont::hss {

// invalid_argument with file and line.
Status read_roles(RoleRules& roles, const std::string& name, const toml::node& node);

// "roles.viewer" and so on.
std::vector<std::string> role_keys();

}  // namespace simbiont::hss

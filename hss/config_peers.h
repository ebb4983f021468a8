// The [[peers]] tables of the configuration.
#pragma once

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <string>
#include <vector>

#include "hss/peer_rule.h"

namespace simbiont::hss {

// invalid_argument with file and line.
Error config_error(const std::string& name, const toml::node& node, const std::string& what);
Status read_peers(std::vector<PeerRule>& peers, const std::string& name, const toml::node& node);

}  // namespace simbiont::hss

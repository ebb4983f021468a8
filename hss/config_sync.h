// Reads [sync].
#pragma once


#include <string>
#include <vector>

#include "base/result.h"
#include "hss/config_peers.h"
#include "hss/sync_config.h"

namespace simbiont::hss {

Status read_sync(SyncConfig& sync, const std::string& name, const toml::node& node);
// What no single value shows: a query to the connection, a connection string without a password.
Status check_sync(const SyncConfig& sync);
std::vector<std::string> sync_keys();

}  // namespace simbiont::hss

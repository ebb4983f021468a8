// simbiont sync: the operator's own list of IMSI-IMEI pairs.
#pragma once

#include "cli/job_cli.h"

namespace simbiont::cli {

void add_sync_commands(CLI::App& app, Run& run);

}  // namespace simbiont::cli

// The log of who did what, and what waits for a second custodian.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "cli/session.h"

namespace simbiont::cli {

// `run` becomes what the command line asks for.
void add_audit_commands(CLI::App& app, std::function<Status(Session&)>& run);

}  // namespace simbiont::cli

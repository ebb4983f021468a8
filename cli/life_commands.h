// policy, learn, suspend and what else moves a binding through its life, on the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "cli/session.h"

namespace simbiont::cli {

// run: what the command line asks for, filled by the parser.
void add_life_commands(CLI::App& app, std::function<Status(Session&)>& run);

// The associations of an IMSI as they are after a change, and on stderr what the operator must know.
Status report_binding(Session& session, const std::string& imsi, const Result<Json>& changed);

}  // namespace simbiont::cli

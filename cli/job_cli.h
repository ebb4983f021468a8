// The command line of `simbiont job`.
#pragma once

#include <functional>

#include "base/result.h"
#include "cli/session.h"

namespace CLI {
class App;
}

namespace simbiont::cli {

using Run = std::function<Status(Session&)>;

// run: set by the parser when it meets one of these commands; it must outlive the parse.
void add_job_commands(CLI::App& app, Run& run);

}  // namespace simbiont::cli

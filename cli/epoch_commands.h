// kme stage, challenge, confirm and what follows them: the life cycle of device keys on the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "cli/commands.h"

namespace simbiont::cli {

using Run = std::function<Status(Session&)>;

// kmes, devices: the nouns `kme` and `device`. run: what the command line asks for, filled by the parser.
void add_epoch_commands(CLI::App& kmes, CLI::App& devices, Run& run);

}  // namespace simbiont::cli

// supplier, kme import, kme export, subscriber import: the command line as a table.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "cli/session.h"

namespace simbiont::cli {

// chosen: called with what the command line asks for. The nouns kme and subscriber must be there already.
using Chosen = std::function<void(std::function<Status(Session&)>)>;
void add_supplier_commands(CLI::App& app, const Chosen& chosen);

}  // namespace simbiont::cli

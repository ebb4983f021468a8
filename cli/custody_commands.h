// kek status, kek rotate; and where `init` puts the KEKs.
#pragma once

#include <functional>
#include <string>

#include "cli/session.h"

namespace CLI {
class App;
}

namespace simbiont::cli {

struct KekOptions {
  std::string kek, subscriber_kek;  // empty: as configured
};
Status kek_status(Session& session);
Status kek_rotate(Session& session, const KekOptions& options);

// run: what the command line chose; it and the options outlive the parse.
void add_custody_commands(CLI::App& app, KekOptions& options, std::function<Status(Session&)>& run);

}  // namespace simbiont::cli

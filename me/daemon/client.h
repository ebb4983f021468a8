// A command's side of the control socket: asks, and shows the answer to a person or a script.
#pragma once

#include <iosfwd>
#include <string>

#include "me/daemon/request.h"

namespace simbiont::me {

// Rows as a table, an object as "name  value" lines; json: the result as it came, in one line.
Status ask_and_show(const std::string& socket, const Request& request, bool json, std::ostream& out);

}  // namespace simbiont::me

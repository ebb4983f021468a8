// Where a token's PIN comes from. Never a command line, and no environment variable holds it: other processes
// of the user may read both.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace simbiont::crypto {

// "file:PATH", "credential:NAME" (of the service manager, in $CREDENTIALS_DIRECTORY), "env:NAME" (a variable
// that holds the path of a file). invalid_argument for anything else.
Status check_pin_source(const std::string& source);
// Read anew each time: an operator may change it. The file must be its owner's alone, as a key file.
Result<Secret> read_pin_source(const std::string& source);

// The file of a source, resolved now.
Result<std::string> pin_source_file(const std::string& source);

}  // namespace simbiont::crypto

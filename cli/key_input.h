// A key on the command line: its digits, @file, or - for a line of standard input, so that it need not stand
// in the process list.
#pragma once

#include <iosfwd>
#include <string>

#include "base/result.h"

namespace simbiont::cli {

// The digits; a line end behind them is taken off. input: where each - takes a line from.
Result<std::string> read_key(const std::string& argument, std::istream& input);

}  // namespace simbiont::cli

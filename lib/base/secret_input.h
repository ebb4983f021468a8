// What a command line names and does not hold: a key or an update in a file (@FILE) or on standard input (-).
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace simbiont {

// Hexadecimal digits, white space around them taken off; `octets`: octets as they are will do too, and come
// out as digits. refused: a key in the argument itself, where every process could read it.
Result<std::string> read_hex(const std::string& argument, bool octets);
// A token's PIN; white space at its end does not count.
Result<Secret> read_pin(const std::string& argument);

}  // namespace simbiont

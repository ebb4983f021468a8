// What a program says of a command line that it does not take. An argument in the wrong place may be a key:
// only names are repeated, never values.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace simbiont {

// kind and what: of the parser's exception (CLI11's ParseError); unexpected: the arguments it had no place
// for, of which only those are named that look like options.
std::string usage_problem(std::string_view kind, std::string_view what,
                          std::span<const std::string> unexpected);

}  // namespace simbiont

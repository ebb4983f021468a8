#include "base/usage.h"

#include <algorithm>
#include <array>

namespace simbiont {
namespace {

constexpr std::size_t longest_option = 24;  // characters; a key has 32 or more
constexpr std::array<std::string_view, 5> without_values{"RequiredError", "ArgumentMismatch", "RequiresError",
                                                         "ExcludesError", "InvalidError"};

// --name or --name=value: the name; empty for what is no option of letters.
std::string_view option_name(std::string_view argument) {
  const std::string_view name = argument.substr(0, argument.find('='));
  if (!name.starts_with("--") || name.size() < 3 || name.size() > longest_option) return {};
  const bool letters =
      std::all_of(name.begin(), name.end(), [](char c) { return c == '-' || (c >= 'a' && c <= 'z'); });
  return letters ? name : std::string_view();
}

std::string unexpected_problem(std::span<const std::string> unexpected) {
  std::string text;
  for (const std::string& argument : unexpected) {
    const std::string_view name = option_name(argument);
    if (!name.empty()) text.append(text.empty() ? "unknown option " : ", ").append(name);
  }
  if (!text.empty()) return text;
  return std::to_string(unexpected.size()) +
         (unexpected.size() == 1 ? " argument was not expected" : " arguments were not expected") +
         " (not repeated here: it may be a key)";
}

// The option that a message with a value in it is about.
std::string_view subject(std::string_view what) {
  constexpr std::string_view convert = "Could not convert: ", allowed = " is not an allowed value for ";
  if (what.starts_with(convert))
    return what.substr(convert.size(), what.find(' ', convert.size()) - convert.size());
  if (const auto at = what.rfind(allowed); at != std::string_view::npos)
    return what.substr(at + allowed.size());
  return what.substr(0, what.find(':'));
}

}  // namespace

std::string usage_problem(std::string_view kind, std::string_view what,
                          std::span<const std::string> unexpected) {
  if (std::find(without_values.begin(), without_values.end(), kind) != without_values.end())
    return std::string(what);
  if (kind == "ExtrasError") return unexpected_problem(unexpected);
  if (kind == "ValidationError" || kind == "ConversionError")
    return std::string(subject(what)) + ": this value is not taken";
  return "the command line is not understood";
}

}  // namespace simbiont

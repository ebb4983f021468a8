#include "cli/key_input.h"

#include <fstream>

namespace simbiont::cli {
namespace {

constexpr std::size_t longest_key = 128;  // characters; 64 are the longest key there is

Result<std::string> read_line(std::istream& in, const std::string& name) {
  std::string line;
  for (int c = in.get(); c != std::char_traits<char>::eof() && c != '\n'; c = in.get()) {
    if (line.size() == longest_key) return error(Errc::invalid_argument, name + " does not hold a key");
    line.push_back(static_cast<char>(c));
  }
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return error(Errc::invalid_argument, name + " holds no key");
  return line;
}

}  // namespace

Result<std::string> read_key(const std::string& argument, std::istream& input) {
  if (argument == "-") return read_line(input, "standard input");
  if (!argument.starts_with('@')) return argument;
  // The file's name is not repeated: it may be a key.
  std::ifstream file(argument.substr(1), std::ios::binary);
  if (!file) return error(Errc::not_found, "the key file cannot be read");
  return read_line(file, "the key file");
}

}  // namespace simbiont::cli

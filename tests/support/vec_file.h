// Test vectors as data: blocks of `name = value` lines parted by blank lines, `#` begins a comment line. A
// block's last comment before its first value is its title.
#pragma once

#include <algorithm>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/secret.h"

namespace simbiont::test {

struct VecSet {
  std::string title;
  std::map<std::string, std::string, std::less<>> values;

  bool has(std::string_view name) const { return values.find(name) != values.end(); }

  // A missing name, an odd length or another size throws: a vector that can not be read must not pass.
  const std::string& text(std::string_view name) const {
    const auto at = values.find(name);
    if (at == values.end()) throw std::runtime_error(title + ": no value named " + std::string(name));
    return at->second;
  }
  Bytes bytes(std::string_view name) const {
    auto octets = from_hex(text(name));
    if (!octets) throw std::runtime_error(title + ": not hexadecimal: " + std::string(name));
    return *octets;
  }
  template <std::size_t N>
  ByteArray<N> array(std::string_view name) const {
    const Bytes octets = bytes(name);
    if (octets.size() != N) throw std::runtime_error(title + ": wrong size: " + std::string(name));
    ByteArray<N> out;
    std::copy(octets.begin(), octets.end(), out.begin());
    return out;
  }
  Block block(std::string_view name) const { return array<16>(name); }
  Secret secret(std::string_view name) const { return Secret(bytes(name)); }
};

inline std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

// Throws when the file can not be read, a line is none of the three kinds, or a name stands twice in a block.
inline std::vector<VecSet> read_vec_file(const std::string& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<VecSet> sets;
  VecSet current;
  const auto finish = [&] {
    if (!current.values.empty()) sets.push_back(std::move(current));
    current = {};
  };
  for (std::string raw; std::getline(in, raw);) {
    const std::string line = trimmed(raw);
    const auto equals = line.find('=');
    if (line.empty()) {
      finish();
    } else if (line.front() == '#') {
      if (current.values.empty()) current.title = trimmed(std::string_view(line).substr(1));
    } else if (equals == std::string::npos ||
               !current.values
                    .emplace(trimmed(std::string_view(line).substr(0, equals)),
                             trimmed(std::string_view(line).substr(equals + 1)))
                    .second) {
      throw std::runtime_error(std::string(path).append(": bad line: ").append(line));
    }
  }
  finish();
  return sets;
}

}  // namespace simbiont::test

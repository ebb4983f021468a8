// The operator's own list of IMSI-IMEI pairs, as a source gives it: whole, or not at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digits.h"
#include "base/result.h"
#include "binding/association.h"

namespace simbiont::source {

struct Pair {
  Imsi imsi;
  Imei imei;
  std::optional<binding::Mode> mode;  // nullopt: the list says nothing of it
  std::uint64_t place = 0;            // the line of the file, or the row of the query, from 1
};

struct BadPair {
  std::uint64_t place = 0;
  std::optional<Imsi> imsi;  // whose row it is, where that much could be read
  std::string reason;
};

struct PairList {
  std::string input;  // the file's name; empty for a query
  std::vector<Pair> pairs;
  std::vector<BadPair> bad;

  std::size_t rows() const { return pairs.size() + bad.size(); }
  // Reads one row; what cannot be read is in `bad`. Reasons repeat no value.
  void add(std::uint64_t place, std::string_view imsi, std::string_view imei, std::string_view mode);
};

// A CSV with the columns imsi, imei and, if it likes, mode. invalid_argument: the header is wrong; refused:
// more than max_rows.
Result<PairList> parse_pairs(std::string_view csv, std::size_t max_rows);

}  // namespace simbiont::source

// A folder into which the operator's systems drop lists of pairs. A file is complete when it bears its name:
// it is written under another one (NAME.csv.part, .NAME.csv) and renamed to NAME.csv. What was taken goes to
// done/ or failed/, under its report's number, with the report beside it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "source/pairs.h"

namespace simbiont::source {

class DropFolder {
 public:
  struct Limits {
    std::uint64_t file_octets = 64ULL << 20;
    std::size_t rows = 1'000'000;
  };
  DropFolder(std::string path, Limits limits) : path_(std::move(path)), limits_(limits) {}

  // The name of the first complete file in the order of names; nullopt: there is none. An Error: the folder
  // cannot be trusted (its owner is not root or this user, or anybody may write to it) or used.
  Result<std::optional<std::string>> next() const;

  // refused: a file that is not a regular one, belongs to somebody else, may be written by anybody, has
  // another name besides, or is too large; invalid_argument: it is not a list; unavailable: it changed while
  // it was read, and is to be read again.
  Result<PairList> read(const std::string& name) const;

  enum class Outcome : std::uint8_t { done, failed };
  // Moves the file to done/ID-NAME or failed/ID-NAME and writes ID-NAME.report.json beside it.
  Status put_away(const std::string& name, Outcome outcome, std::int64_t id, std::string_view report) const;

 private:
  const std::string path_;
  const Limits limits_;
};

}  // namespace simbiont::source

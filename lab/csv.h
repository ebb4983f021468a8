// The lab's own files: comma-separated, a header row, no quoting.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace simbiont::lab {

class CsvTable {
 public:
  static constexpr std::size_t max_octets = 1 << 20, max_columns = 32;

  // Each row has as many cells as the header; an Error names file and line. Blank lines are skipped.
  static Result<CsvTable> read(const std::string& path);
  static Result<CsvTable> parse(std::string_view text, const std::string& name);

  std::size_t size() const { return rows_.size(); }
  // Empty when there is no such column.
  const std::string& cell(std::size_t row, std::string_view column) const;

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace simbiont::lab

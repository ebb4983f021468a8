#include "lab/csv.h"

#include <algorithm>
#include <fstream>

namespace simbiont::lab {
namespace {

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> cells;
  while (true) {
    const std::size_t comma = line.find(',');
    cells.emplace_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

}  // namespace

Result<CsvTable> CsvTable::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(max_octets + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.empty()) return error(Errc::not_found, path + ": cannot be read, or is empty");
  if (text.size() > max_octets) return error(Errc::invalid_argument, path + ": larger than 1 MiB");
  return parse(text, path);
}

Result<CsvTable> CsvTable::parse(std::string_view text, const std::string& name) {
  CsvTable table;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    std::vector<std::string> cells = split(line);
    const bool is_header = table.columns_.empty();
    if (is_header ? cells.size() > max_columns : cells.size() != table.columns_.size()) {
      return error(Errc::invalid_argument, name + ":" + std::to_string(number) + ": " +
                                               std::to_string(cells.size()) +
                                               " columns do not fit the header");
    }
    if (is_header) {
      table.columns_ = std::move(cells);
    } else {
      table.rows_.push_back(std::move(cells));
    }
  }
  return table;
}

const std::string& CsvTable::cell(std::size_t row, std::string_view column) const {
  static const std::string none;
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) return none;
  return rows_.at(row)[static_cast<std::size_t>(found - columns_.begin())];
}

}  // namespace simbiont::lab

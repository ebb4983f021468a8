#include <algorithm>
#include <optional>

#include "admin/json.h"
#include "admin/supplier_batch.h"

namespace simbiont::admin {
namespace {

constexpr std::size_t max_line = 8UL * 1024;

// A quoted CSV field. Line ends would move the lines that follow, and other control characters are no
// value's.
Status append_field(std::string& csv, std::string_view name, const std::string& value) {
  for (const char c : value) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      return error(Errc::invalid_argument, "'" + std::string(name) + "' holds a control character");
  }
  csv.push_back('"');
  for (const char c : value) csv.append(c == '"' ? "\"\"" : std::string(1, c));
  csv.push_back('"');
  return {};
}

// The fields of an object of plain values; nullopt for anything deeper: no line can make the reader recurse.
std::optional<std::size_t> count_fields(std::string_view line) {
  bool quoted = false;
  std::size_t objects = 0, fields = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"') quoted = !quoted;
    if (quoted && c == '\\') ++i;
    if (quoted) continue;
    if (c == '[' || (c == '{' && ++objects > 1)) return std::nullopt;
    if (c == ':') ++fields;
  }
  return fields;
}

Status known_fields(const Json& object, std::span<const csv::Column> columns) {
  for (const auto& [name, value] : object.items()) {
    bool known = false;
    for (const csv::Column& column : columns) known = known || column.name == name;
    // A long name may be a key that slipped.
    if (!known)
      return error(Errc::invalid_argument,
                   name.size() <= 16 ? "unknown field '" + name + "'" : "unknown field");
  }
  return {};
}

Status append_row(std::string& csv, std::string_view line, std::span<const csv::Column> columns) {
  const auto fields = line.size() <= max_line ? count_fields(line) : std::nullopt;
  const Json object = fields ? Json::parse(line, nullptr, false) : Json();
  if (!object.is_object())
    return error(Errc::invalid_argument, "the line is not a JSON object of plain values");
  if (object.size() != *fields) return error(Errc::invalid_argument, "a field stands there twice");
  if (auto known = known_fields(object, columns); !known) return known;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto value =
        columns[i].required ? required_text(object, columns[i].name) : text(object, columns[i].name);
    if (!value) return value.error();
    if (i > 0) csv.push_back(',');
    if (auto appended = append_field(csv, columns[i].name, *value); !appended) return appended;
  }
  return {};
}

std::string header(std::span<const csv::Column> columns) {
  std::string line;
  for (const csv::Column& column : columns) line.append(line.empty() ? "" : ",").append(column.name);
  return line + '\n';
}

}  // namespace

bool is_json_lines(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

JsonLines read_json_lines(std::string_view text, std::span<const csv::Column> columns) {
  JsonLines out;
  out.csv = header(columns);
  for (std::uint64_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      const std::size_t before = out.csv.size();
      if (auto row = append_row(out.csv, line, columns); !row) {
        out.csv.resize(before);
        out.bad.push_back({number, row.error().message});
      }
    }
    out.csv.push_back('\n');
  }
  return out;
}

}  // namespace simbiont::admin

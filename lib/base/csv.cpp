#include "base/csv.h"

#include <algorithm>

namespace simbiont::csv {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t npos = std::string_view::npos;

// Behind the quoted field that `text` begins with: at what follows its closing quote. npos: it is not closed.
std::size_t skip_quoted(std::string_view text) {
  for (std::size_t at = 1; (at = text.find('"', at)) != npos; at += 2) {
    if (at + 1 == text.size() || text[at + 1] != '"') return at + 1;
  }
  return npos;
}

// The size of the record that `text` begins with, its line end included; npos when no line end closes it. A
// quote that is not closed within max_record octets holds no line ends: one slip must not swallow the file.
// `sure`: false when more text could close it.
std::size_t record_size(std::string_view text, bool& sure) {
  sure = true;
  const std::size_t line_end = text.find('\n');
  if (line_end == npos || text.substr(0, line_end).find('"') == npos)
    return line_end == npos ? npos : line_end + 1;
  const std::string_view window = text.substr(0, max_record);
  std::size_t at = 0;
  while (at < window.size()) {
    if (window[at] == '"') {
      const std::size_t behind = skip_quoted(window.substr(at));
      if (behind == npos) {
        sure = text.size() >= max_record;
        return line_end + 1;
      }
      at += behind;
    }
    at = window.find_first_of(",\n", at);
    if (at == npos) break;
    if (window[at++] == '\n') return at;
  }
  sure = text.size() >= max_record;
  return sure ? line_end + 1 : npos;
}

}  // namespace

std::size_t complete_prefix(std::string_view text, bool start_of_file) {
  std::size_t at = 0;
  if (text.find('"') == npos) {
    at = text.rfind('\n');
    return at == npos ? 0 : at + 1;
  }
  if (start_of_file && text.starts_with(byte_order_mark)) at = byte_order_mark.size();
  const std::size_t begin = at;
  while (at < text.size()) {
    bool sure = true;
    const std::size_t size = record_size(text.substr(at), sure);
    if (size == npos || !sure) break;
    at += size;
  }
  return at == begin ? 0 : at;
}

Parser::Parser(std::string_view text, std::uint64_t first_line) : rest_(text), line_(first_line) {
  if (first_line == 1 && rest_.starts_with(byte_order_mark)) rest_.remove_prefix(byte_order_mark.size());
}

Parser::Item Parser::next(Record& record) {
  while (!rest_.empty()) {
    bool sure = true;
    const std::size_t size = std::min(record_size(rest_, sure), rest_.size());
    std::string_view body = rest_.substr(0, size);
    rest_.remove_prefix(size);
    record.line = line_;
    line_ += static_cast<std::uint64_t>(std::count(body.begin(), body.end(), '\n'));
    if (body.ends_with('\n')) body.remove_suffix(1);
    if (body.ends_with('\r')) body.remove_suffix(1);
    if (body.empty()) continue;
    record.fields.clear();
    unescaped_.clear();
    if (body.size() > max_record) {
      fail("the record is longer than " + std::to_string(max_record) + " octets");
      return Item::malformed;
    }
    const bool good = body.find('"') == npos ? split_plain(body, record) : split_quoted(body, record);
    return good ? Item::record : Item::malformed;
  }
  return Item::end;
}

bool Parser::split_plain(std::string_view body, Record& record) {
  for (std::size_t comma = body.find(','); comma != npos; comma = body.find(',')) {
    if (!add(record, body.substr(0, comma))) return false;
    body.remove_prefix(comma + 1);
  }
  return add(record, body);
}

bool Parser::split_quoted(std::string_view body, Record& record) {
  while (true) {
    std::string_view field;
    if (body.starts_with('"')) {
      if (!take_quoted(body, field)) return false;
      if (!body.empty() && body.front() != ',') return fail("text follows a closing quote");
    } else {
      const std::size_t comma = std::min(body.find(','), body.size());
      field = body.substr(0, comma);
      if (field.find('"') != npos) return fail("a quote stands inside a field that is not quoted");
      body.remove_prefix(comma);
    }
    if (!add(record, field)) return false;
    if (body.empty()) return true;
    body.remove_prefix(1);
  }
}

bool Parser::take_quoted(std::string_view& rest, std::string_view& field) {
  const std::size_t behind = skip_quoted(rest);
  if (behind == npos) return fail("a quote is not closed");
  field = rest.substr(1, behind - 2);
  rest.remove_prefix(behind);
  if (field.find('"') == npos) return true;
  std::string& plain = unescaped_.emplace_back();
  for (std::size_t i = 0; i < field.size(); ++i) {
    plain.push_back(field[i]);
    if (field[i] == '"') ++i;
  }
  field = plain;
  return true;
}

bool Parser::add(Record& record, std::string_view field) {
  if (record.fields.size() == max_fields) return fail("more than " + std::to_string(max_fields) + " fields");
  record.fields.push_back(field);
  return true;
}

bool Parser::fail(std::string problem) {
  problem_ = std::move(problem);
  return false;
}

namespace {

// A file without a header row has data there, perhaps a key: only what is as short as a column's name is
// repeated.
Error column_error(std::string_view name, std::size_t position, std::string_view problem) {
  const std::string what = name.size() <= 16 ? "'" + std::string(name) + "'" : std::to_string(position + 1);
  return error(Errc::invalid_argument, "column " + what + std::string(problem));
}

}  // namespace

Result<Header> Header::parse(const Record& record, std::span<const Column> columns) {
  Header header;
  header.width_ = record.fields.size();
  header.position_.assign(columns.size(), -1);
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const std::string_view name = record.fields[i];
    const auto column =
        std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
    if (column == columns.end()) return column_error(name, i, " is unknown");
    int& position = header.position_[static_cast<std::size_t>(column - columns.begin())];
    if (position >= 0) return column_error(name, i, " stands there twice");
    position = static_cast<int>(i);
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].required && header.position_[i] < 0)
      return column_error(columns[i].name, i, " is missing");
  }
  return header;
}

}  // namespace simbiont::csv

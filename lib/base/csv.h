// CSV as RFC 4180 writes it, read in chunks and without copying: CRLF or LF, a byte order mark and blank
// lines are taken.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace simbiont::csv {

inline constexpr std::size_t max_record = 64UL * 1024;  // octets, line ends included
inline constexpr std::size_t max_fields = 64;

// The octets up to and including the last complete record of `text`; 0 when there is none. At the end of the
// input the rest is a record too, with or without its line end.
std::size_t complete_prefix(std::string_view text, bool start_of_file = true);

// One record; the views last until the next call of Parser::next.
struct Record {
  std::uint64_t line = 0;  // of its first character, from 1
  std::vector<std::string_view> fields;
};

class Parser {
 public:
  // text: complete records; first_line: the number of its first line. It must outlive the parser.
  explicit Parser(std::string_view text, std::uint64_t first_line = 1);

  enum class Item { record, malformed, end };
  // malformed: problem() says why, record.line where; the next call goes on behind it.
  Item next(Record& record);

  const std::string& problem() const { return problem_; }
  std::uint64_t line() const { return line_; }  // of what comes next

 private:
  bool split_plain(std::string_view body, Record& record);
  bool split_quoted(std::string_view body, Record& record);
  bool take_quoted(std::string_view& rest, std::string_view& field);
  bool add(Record& record, std::string_view field);
  bool fail(std::string problem);

  std::string_view rest_;
  std::uint64_t line_;
  std::string problem_;
  std::deque<std::string> unescaped_;
};

struct Column {
  std::string_view name;
  bool required = false;
};

// Where the header row put each column of a table.
class Header {
 public:
  // invalid_argument: an unknown or repeated column, or a required one that is missing.
  static Result<Header> parse(const Record& record, std::span<const Column> columns);

  std::size_t width() const { return width_; }
  // Column `index` of the table; empty when the file lacks it. record has width() fields.
  std::string_view get(const Record& record, std::size_t index) const {
    return position_[index] < 0 ? std::string_view{}
                                : record.fields[static_cast<std::size_t>(position_[index])];
  }

 private:
  std::vector<int> position_;
  std::size_t width_ = 0;
};

}  // namespace simbiont::csv

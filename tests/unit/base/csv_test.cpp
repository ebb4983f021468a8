#include "base/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace simbiont::csv {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// Every record; a malformed one as {"!", line, problem}.
Rows parse(std::string_view text, std::uint64_t first_line = 1) {
  Parser parser(text, first_line);
  Record record;
  Rows rows;
  for (auto item = parser.next(record); item != Parser::Item::end; item = parser.next(record)) {
    if (item == Parser::Item::malformed) {
      rows.push_back({"!", std::to_string(record.line), parser.problem()});
    } else {
      rows.emplace_back(record.fields.begin(), record.fields.end());
    }
  }
  return rows;
}

struct Case {
  const char* name;
  std::string_view text;
  Rows rows;
};

TEST(Csv, what_rfc_4180_allows_is_read) {
  const std::array<Case, 13> table{{{"empty", "", {}},
                                    {"one field", "a", {{"a"}}},
                                    {"no last line end", "a,b\nc,d", {{"a", "b"}, {"c", "d"}}},
                                    {"crlf", "a,b\r\nc,d\r\n", {{"a", "b"}, {"c", "d"}}},
                                    {"empty fields", ",,\n", {{"", "", ""}}},
                                    {"blank lines", "\n\r\na\n\n", {{"a"}}},
                                    {"bom",
                                     "\xEF\xBB\xBF"
                                     "a,b\n",
                                     {{"a", "b"}}},
                                    {"quoted", "\"a\",\"b\"\r\n", {{"a", "b"}}},
                                    {"quoted comma", "\"a,b\",c\n", {{"a,b", "c"}}},
                                    {"quoted quote", "\"a\"\"b\"\"\",\"\"\"\"\n", {{"a\"b\"", "\""}}},
                                    {"quoted line end", "\"a\r\nb\",c\nd,e\n", {{"a\r\nb", "c"}, {"d", "e"}}},
                                    {"empty quoted", "\"\",\"\"\n", {{"", ""}}},
                                    {"spaces count", " a , b\n", {{" a ", " b"}}}}};
  for (const Case& c : table) EXPECT_EQ(parse(c.text), c.rows) << c.name;
}

TEST(Csv, malformed_records_are_named_and_the_rest_is_read) {
  const std::array<Case, 4> table{
      {{"stray quote",
        "a\"b,c\nd,e\n",
        {{"!", "1", "a quote stands inside a field that is not quoted"}, {"d", "e"}}},
       {"text behind", "x\n\"a\"b,c\nd\n", {{"x"}, {"!", "2", "text follows a closing quote"}, {"d"}}},
       {"not closed", "\"a,b\nd,e\n", {{"!", "1", "a quote is not closed"}, {"d", "e"}}},
       {"not closed later", "a,\"b\nd,e\n", {{"!", "1", "a quote is not closed"}, {"d", "e"}}}}};
  for (const Case& c : table) EXPECT_EQ(parse(c.text), c.rows) << c.name;
  EXPECT_EQ(parse(std::string(max_record + 1, 'a') + "\nb\n").at(0).at(0), "!");
  EXPECT_EQ(parse(std::string(max_fields, ',') + "\nb\n"), (Rows{{"!", "1", "more than 64 fields"}, {"b"}}));
}

TEST(Csv, lines_are_counted_through_quotes_and_blank_lines) {
  Parser parser("a\n\n\"b\nc\"\nd\n", 10);
  Record record;
  std::vector<std::uint64_t> lines;
  while (parser.next(record) == Parser::Item::record) lines.push_back(record.line);
  EXPECT_THAT(lines, ::testing::ElementsAre(10, 12, 14));
  EXPECT_EQ(parser.line(), 15U);
}

TEST(Csv, a_complete_prefix_never_cuts_a_record) {
  const std::string file = "a,b\n\"c\nd\",\"e\"\"\n\"\"f\"\r\n\ng,h\n";
  const Rows whole = parse(file);
  for (std::size_t cut = 0; cut <= file.size(); ++cut) {
    const std::size_t first = complete_prefix(std::string_view(file).substr(0, cut));
    ASSERT_LE(first, cut);
    Rows pieces = parse(std::string_view(file).substr(0, first));
    for (auto& row : parse(std::string_view(file).substr(first), 2)) pieces.push_back(row);
    EXPECT_EQ(pieces, whole) << cut;
  }
}

TEST(Csv, a_quote_behind_a_byte_order_mark_opens_a_field) {
  EXPECT_EQ(complete_prefix("\xEF\xBB\xBF\"a\nb\"\nc"), 9U);
  EXPECT_EQ(complete_prefix("\xEF\xBB\xBF\"a\nb\"\nc", false), 9U);
  EXPECT_EQ(complete_prefix("\xEF\xBB\xBF\"a\nb"), 0U);
  EXPECT_EQ(complete_prefix("\xEF\xBB\xBF\"a\nb", false), 6U);
}

TEST(Csv, one_quote_that_is_not_closed_does_not_hold_up_a_file) {
  const std::string file = "\"a\n" + std::string(max_record, 'b') + "\n";
  EXPECT_EQ(complete_prefix(file), file.size());
  EXPECT_EQ(complete_prefix("\"a\nb\n"), 0U) << "more may close it";
}

constexpr std::array<Column, 3> columns{{{"id", true}, {"algorithm"}, {"key", true}}};

Result<Header> header(std::string_view line) {
  static Record record;
  static std::string text;
  text = line;
  Parser parser(text);
  (void)parser.next(record);
  return Header::parse(record, columns);
}

TEST(Csv, a_header_maps_columns_in_any_order) {
  const auto mapped = header("key,id");
  ASSERT_TRUE(mapped.ok());
  Record row;
  Parser parser("k,i\n");
  (void)parser.next(row);
  EXPECT_EQ(mapped->get(row, 0), "i");
  EXPECT_EQ(mapped->get(row, 1), "");
  EXPECT_EQ(mapped->get(row, 2), "k");
}

TEST(Csv, a_header_that_is_none_is_refused_without_repeating_what_may_be_a_key) {
  for (const char* bad : {"id", "id,key,id", "id,key,colour", "ID,key", ""})
    EXPECT_FALSE(header(bad).ok()) << bad;
  const auto key = header("m1,00112233445566778899aabbccddeeff");
  EXPECT_EQ(key.error().message, "column 'm1' is unknown");
  EXPECT_EQ(header("id,00112233445566778899aabbccddeeff").error().message, "column 2 is unknown");
}

}  // namespace
}  // namespace simbiont::csv

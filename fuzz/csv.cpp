// A CSV file read at once and in pieces: fields lie where they must, lines are counted, and cutting a file at
// a complete prefix changes nothing.
#include "base/csv.h"

#include <array>
#include <cstdlib>

#include "base/bytes.h"

namespace {

using namespace simbiont::csv;
using Rows = std::vector<std::vector<std::string>>;

void must(bool holds) {
  if (!holds) std::abort();
}

std::uint64_t read(std::string_view text, std::uint64_t first_line, Rows& rows) {
  static constexpr std::array<Column, 3> columns{{{"imsi", true}, {"k"}, {"apn"}}};
  Parser parser(text, first_line);
  Record record;
  std::uint64_t last = 0;
  for (auto item = parser.next(record); item != Parser::Item::end; item = parser.next(record)) {
    must(record.line > last && record.line < parser.line() + 1);
    last = record.line;
    if (item == Parser::Item::malformed) {
      must(!parser.problem().empty());
      rows.push_back({"malformed"});
      continue;
    }
    must(!record.fields.empty() && record.fields.size() <= max_fields);
    rows.emplace_back(record.fields.begin(), record.fields.end());
    if (const auto header = Header::parse(record, columns)) must(header->get(record, 0) == "imsi");
  }
  return parser.line();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = simbiont::as_text({data + 1, size - 1});
  Rows whole;
  const std::uint64_t lines = read(text, 1, whole);
  const std::string_view part = text.substr(0, text.size() * data[0] / 255);
  const std::size_t cut = complete_prefix(part);
  must(cut <= part.size() && (cut == 0 || part[cut - 1] == '\n'));
  Rows pieces;
  const std::uint64_t middle = read(text.substr(0, cut), 1, pieces);
  // A file that begins with its second piece has no byte order mark to take off.
  if (cut != 0) must(read(text.substr(cut), middle, pieces) == lines && pieces == whole);
  return 0;
}

#include "source/pairs.h"

#include <array>

#include "base/csv.h"

namespace simbiont::source {
namespace {

constexpr std::array<csv::Column, 3> columns{{{"imsi", true}, {"imei", true}, {"mode"}}};

}  // namespace

void PairList::add(std::uint64_t place, std::string_view imsi, std::string_view imei, std::string_view mode) {
  const auto subscriber = Imsi::parse(imsi);
  if (!subscriber) {
    bad.push_back({place, {}, "this is no IMSI"});
    return;
  }
  const auto device = Imei::parse(imei);
  if (!device) {
    bad.push_back({place, *subscriber, imei.size() <= 16 ? device.error().message : "this is no IMEI"});
    return;
  }
  const auto named = binding::mode(mode);
  if (!mode.empty() && !named) {
    bad.push_back({place, *subscriber, "this is no binding mode"});
    return;
  }
  pairs.push_back({*subscriber, *device, named, place});
}

Result<PairList> parse_pairs(std::string_view text, std::size_t max_rows) {
  PairList list;
  csv::Parser parser(text);
  csv::Record record;
  std::optional<csv::Header> header;
  for (auto item = parser.next(record); item != csv::Parser::Item::end; item = parser.next(record)) {
    const bool malformed = item == csv::Parser::Item::malformed;
    if (!header) {
      if (malformed) return error(Errc::invalid_argument, parser.problem());
      auto found = csv::Header::parse(record, columns);
      if (!found) return found.error();
      header = *std::move(found);
      continue;
    }
    if (list.rows() == max_rows)
      return error(Errc::refused, "the list has more than " + std::to_string(max_rows) + " rows");
    if (malformed) {
      list.bad.push_back({record.line, {}, parser.problem()});
    } else if (record.fields.size() != header->width()) {
      list.bad.push_back({record.line,
                          {},
                          "the row has " + std::to_string(record.fields.size()) + " fields, the header " +
                              std::to_string(header->width())});
    } else {
      list.add(record.line, header->get(record, 0), header->get(record, 1), header->get(record, 2));
    }
  }
  if (!header) return error(Errc::invalid_argument, "the header row is missing");
  return list;
}

}  // namespace simbiont::source

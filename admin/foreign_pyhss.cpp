// A CSV of PyHSS's tables `auc` and `subscriber`, joined: its columns by their names in the database, with a
// header row.
#include <algorithm>
#include <array>
#include <fstream>
#include <optional>

#include "admin/foreign.h"
#include "admin/json.h"

namespace simbiont::admin {
namespace {

constexpr std::array<std::string_view, 8> carried{"imsi", "ki",     "opc", "amf",
                                                  "sqn",  "msisdn", "apn", "enabled"};
enum : std::size_t { imsi, ki, opc, amf, sqn, msisdn, apn, enabled };
// Numbers of rows there; they say nothing elsewhere.
constexpr std::array<std::string_view, 4> bookkeeping{"auc_id", "subscriber_id", "last_modified",
                                                      "serving_mme_timestamp"};

std::string_view reason_of(std::string_view column) {
  if (column == "apn_list" || column == "default_apn")
    return "numbers of another table; the names go into a column apn";
  if (column.starts_with("serving_")) return "the node registers anew";
  if (column.find("ambr") != std::string_view::npos || column == "nam" ||
      column == "subscribed_rau_tau_timer")
    return "the subscription profile is that of the configuration";
  return "not kept here";
}

struct Columns {
  std::array<std::optional<std::size_t>, carried.size()> at;
  std::vector<std::string> names;

  std::string_view get(const csv::Record& record, std::size_t which) const {
    return at[which] ? record.fields[*at[which]] : std::string_view{};
  }
};

Result<Columns> read_header(const csv::Record& record) {
  Columns columns;
  for (std::size_t i = 0; i < record.fields.size(); ++i) {
    const std::string_view name = record.fields[i];
    // What looks like data is not repeated: a file without a header has a key there.
    if (name.size() > 31) return error(Errc::invalid_argument, "the first row holds no names of columns");
    columns.names.emplace_back(name);
    const auto found = std::find(carried.begin(), carried.end(), name);
    if (found == carried.end()) continue;
    auto& at = columns.at[static_cast<std::size_t>(found - carried.begin())];
    if (at) return error(Errc::invalid_argument, "column " + std::string(name) + " stands there twice");
    at = i;
  }
  for (const std::size_t needed : {imsi, ki, opc, sqn}) {
    if (!columns.at[needed])
      return error(Errc::invalid_argument, "column " + std::string(carried[needed]) +
                                               " is missing: an export of auc joined with subscriber has it");
  }
  return columns;
}

bool is_false(std::string_view value) {
  return value == "0" || value == "f" || value == "F" || value == "false" || value == "False" ||
         value == "FALSE";
}

void take(const csv::Record& record, const Columns& columns, Foreign& out) {
  if (record.fields.size() != columns.names.size())
    return out.complain(record.line, "the row has " + std::to_string(record.fields.size()) +
                                         " fields, the header " + std::to_string(columns.names.size()));
  const std::string_view name = columns.get(record, imsi);
  if (is_false(columns.get(record, enabled)))
    return out.leave(name, "subscriber", "it is disabled there, and barring is not kept");
  for (std::size_t i = 0; i < columns.names.size(); ++i) {
    const std::string& column = columns.names[i];
    const bool known = std::find(carried.begin(), carried.end(), column) != carried.end() ||
                       std::find(bookkeeping.begin(), bookkeeping.end(), column) != bookkeeping.end();
    if (!known && !record.fields[i].empty() && record.fields[i] != "NULL")
      out.leave(name, column, reason_of(column));
  }
  if (columns.get(record, sqn).empty()) return out.complain(record.line, "sqn is missing");
  out.add(record.line, {name, columns.get(record, ki), "", columns.get(record, opc), columns.get(record, amf),
                        "", columns.get(record, sqn), columns.get(record, msisdn), columns.get(record, apn)});
}

}  // namespace

Status read_pyhss(const std::string& path, Foreign& out) {
  std::ifstream file(path, std::ios::binary);
  std::string pending;
  std::optional<Columns> columns;
  std::uint64_t line = 1;
  for (bool more = true; more;) {
    const std::size_t kept = pending.size();
    pending.resize(1UL << 20);
    file.read(pending.data() + kept, static_cast<std::streamsize>(pending.size() - kept));
    if (file.bad()) return error(Errc::io, "cannot read " + path);
    pending.resize(kept + static_cast<std::size_t>(file.gcount()));
    more = pending.size() == 1UL << 20;
    const std::size_t whole = more ? csv::complete_prefix(pending, line == 1) : pending.size();
    if (whole == 0 && more) return error(Errc::invalid_argument, path + " has no line end for a megabyte");
    csv::Parser parser(std::string_view(pending).substr(0, whole), line);
    csv::Record record;
    for (auto item = parser.next(record); item != csv::Parser::Item::end; item = parser.next(record)) {
      if (item == csv::Parser::Item::malformed) {
        out.complain(record.line, parser.problem());
      } else if (!columns) {
        auto header = read_header(record);
        if (!header) return error(header.error().code, path + ": " + header.error().message);
        columns = *std::move(header);
      } else {
        take(record, *columns, out);
      }
      if (!columns) return error(Errc::invalid_argument, path + ": the header row is bad");
    }
    line = parser.line();
    if (out.places.size() + out.bad.size() > max_foreign_rows)
      return error(Errc::invalid_argument, path + " has too many subscribers: split it");
    std::string rest = pending.substr(whole);
    erase(pending);
    pending = std::move(rest);
  }
  if (!columns) return error(Errc::invalid_argument, path + ": the header row is missing");
  return {};
}

}  // namespace simbiont::admin

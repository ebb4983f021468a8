#include "admin/imports.h"

#include <array>

#include "admin/route.h"
#include "crypto/hmac.h"

namespace simbiont::admin {
namespace {

// Rows of one transaction: few enough that a running HSS answers in between; with nobody waiting, a sync to
// disk less often.
constexpr std::size_t batch_rows = 1000, batch_rows_alone = 10'000;

ByteArray<32> digest(std::string_view chunk) {
  return crypto::hmac_sha256(as_bytes("import"), as_bytes(chunk));
}

Result<std::unique_ptr<Importer>> make_importer(store::Store& store, std::string_view kind, bool replace) {
  if (kind == "subscribers") return import_subscribers(store, replace);
  if (kind == "kmes") return import_kmes(replace);
  if (kind == "devices") return import_devices(replace);
  if (kind == "bindings") return import_bindings(replace);
  return error(Errc::invalid_argument, "kind is not subscribers, devices, kmes or bindings");
}

std::string width_problem(const csv::Record& record, const csv::Header& header) {
  return "the row has " + std::to_string(record.fields.size()) + " fields, the header " +
         std::to_string(header.width());
}

bool store_failed(const Error& e) {
  return e.code == Errc::io || e.code == Errc::corrupt || e.code == Errc::unavailable;
}

}  // namespace

bool ImportDesk::busy(UnixMs now) {
  if (session_ && now - session_->heard_at > options_.import_idle_ms) session_.reset();
  return session_.has_value();
}

Result<std::string> ImportDesk::begin(hss::Live& live, std::string_view kind, bool replace) {
  auto importer = make_importer(live.store(), kind, replace);
  if (!importer) return importer.error();
  Session fresh;
  fresh.id = std::to_string(++last_id_);
  fresh.kind = kind;
  fresh.importer = *std::move(importer);
  fresh.heard_at = live.now();
  session_ = std::move(fresh);
  return session_->id;
}

Result<ImportDesk::Session*> ImportDesk::find(std::string_view id, UnixMs now) {
  if (!busy(now) || session_->id != id)
    return error(Errc::not_found, "no such import: it ended or was given up");
  session_->heard_at = now;
  return &*session_;
}

Status ImportDesk::take_header(Session& session, const csv::Record& record) {
  auto header = csv::Header::parse(record, session.importer->columns());
  if (!header) return header.error();
  session.header = *std::move(header);
  return {};
}

Result<ImportDesk::Checked> ImportDesk::check(hss::Live& live, std::string_view id, std::string_view chunk) {
  const auto found = find(id, live.now());
  if (!found) return found.error();
  Session& session = **found;
  if (session.writing) return error(Errc::refused, "this import is past its check");
  if (session.bad != 0 && !session.header)
    return error(Errc::refused, "the header row is bad: no row can be judged");
  csv::Parser parser(chunk, session.next_line);
  csv::Record record;
  Checked result;
  const auto complain = [&](std::string reason) { result.bad.push_back({record.line, std::move(reason)}); };
  for (auto item = parser.next(record); item != csv::Parser::Item::end; item = parser.next(record)) {
    if (!session.header) {
      const Status taken = item == csv::Parser::Item::malformed
                               ? error(Errc::invalid_argument, parser.problem())
                               : take_header(session, record);
      if (taken.ok()) continue;
      complain(taken.error().message);
      break;  // without a header no row can be judged
    }
    ++result.rows;
    if (item == csv::Parser::Item::malformed) {
      complain(parser.problem());
    } else if (record.fields.size() != session.header->width()) {
      complain(width_problem(record, *session.header));
    } else if (auto good = session.importer->check({*session.header, record}, live.store()); !good) {
      if (store_failed(good.error())) return good.error();
      complain(good.error().message);
    }
  }
  session.next_line = parser.line();
  session.rows += result.rows;
  session.bad += result.bad.size();
  session.digests.push_back(digest(chunk));
  session.heard_at = live.now();
  return result;
}

Result<std::uint64_t> ImportDesk::write(hss::Live& live, std::string_view id, std::string_view chunk) {
  const auto found = find(id, live.now());
  if (!found) return found.error();
  Session& session = **found;
  if (session.bad != 0) return error(Errc::refused, "some rows are bad: nothing is imported");
  if (!session.header) return error(Errc::refused, "the header row is missing");
  if (session.broken) return error(Errc::refused, "an earlier write of this import failed");
  if (session.written == session.digests.size() || session.digests[session.written] != digest(chunk)) {
    session.broken = true;
    return error(Errc::refused, "the file changed between its check and its import, after " +
                                    std::to_string(session.rows_written) + " rows");
  }
  session.writing = true;
  const std::uint64_t before = session.rows_written;
  if (auto done = write_rows(live, session, chunk); !done) {
    session.broken = true;
    return error(done.error().code, done.error().message + " (" + std::to_string(session.rows_written) +
                                        " rows were written before)");
  }
  ++session.written;
  session.heard_at = live.now();
  return session.rows_written - before;
}

Status ImportDesk::write_rows(hss::Live& live, Session& session, std::string_view chunk) {
  csv::Parser parser(chunk,
                     session.written == 0 ? 1 : 2);  // of the line numbers only the first matters: the BOM
  if (session.written == 0) {
    csv::Record header;
    (void)parser.next(header);
  }
  for (bool more = true; more;) {
    if (auto done = write_batch(live, session, parser, more); !done) return done;
  }
  return {};
}

Status ImportDesk::write_batch(hss::Live& live, Session& session, csv::Parser& parser, bool& more) {
  const Moment moment{live.now(), options_.vector_life_ms};
  const std::size_t limit = live.running() ? batch_rows : batch_rows_alone;
  std::uint64_t rows = 0;
  Status done = live.transact([&](store::Store& store) -> Result<store::Changes> {
    store::Changes changes;
    csv::Record record;
    while (rows < limit) {
      more = parser.next(record) == csv::Parser::Item::record;
      if (!more) break;
      if (auto row = session.importer->write({*session.header, record}, store, moment, changes); !row)
        return row.error();
      ++rows;
    }
    return changes;
  });
  if (done.ok()) session.rows_written += rows;
  return done;
}

Result<std::uint64_t> ImportDesk::finish(hss::Live& live, std::string_view id) {
  const auto found = find(id, live.now());
  if (!found) return found.error();
  const Session& session = **found;
  if (session.bad != 0) return error(Errc::refused, "some rows are bad: nothing is imported");
  if (!session.header) return error(Errc::refused, "the header row is missing");
  if (session.broken || session.written != session.digests.size()) {
    return error(Errc::refused, "not every chunk was written");
  }
  const std::uint64_t rows = session.rows;
  const std::string detail = std::to_string(rows) + " " + session.kind;
  session_.reset();
  const Status noted = live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{audit(live, "imported", {}, detail)};
  });
  if (!noted) return noted.error();
  return rows;
}

Status ImportDesk::abort(std::string_view id) {
  if (!session_ || session_->id != id)
    return error(Errc::not_found, "no such import: it ended or was given up");
  session_.reset();
  return {};
}

namespace {

Result<Json> begin_import(Call& call) {
  if (auto known = only_fields(call.body, {"kind", "replace"}); !known) return known.error();
  const auto kind = required_text(call.body, "kind");
  if (!kind) return kind.error();
  const auto replace = flag(call.body, "replace");
  if (!replace) return replace.error();
  const auto id = call.imports.begin(call.live, *kind, *replace);
  if (!id) return id.error();
  return Json{{"id", *id}};
}

Result<Json> check_chunk(Call& call) {
  const auto checked = call.imports.check(call.live, call.arguments[0], call.raw);
  if (!checked) return checked.error();
  Json bad = Json::array();
  for (const BadRow& row : checked->bad) bad.push_back({{"line", row.line}, {"reason", row.reason}});
  return Json{{"rows", checked->rows}, {"bad", std::move(bad)}};
}

Result<Json> write_chunk(Call& call) {
  const auto rows = call.imports.write(call.live, call.arguments[0], call.raw);
  if (!rows) return rows.error();
  return Json{{"rows", *rows}};
}

Result<Json> finish_import(Call& call) {
  const auto rows = call.imports.finish(call.live, call.arguments[0]);
  if (!rows) return rows.error();
  return Json{{"imported", *rows}};
}

Result<Json> abort_import(Call& call) {
  if (auto done = call.imports.abort(call.arguments[0]); !done) return done.error();
  return Json::object();
}

constexpr std::array<Route, 5> routes{{{"POST", "/v1/imports", Access::change, begin_import},
                                       {"POST", "/v1/imports/{}/check", Access::importing, check_chunk},
                                       {"POST", "/v1/imports/{}/write", Access::importing, write_chunk},
                                       {"POST", "/v1/imports/{}/finish", Access::importing, finish_import},
                                       {"DELETE", "/v1/imports/{}", Access::importing, abort_import}}};

}  // namespace

std::span<const Route> import_routes() { return routes; }

}  // namespace simbiont::admin

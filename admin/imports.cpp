#include "admin/imports.h"

#include <algorithm>
#include <array>

#include "admin/route.h"
#include "crypto/hmac.h"

namespace simbiont::admin {
namespace {

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

std::string contents(const ImportSession& session) {
  return std::to_string(session.rows) + " " + session.kind;
}

bool store_failed(const Error& e) {
  return e.code == Errc::io || e.code == Errc::corrupt || e.code == Errc::unavailable;
}

}  // namespace

bool ImportDesk::busy(hss::Live& live) {
  if (!session_) return false;
  const std::int64_t idle_ms = session_->writing ? options_.write_idle_ms : options_.import_idle_ms;
  if (session_->broken || live.now() - session_->heard_at > idle_ms) (void)abort(live);
  return session_.has_value();
}

Result<std::string> ImportDesk::begin(hss::Live& live, std::string_view kind, bool replace,
                                      std::uint32_t uid) {
  auto importer = make_importer(live.store(), kind, replace);
  if (!importer) return importer.error();
  Session fresh;
  fresh.id = std::to_string(++last_id_);
  fresh.kind = kind;
  fresh.uid = uid;
  fresh.importer = *std::move(importer);
  fresh.heard_at = live.now();
  session_ = std::move(fresh);
  return session_->id;
}

Result<ImportDesk::Session*> ImportDesk::find(hss::Live& live, std::string_view id) {
  if (!busy(live) || session_->id != id)
    return error(Errc::not_found, "no such import: it ended or was given up");
  session_->heard_at = live.now();
  return &*session_;
}

Status ImportDesk::take_header(Session& session, const csv::Record& record) {
  auto header = csv::Header::parse(record, session.importer->columns());
  if (!header) return header.error();
  session.header = *std::move(header);
  return {};
}

Result<ImportDesk::Checked> ImportDesk::check(hss::Live& live, std::string_view id, std::string_view chunk) {
  const auto found = find(live, id);
  if (!found) return found.error();
  // Only what a signature covers is checked and written under a supplier's name.
  if ((*found)->file) return error(Errc::refused, "this import is a signed batch");
  return check_rows(live, **found, chunk);
}

Result<ImportDesk::Checked> ImportDesk::check_rows(hss::Live& live, Session& session,
                                                   std::string_view chunk) {
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
  const auto found = find(live, id);
  if (!found) return found.error();
  if ((*found)->file) return error(Errc::refused, "this import is a signed batch");
  return write_chunk(live, **found, chunk);
}

Result<std::uint64_t> ImportDesk::write_chunk(hss::Live& live, Session& session, std::string_view chunk) {
  if (session.bad != 0) return error(Errc::refused, "some rows are bad: nothing is imported");
  if (!session.header) return error(Errc::refused, "the header row is missing");
  if (session.broken) return error(Errc::refused, "an earlier write of this import failed");
  if (session.written == session.digests.size() || session.digests[session.written] != digest(chunk)) {
    return take_back(live, session,
                     error(Errc::refused, "the file changed between its check and its import"));
  }
  session.writing = true;
  const std::uint64_t before = session.rows_written;
  if (auto done = write_rows(live, session, chunk); !done) return take_back(live, session, done.error());
  ++session.written;
  session.heard_at = live.now();
  return session.rows_written - before;
}

// The cause, and what became of the rows.
Error ImportDesk::take_back(hss::Live& live, Session& session, const Error& cause) {
  session.broken = true;
  const std::uint64_t rows = session.rows_written;
  const bool writing = session.writing;
  if (auto undone = abort(live); !undone)
    return error(cause.code, cause.message + "; " + undone.error().message);
  if (!writing) return error(cause.code, cause.message + ": nothing was imported");
  return error(cause.code,
               cause.message + ": nothing was imported (" + std::to_string(rows) + " rows were taken back)");
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
  const Moment moment{live.now(), options_.vector_life_ms, options_.clr_on_move};
  const std::size_t limit = session.batch.rows(live);
  const auto mark = session.undo.mark();
  std::uint64_t rows = 0;
  std::vector<std::string> hosts;
  Status done = session.batch.transact(live, [&](store::Store& store) -> Result<store::Changes> {
    store::Changes changes;
    csv::Record record;
    while (rows < limit) {
      more = parser.next(record) == csv::Parser::Item::record;
      if (!more) break;
      if (auto row = session.importer->write({*session.header, record}, store, moment, changes, hosts); !row)
        return row.error();
      ++rows;
    }
    if (auto noted = session.undo.note(store, changes); !noted) return noted.error();
    if (session.rows_written == 0 && rows > 0)
      changes.push_back(audit(live, "import-started", {}, contents(session)));
    return changes;
  });
  if (!done.ok()) {
    session.undo.back_to(mark);
    return done;
  }
  session.rows_written += rows;
  session.clr_hosts.insert(hosts.begin(), hosts.end());
  return {};
}

Result<ImportDesk::Finished> ImportDesk::finish(hss::Live& live, std::string_view id) {
  const auto found = find(live, id);
  if (!found) return found.error();
  Session& session = **found;
  if (session.bad != 0) return error(Errc::refused, "some rows are bad: nothing is imported");
  if (!session.header) return error(Errc::refused, "the header row is missing");
  const bool whole =
      !session.file || (session.file->checked && session.file->at == session.file->text.size());
  if (session.broken || !whole || session.written != session.digests.size()) {
    return error(Errc::refused, "not every chunk was written");
  }
  const std::string detail = session.file
                                 ? session.importer->written() + " of supplier " + session.file->supplier +
                                       ", file sha256 " + session.file->digest
                                 : contents(session);
  const Status noted = live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{audit(live, session.file ? "keys-imported" : "imported", {}, detail)};
  });
  if (!noted) return noted.error();
  Finished finished{session.rows, std::move(session.clr_hosts)};
  session_.reset();
  return finished;
}

Status ImportDesk::belongs(std::string_view id, std::uint32_t uid) const {
  if (!session_ || session_->id != id || session_->uid == uid) return {};
  return error(Errc::refused, "this import is another user's");
}

Status ImportDesk::abort(hss::Live& live, std::string_view id) {
  if (!session_ || session_->id != id)
    return error(Errc::not_found, "no such import: it ended or was given up");
  return abort(live);
}

Status ImportDesk::abort(hss::Live& live) {
  if (!session_) return {};
  Session& session = *session_;
  session.broken = true;
  const Moment moment{live.now(), options_.vector_life_ms, options_.clr_on_move};
  for (bool done = session.rows_written == 0; !done;) {
    auto left = session.undo.mark();
    const Status undone = session.batch.transact(live, [&](store::Store& store) -> Result<store::Changes> {
      store::Changes changes;
      const auto next = session.undo.take_back(store, moment, session.batch.rows(live), changes);
      if (!next) return next.error();
      left = *next;
      if (left.rows() == 0) changes.push_back(audit(live, "import-undone", {}, contents(session)));
      return changes;
    });
    if (!undone) {
      return error(undone.error().code,
                   std::to_string(session.undo.mark().rows()) +
                       " changes of the import are not yet taken back: " + undone.error().message);
    }
    session.undo.back_to(left);
    done = left.rows() == 0;
  }
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
  const auto id = call.imports.begin(call.live, *kind, *replace, call.caller.uid);
  if (!id) return id.error();
  return Json{{"id", *id}};
}

// Device keys, and new keys for cards that have some, are the custodian's.
Role role_to_import(const Call& call) {
  const auto kind = text(call.body, "kind");
  const auto replace = flag(call.body, "replace");
  const bool keys = kind && (*kind == "kmes" || (*kind == "subscribers" && replace && *replace));
  return keys ? Role::custodian : Role::operator_;
}

Result<Json> check_chunk(Call& call) {
  if (auto own = call.imports.belongs(call.arguments[0], call.caller.uid); !own) return own.error();
  const auto checked = call.imports.check(call.live, call.arguments[0], call.raw);
  if (!checked) return checked.error();
  Json bad = Json::array();
  for (const BadRow& row : checked->bad) bad.push_back({{"line", row.line}, {"reason", row.reason}});
  return Json{{"rows", checked->rows}, {"bad", std::move(bad)}};
}

Result<Json> write_chunk(Call& call) {
  if (auto own = call.imports.belongs(call.arguments[0], call.caller.uid); !own) return own.error();
  const auto rows = call.imports.write(call.live, call.arguments[0], call.raw);
  if (!rows) return rows.error();
  return Json{{"rows", *rows}};
}

Result<Json> finish_import(Call& call) {
  if (auto own = call.imports.belongs(call.arguments[0], call.caller.uid); !own) return own.error();
  const auto finished = call.imports.finish(call.live, call.arguments[0]);
  if (!finished) return finished.error();
  return Json{{"imported", finished->rows}, {"clr_to", finished->clr_hosts}};
}

Result<Json> abort_import(Call& call) {
  if (auto own = call.imports.belongs(call.arguments[0], call.caller.uid); !own) return own.error();
  if (auto done = call.imports.abort(call.live, call.arguments[0]); !done) return done.error();
  return Json::object();
}

constexpr std::array<Route, 5> routes{
    {{"POST", "/v1/imports", Access::change, Role::operator_, begin_import, role_to_import},
     {"POST", "/v1/imports/{}/check", Access::importing, Role::operator_, check_chunk},
     {"POST", "/v1/imports/{}/write", Access::importing, Role::operator_, write_chunk},
     {"POST", "/v1/imports/{}/finish", Access::importing, Role::operator_, finish_import},
     {"DELETE", "/v1/imports/{}", Access::importing, Role::operator_, abort_import}}};

}  // namespace

std::span<const Route> import_routes() { return routes; }

}  // namespace simbiont::admin

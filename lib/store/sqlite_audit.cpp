// The audit log, approvals and settings of the SQLite store: reads and writes side by side.
#include <algorithm>

#include "store/check.h"
#include "store/sqlite_changes.h"
#include "store/sqlite_reads.h"

namespace simbiont::store {
namespace {

AuditHash hash_of(ByteView octets) {
  AuditHash hash{};  // of a wrong size: no chain has it
  if (octets.size() == hash.size()) std::copy(octets.begin(), octets.end(), hash.begin());
  return hash;
}

AuditEntry take_audit(Query& row) {
  AuditEntry out;
  out.id = row.integer();
  out.at = row.integer();
  out.uid = row.integer();
  out.pid = row.integer();
  for (std::string* text : {&out.user, &out.role, &out.via, &out.second, &out.action, &out.outcome,
                            &out.arguments, &out.before, &out.after})
    *text = row.text();
  out.hash = hash_of(row.octets());
  return out;
}

Result<Approval> take_approval(Query& row) {
  Approval out;
  out.id = row.integer();
  out.at = row.integer();
  out.expires_at = row.integer();
  out.uid = row.integer();
  for (std::string* text : {&out.user, &out.method, &out.path, &out.body, &out.ground}) *text = row.text();
  const auto state = approval_state(row.text());
  if (!state) return error(Errc::corrupt, "approval " + std::to_string(out.id) + ": unknown state");
  out.state = *state;
  out.decided_at = row.integer();
  out.decided_uid = row.integer();
  out.decided_by = row.text();
  out.answer = row.text();
  return out;
}

std::int64_t at_most(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, 1'000'000));
}

}  // namespace

Result<std::vector<AuditEntry>> SqliteReads::audit(std::int64_t after_id, std::size_t limit) {
  std::vector<AuditEntry> out;
  Query query(connection_, Sql::audit_entries);
  query.bind(after_id).bind(at_most(limit));
  for (;;) {
    auto row = query.next();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back(take_audit(query));
  }
}

Result<AuditHead> SqliteReads::audit_head() {
  Query query(connection_, Sql::audit_head);
  auto row = query.next();
  if (!row) return row.error();
  if (!*row) return AuditHead{};
  const std::int64_t id = query.integer();
  return AuditHead{id, hash_of(query.octets())};
}

Result<std::vector<Approval>> SqliteReads::approvals(std::int64_t after_id, std::size_t limit) {
  std::vector<Approval> out;
  Query query(connection_, Sql::approvals);
  query.bind(after_id).bind(at_most(limit));
  for (;;) {
    auto row = query.next();
    if (!row) return row.error();
    if (!*row) return out;
    auto one = take_approval(query);
    if (!one) return one.error();
    out.push_back(*std::move(one));
  }
}

Result<std::string> SqliteReads::setting(std::string_view name) {
  Query query(connection_, Sql::setting);
  auto row = query.bind(name).next();
  if (!row) return row.error();
  return *row ? std::string(query.text()) : std::string();
}

Status SqliteChanges::operator()(const AppendAudit& c) {
  const auto head = SqliteReads(connection_, sealer_).audit_head();
  if (!head) return head.error();
  const AuditEntry entry = as_appended(c.entry, *head);
  Query query(connection_, Sql::insert_audit);
  query.bind(entry.id).bind(entry.at).bind(entry.uid).bind(entry.pid).bind(entry.user).bind(entry.role);
  query.bind(entry.via).bind(entry.second).bind(entry.action).bind(entry.outcome);
  query.bind(entry.arguments).bind(entry.before).bind(entry.after).bind(ByteView(entry.hash));
  return query.run();
}

Status SqliteChanges::operator()(const PutApproval& c) {
  const Approval& a = c.approval;
  {
    Query query(connection_, Sql::insert_approval);
    query.bind(a.at).bind(a.expires_at).bind(a.uid).bind(a.user).bind(a.method).bind(a.path).bind(a.body);
    if (auto status = query.bind(a.ground).run(); !status) return status;
  }
  return Query(connection_, Sql::trim_approvals).bind(approval_limit).run();
}

Status SqliteChanges::operator()(const DecideApproval& c) {
  Query query(connection_, Sql::decide_approval);
  query.bind(c.id).bind(name(c.state)).bind(c.at).bind(c.uid).bind(c.by).bind(c.answer);
  if (auto status = query.run(); !status) return status;
  return connection_.changed_rows() == 0 ? not_pending(c.id) : Status();
}

Status SqliteChanges::operator()(const PutSetting& c) {
  return Query(connection_, Sql::put_setting).bind(c.name).bind(c.value).run();
}

}  // namespace simbiont::store

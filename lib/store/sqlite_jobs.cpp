// Jobs and the sync's records in SQLite: writes and reads side by side.
#include <algorithm>
#include <limits>

#include "store/check.h"
#include "store/sqlite_changes.h"
#include "store/sqlite_reads.h"

namespace simbiont::store {
namespace {

std::int64_t rows(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, std::numeric_limits<std::int32_t>::max()));
}

Status or_missing(Status status, const Error& missing) {
  if (!status && status.error().code == Errc::not_found) return missing;
  return status;
}

template <class T, class Take>
Result<std::vector<T>> all(Query& query, const Take& take) {
  std::vector<T> out;
  for (;;) {
    auto row = query.next();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back(take(query));
  }
}

template <class T, class Take>
Result<std::optional<T>> first(Query& query, const Take& take) {
  auto row = query.next();
  if (!row) return row.error();
  return *row ? std::optional<T>(take(query)) : std::nullopt;
}

// The schema checks that a state is one.
Job take_job(Query& row) {
  Job out;
  out.id = row.integer();
  out.name = row.text();
  out.digest = row.text();
  out.started_by = row.text();
  out.dry_run = row.integer() != 0;
  out.repeats = row.integer();
  out.state = static_cast<JobState>(row.integer());
  out.reason = row.text();
  out.created_at = row.integer();
  out.ended_at = row.integer();
  for (std::uint64_t* count : {&out.rows, &out.done, &out.unchanged, &out.refused})
    *count = row.integer_as<std::uint64_t>();
  return out;
}

JobRow take_job_row(Query& row) {
  JobRow out;
  out.number = row.integer_as<std::uint64_t>();
  out.line = row.integer_as<std::uint64_t>();
  out.fields = row.text();
  out.result = static_cast<RowResult>(row.integer());
  out.reason = row.text();
  return out;
}

SyncReport take_report(Query& row) {
  SyncReport out;
  out.id = row.integer();
  out.source = row.text();
  out.input = row.text();
  out.dry_run = row.integer() != 0;
  out.result = row.text();
  out.reason = row.text();
  out.started_at = row.integer();
  out.ended_at = row.integer();
  for (std::uint64_t* count :
       {&out.rows, &out.added, &out.removed, &out.modes, &out.unchanged, &out.missing, &out.refused})
    *count = row.integer_as<std::uint64_t>();
  return out;
}

SyncItem take_item(Query& row) {
  SyncItem out;
  out.number = row.integer_as<std::uint64_t>();
  out.action = row.text();
  out.imsi = row.text();
  out.imei = row.text();
  out.reason = row.text();
  return out;
}

SyncNamed take_named(Query& row) {
  SyncNamed out{imsi_of(row.integer()), {}, false};
  out.source = row.text();
  out.suspended = row.integer() != 0;
  return out;
}

}  // namespace

Status SqliteChanges::operator()(const PutJob& c) {
  const Job& j = c.job;
  Query query(connection_, Sql::put_job);
  query.bind(j.id).bind(j.name).bind(j.digest).bind(j.started_by).bind(j.dry_run).bind(j.repeats);
  query.bind(static_cast<int>(j.state)).bind(j.reason).bind(j.created_at).bind(j.ended_at);
  return query.bind(j.rows).bind(j.done).bind(j.unchanged).bind(j.refused).run();
}

Status SqliteChanges::operator()(const AddJobRows& c) {
  for (const JobRow& row : c.rows) {
    Query query(connection_, Sql::insert_job_row);
    query.bind(c.job).bind(row.number).bind(row.line).bind(row.fields);
    query.bind(static_cast<int>(row.result)).bind(cut(row.reason));
    if (auto status = query.run(); !status) return or_missing(status, no_job(c.job));
    if (connection_.changed_rows() == 0) return exists_already("row " + std::to_string(row.number));
  }
  return {};
}

Status SqliteChanges::operator()(const SetJobRow& c) {
  Query query(connection_, Sql::set_job_row);
  query.bind(c.job).bind(c.number).bind(static_cast<int>(c.result)).bind(cut(c.reason));
  if (auto status = query.run(); !status) return status;
  return connection_.changed_rows() == 0 ? Status(no_job(c.job)) : Status();
}

Status SqliteChanges::operator()(const PruneJob& c) {
  Query trim(connection_, Sql::trim_job_rows);
  if (auto status = trim.bind(c.job).bind(rows(c.rows)).run(); !status) return status;
  return Query(connection_, Sql::remove_empty_job).bind(c.job).run();
}

Status SqliteChanges::operator()(const PutSyncReport& c) {
  const SyncReport& r = c.report;
  Query query(connection_, Sql::put_sync_report);
  query.bind(r.id).bind(r.source).bind(r.input).bind(r.dry_run).bind(r.result).bind(r.reason);
  query.bind(r.started_at).bind(r.ended_at).bind(r.rows).bind(r.added).bind(r.removed).bind(r.modes);
  if (auto status = query.bind(r.unchanged).bind(r.missing).bind(r.refused).run(); !status) return status;
  return Query(connection_, Sql::trim_sync_reports).bind(sync_report_limit).run();
}

Status SqliteChanges::operator()(const AddSyncItem& c) {
  Query query(connection_, Sql::insert_sync_item);
  query.bind(c.report).bind(c.item.number).bind(c.item.action).bind(c.item.imsi).bind(c.item.imei);
  if (auto status = query.bind(cut(c.item.reason)).run(); !status)
    return or_missing(status, no_sync_report(c.report));
  if (connection_.changed_rows() == 0) return exists_already("item " + std::to_string(c.item.number));
  return {};
}

Status SqliteChanges::operator()(const PutSyncNamed& c) {
  Query query(connection_, Sql::put_sync_named);
  query.bind(c.named.imsi).bind(c.named.source).bind(c.named.suspended);
  return or_missing(query.run(), no_subscriber(c.named.imsi));
}

Status SqliteChanges::operator()(const RemoveSyncNamed& c) {
  return Query(connection_, Sql::remove_sync_named).bind(c.imsi).run();
}

Result<std::optional<Job>> SqliteReads::job(std::int64_t id) {
  Query query(connection_, Sql::job);
  return first<Job>(query.bind(id), take_job);
}

Result<std::vector<Job>> SqliteReads::jobs(std::int64_t after, std::size_t limit) {
  Query query(connection_, Sql::jobs);
  return all<Job>(query.bind(after).bind(rows(limit)), take_job);
}

Result<std::vector<JobRow>> SqliteReads::job_rows(std::int64_t job, std::uint64_t after, std::size_t limit) {
  Query query(connection_, Sql::job_rows);
  return all<JobRow>(query.bind(job).bind(after).bind(rows(limit)), take_job_row);
}

Result<std::vector<SyncReport>> SqliteReads::sync_reports(std::int64_t after, std::size_t limit) {
  Query query(connection_, Sql::sync_reports);
  return all<SyncReport>(query.bind(after).bind(rows(limit)), take_report);
}

Result<std::vector<SyncItem>> SqliteReads::sync_items(std::int64_t report, std::uint64_t after,
                                                      std::size_t limit) {
  Query query(connection_, Sql::sync_items);
  return all<SyncItem>(query.bind(report).bind(after).bind(rows(limit)), take_item);
}

Result<std::vector<SyncNamed>> SqliteReads::sync_named(std::optional<Imsi> after, std::size_t limit) {
  Query query(connection_, Sql::sync_named);
  query.bind(after ? column_of(*after) : std::numeric_limits<std::int64_t>::min()).bind(rows(limit));
  return all<SyncNamed>(query, take_named);
}

Result<std::optional<SyncNamed>> SqliteReads::sync_named_of(const Imsi& imsi) {
  Query query(connection_, Sql::sync_named_of);
  return first<SyncNamed>(query.bind(imsi), take_named);
}

}  // namespace simbiont::store

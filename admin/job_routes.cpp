// /v1/jobs
#include <array>
#include <charconv>

#include "admin/fields.h"
#include "admin/jobs.h"

namespace simbiont::admin {
namespace {

Json show(const hss::Live& live, const store::Job& job) {
  // Offline nobody works at it: it was cut off.
  const bool cut_off = job.state == store::JobState::running && !live.running();
  return {{"id", job.id},
          {"name", job.name},
          {"state", cut_off ? name(store::JobState::interrupted) : name(job.state)},
          {"dry_run", job.dry_run},
          {"rows", job.rows},
          {"done", job.done},
          {"unchanged", job.unchanged},
          {"refused", job.refused},
          {"waiting", job.rows - job.reached()},
          {"repeats", job.repeats},
          {"started_by", job.started_by},
          {"created", time(job.created_at)},
          {"ended", time(job.ended_at)},
          {"reason", cut_off ? "the tool that ran it ended" : job.reason}};
}

Json show_row(const store::JobRow& row) {
  const JobValues values = read_job_values(row.fields);
  Json out{{"line", row.line}};
  for (std::size_t i = 0; i < job_columns.size(); ++i) out[std::string(job_columns[i].name)] = values[i];
  out["result"] = name(row.result);
  out["reason"] = row.reason;
  return out;
}

// With no HSS running, this process runs the job to its end.
void run_offline(Call& call) {
  if (call.live.running()) return;
  while (call.jobs.step(call)) {
  }
}

Result<Json> shown_after_run(Call& call, std::int64_t id, bool resumed) {
  run_offline(call);
  const auto job = find_job(call.live.store(), std::to_string(id));
  if (!job) return job.error();
  Json out = show(call.live, *job);
  out["resumed"] = resumed;
  return out;
}

Result<Json> begin(Call& call) {
  if (auto known = only_fields(call.body, {"name", "dry_run", "again"}); !known) return known.error();
  JobDesk::Begin begin;
  auto given = required_text(call.body, "name");
  if (!given) return given.error();
  if (given->size() > store::name_limit) return error(Errc::invalid_argument, "'name' is too long");
  begin.name = *std::move(given);
  const auto dry_run = flag(call.body, "dry_run");
  if (!dry_run) return dry_run.error();
  const auto again = flag(call.body, "again");
  if (!again) return again.error();
  begin.dry_run = *dry_run;
  begin.again = *again;
  const auto job = call.jobs.begin(call.live, begin);
  if (!job) return job.error();
  return show(call.live, *job);
}

Result<Json> append(Call& call) {
  const auto rows = call.jobs.append(call.live, call.arguments[0], call.raw);
  if (!rows) return rows.error();
  return Json{{"rows", *rows}};
}

Result<Json> start(Call& call) {
  const auto started = call.jobs.start(call.live, call.arguments[0]);
  if (!started) return started.error();
  return shown_after_run(call, started->job.id, started->resumed);
}

Result<Json> resume(Call& call) {
  const auto job = call.jobs.resume(call.live, call.arguments[0]);
  if (!job) return job.error();
  return shown_after_run(call, job->id, true);
}

Result<Json> cancel(Call& call) {
  const auto job = call.jobs.cancel(call.live, call.arguments[0]);
  if (!job) return job.error();
  return show(call.live, *job);
}

Result<Json> get(Call& call) {
  const auto job = find_job(call.live.store(), call.arguments[0]);
  if (!job) return job.error();
  return show(call.live, *job);
}

// Of a listing by number.
Result<std::uint64_t> number_after(const Call& call) {
  const std::string key = page_after(call);
  std::uint64_t after = 0;
  const auto [end, failed] = std::from_chars(key.data(), key.data() + key.size(), after);
  if (!key.empty() && (failed != std::errc() || end != key.data() + key.size() || after >> 62 != 0))
    return error(Errc::invalid_argument, "'after' is not a number");
  return after;
}

Result<Json> list(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  const auto after = number_after(call);
  if (!after) return after.error();
  const auto jobs = call.live.store().jobs(static_cast<std::int64_t>(*after), *limit);
  if (!jobs) return jobs.error();
  Json items = Json::array();
  for (const store::Job& job : *jobs) items.push_back(show(call.live, job));
  return page(std::move(items), jobs->size() == *limit ? std::to_string(jobs->back().id) : "");
}

Result<Json> rows(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  const auto after = number_after(call);
  if (!after) return after.error();
  const auto job = find_job(call.live.store(), call.arguments[0]);
  if (!job) return job.error();
  const auto found = call.live.store().job_rows(job->id, *after, *limit);
  if (!found) return found.error();
  Json items = Json::array();
  for (const store::JobRow& row : *found) items.push_back(show_row(row));
  return page(std::move(items), found->size() == *limit ? std::to_string(found->back().number) : "");
}

constexpr std::array<Route, 8> routes{
    {{"GET", "/v1/jobs", Access::read, Role::viewer, list},
     {"POST", "/v1/jobs", Access::change, Role::operator_, begin},
     {"GET", "/v1/jobs/{}", Access::read, Role::viewer, get},
     {"GET", "/v1/jobs/{}/rows", Access::read, Role::viewer, rows},
     {"POST", "/v1/jobs/{}/rows", Access::importing, Role::operator_, append},
     {"POST", "/v1/jobs/{}/start", Access::change, Role::operator_, start},
     {"POST", "/v1/jobs/{}/resume", Access::change, Role::operator_, resume},
     {"POST", "/v1/jobs/{}/cancel", Access::change, Role::operator_, cancel}}};

}  // namespace

std::span<const Route> job_routes() { return routes; }

}  // namespace simbiont::admin

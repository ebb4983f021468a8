#include "admin/jobs.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "admin/imports.h"
#include "crypto/hmac.h"

namespace simbiont::admin {
namespace {

constexpr std::int64_t quiet_ms = 5'000;
constexpr std::size_t prune_rows = 1'000;

bool store_failed(const Error& e) {
  return e.code == Errc::io || e.code == Errc::corrupt || e.code == Errc::unavailable;
}

std::string counts_of(const store::Job& job) {
  return "job " + std::to_string(job.id) + " (" + job.name + "): " + std::to_string(job.rows) + " rows, " +
         std::to_string(job.done) + " done, " + std::to_string(job.unchanged) + " unchanged, " +
         std::to_string(job.refused) + " refused" + (job.dry_run ? ", dry run" : "");
}

Result<std::vector<store::Job>> all_jobs(store::Store& store) { return store.jobs(0, 10 * jobs_kept); }

void count(store::Job& job, store::RowResult result) {
  if (result == store::RowResult::done) ++job.done;
  if (result == store::RowResult::unchanged) ++job.unchanged;
  if (result == store::RowResult::refused) ++job.refused;
}

// What an earlier job of the same content says of a row; its own number when it did the row itself.
std::optional<std::string> done_before(const std::vector<store::JobRow>& earlier, std::uint64_t number,
                                       std::int64_t job) {
  for (const store::JobRow& row : earlier) {
    if (row.number != number) continue;
    if (row.result == store::RowResult::unchanged && row.reason.starts_with("done by job "))
      return row.reason;
    if (row.result == store::RowResult::done || row.result == store::RowResult::unchanged)
      return "done by job " + std::to_string(job);
  }
  return std::nullopt;
}

}  // namespace

Result<store::Job> find_job(store::Store& store, std::string_view id) {
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (failed != std::errc() || end != id.data() + id.size())
    return error(Errc::invalid_argument, "a job's id is a number");
  auto job = store.job(number);
  if (!job) return job.error();
  if (!*job) return error(Errc::not_found, "no job " + std::to_string(number));
  return **std::move(job);
}

Status JobDesk::put(hss::Live& live, const store::Job& job, std::string_view event) {
  return live.transact([&](store::Store&) -> Result<store::Changes> {
    store::Changes changes{store::PutJob{job}};
    if (!event.empty()) {
      const std::string why = job.reason.empty() ? "" : ": " + job.reason;
      changes.push_back(audit(live, event, {}, counts_of(job) + why));
    }
    return changes;
  });
}

Result<store::Job> JobDesk::begin(hss::Live& live, const Begin& begin) {
  if (upload_ && live.now() - upload_->heard_at <= options_.import_idle_ms)
    return error(Errc::refused, "another job is being uploaded");
  if (auto gone = give_up_upload(live); !gone) return gone.error();
  const auto jobs = all_jobs(live.store());
  if (!jobs) return jobs.error();
  const auto open = std::count_if(jobs->begin(), jobs->end(), [](const auto& j) { return !ended(j.state); });
  if (open >= static_cast<std::ptrdiff_t>(jobs_kept))
    return error(Errc::refused, std::to_string(open) + " jobs have not ended: cancel some");
  Upload upload;
  upload.job.id = jobs->empty() ? 1 : jobs->back().id + 1;
  upload.job.name = begin.name;
  upload.job.dry_run = begin.dry_run;
  upload.job.created_at = upload.heard_at = live.now();
  upload.again = begin.again;
  if (auto done = put(live, upload.job, ""); !done) return done.error();
  upload_ = std::move(upload);
  return upload_->job;
}

Result<JobDesk::Upload*> JobDesk::find_upload(hss::Live& live, std::string_view id) {
  if (!upload_ || std::to_string(upload_->job.id) != id)
    return error(Errc::not_found, "no such upload: it ended or was given up");
  upload_->heard_at = live.now();
  return &*upload_;
}

Status JobDesk::give_up_upload(hss::Live& live) {
  if (!upload_) return {};
  const std::int64_t id = upload_->job.id;
  for (std::uint64_t left = upload_->job.rows + 1; left > 0;
       left -= std::min<std::uint64_t>(left, prune_rows)) {
    const Status done = live.transact([&](store::Store&) -> Result<store::Changes> {
      return store::Changes{store::PruneJob{id, prune_rows}};
    });
    if (!done) return done;
  }
  upload_.reset();
  return {};
}

// nullopt at the end of the chunk, or when the header is wrong.
std::optional<store::JobRow> JobDesk::next_row(csv::Parser& parser, Status& wrong) {
  csv::Record record;
  for (;;) {
    const auto item = parser.next(record);
    if (item == csv::Parser::Item::end) return std::nullopt;
    const bool malformed = item == csv::Parser::Item::malformed;
    if (!upload_->header) {
      if (malformed) {
        wrong = error(Errc::invalid_argument, parser.problem());
        return std::nullopt;
      }
      auto header = csv::Header::parse(record, job_columns);
      if (!header) {
        wrong = header.error();
        return std::nullopt;
      }
      upload_->header = *std::move(header);
      continue;
    }
    store::JobRow row{upload_->job.rows + 1, record.line, {}, store::RowResult::waiting, {}};
    if (malformed) {
      row.reason = parser.problem();
    } else if (record.fields.size() != upload_->header->width()) {
      row.reason = "the row has " + std::to_string(record.fields.size()) + " fields, the header " +
                   std::to_string(upload_->header->width());
    } else if (auto fields = store_job_values(*upload_->header, record)) {
      row.fields = *std::move(fields);
    } else {
      row.reason = fields.error().message;
    }
    return row;
  }
}

Status JobDesk::append_rows(hss::Live& live, csv::Parser& parser) {
  Status wrong;
  for (bool more = true; more;) {
    Upload& upload = *upload_;
    const store::Job before = upload.job;
    store::AddJobRows add{upload.job.id, {}};
    while (add.rows.size() < batch_.rows(live)) {
      auto row = next_row(parser, wrong);
      more = row.has_value();
      if (!wrong) return wrong;
      if (!more) break;
      if (upload.job.rows == store::job_row_limit)
        return error(Errc::refused, "a job has at most " + std::to_string(store::job_row_limit) + " rows");
      const std::string content = row->fields + '\n' + row->reason;
      upload.digest = crypto::hmac_sha256(upload.digest, as_bytes(content));
      ++upload.job.rows;
      add.rows.push_back(*std::move(row));
    }
    const Status done = batch_.transact(live, [&](store::Store&) -> Result<store::Changes> {
      return store::Changes{std::move(add), store::PutJob{upload.job}};
    });
    if (done.ok()) continue;
    upload.job = before;
    return done;
  }
  return {};
}

Result<std::uint64_t> JobDesk::append(hss::Live& live, std::string_view id, std::string_view chunk) {
  const auto found = find_upload(live, id);
  if (!found) return found.error();
  csv::Parser parser(chunk, upload_->next_line);
  if (auto done = append_rows(live, parser); !done) {
    (void)give_up_upload(live);
    return done.error();
  }
  upload_->next_line = parser.line();
  upload_->heard_at = live.now();
  return upload_->job.rows;
}

Result<JobDesk::Started> JobDesk::start(hss::Live& live, std::string_view id) {
  const auto found = find_upload(live, id);
  if (!found) return found.error();
  if (!upload_->header || upload_->job.rows == 0) {
    (void)give_up_upload(live);
    return error(Errc::invalid_argument, "the file has no rows");
  }
  store::Job job = upload_->job;
  job.digest = to_hex(upload_->digest);
  job.state = store::JobState::running;
  const auto jobs = all_jobs(live.store());
  if (!jobs) return jobs.error();
  for (auto earlier = jobs->rbegin(); earlier != jobs->rend(); ++earlier) {
    if (upload_->again || job.dry_run || earlier->dry_run || earlier->digest != job.digest) continue;
    if (ended(earlier->state)) {
      job.repeats = earlier->id;
      break;
    }
    if (auto gone = give_up_upload(live); !gone) return gone.error();
    if (earlier->state == store::JobState::running) return Started{*earlier, true};
    auto resumed = resume(live, std::to_string(earlier->id));
    if (!resumed) return resumed.error();
    return Started{*std::move(resumed), true};
  }
  if (auto done = put(live, job, "job-started"); !done) return done.error();
  upload_.reset();
  return Started{std::move(job), false};
}

Result<store::Job> JobDesk::resume(hss::Live& live, std::string_view id) {
  auto job = find_job(live.store(), id);
  if (!job) return job;
  // With no HSS running, nobody works at a job that was cut off.
  const bool cut_off = job->state == store::JobState::running && !live.running();
  if (job->state != store::JobState::interrupted && !cut_off)
    return error(Errc::refused, "job " + std::to_string(job->id) + " is " + std::string(name(job->state)));
  job->state = store::JobState::running;
  job->reason.clear();
  quiet_until_ = 0;
  if (auto done = put(live, *job, "job-resumed"); !done) return done.error();
  return job;
}

Result<store::Job> JobDesk::cancel(hss::Live& live, std::string_view id) {
  auto job = find_job(live.store(), id);
  if (!job) return job;
  if (ended(job->state))
    return error(Errc::refused, "job " + std::to_string(job->id) + " is " + std::string(name(job->state)));
  if (upload_ && upload_->job.id == job->id) upload_.reset();
  job->state = store::JobState::cancelled;
  job->ended_at = live.now();
  if (auto done = put(live, *job, "job-cancelled"); !done) return done.error();
  return job;
}

Status JobDesk::run_group(const Call& call, const store::Job& job, std::size_t limit) {
  const auto rows = call.live.store().job_rows(job.id, job.reached(), limit);
  if (!rows) return rows.error();
  if (rows->empty()) return error(Errc::corrupt, "the job lacks rows");
  std::vector<store::JobRow> earlier;
  if (job.repeats != 0) {
    auto read = call.live.store().job_rows(job.repeats, job.reached(), limit);
    if (!read) return read.error();
    earlier = *std::move(read);
  }
  return batch_.transact(call.live, [&](store::Store& store) -> Result<store::Changes> {
    store::Changes changes;
    store::Job after = job;
    std::set<std::string> named;
    bool after_lone = false;
    for (const store::JobRow& row : *rows) {
      store::RowResult result = store::RowResult::refused;
      std::string reason = row.reason;
      if (auto before = done_before(earlier, row.number, job.repeats)) {
        result = store::RowResult::unchanged;
        reason = *std::move(before);
      } else if (reason.empty()) {
        const JobValues values = read_job_values(row.fields);
        // What a row finds must not be what an earlier one of this group is about to change.
        const bool alone = runs_alone(values);
        if ((alone || after_lone || !named.insert(job_imsi(values)).second) && !changes.empty()) break;
        after_lone = alone;
        auto outcome = run_job_row(store, call, values);
        if (!outcome && store_failed(outcome.error())) return outcome.error();
        if (outcome) {
          result = outcome->unchanged ? store::RowResult::unchanged : store::RowResult::done;
          reason = std::move(outcome->remark);
          if (!job.dry_run)
            std::move(outcome->changes.begin(), outcome->changes.end(), std::back_inserter(changes));
        } else {
          reason = outcome.error().message;
        }
      }
      changes.push_back(store::SetJobRow{job.id, row.number, result, std::move(reason)});
      count(after, result);
    }
    if (after.reached() >= job.rows) {
      after.state = store::JobState::finished;
      after.ended_at = call.live.now();
      changes.push_back(audit(call.live, "job-finished", {}, counts_of(after)));
    }
    changes.push_back(store::PutJob{std::move(after)});
    return changes;
  });
}

std::optional<std::chrono::microseconds> JobDesk::step(const Call& call) {
  hss::Live& live = call.live;
  if (live.now() < quiet_until_ || call.imports.busy(live)) return std::nullopt;
  const auto jobs = all_jobs(live.store());
  if (!jobs) return std::nullopt;
  const auto running = std::find_if(jobs->begin(), jobs->end(),
                                    [](const auto& j) { return j.state == store::JobState::running; });
  if (running == jobs->end()) {
    if (prune(live)) return batch_.took();
    return std::nullopt;
  }
  const std::size_t limit = most_ == 0 ? batch_.rows(live) : most_;
  const Status done = run_group(call, *running, limit);
  if (done.ok()) {
    most_ = 0;
    return batch_.took();
  }
  if (store_failed(done.error())) {
    store::Job stopped = *running;
    stopped.state = store::JobState::interrupted;
    stopped.reason = done.error().message;
    (void)put(live, stopped, "job-interrupted");
    quiet_until_ = live.now() + quiet_ms;
    return std::nullopt;
  }
  // A change that only the store refuses: the rows one by one, and that one is refused.
  if (limit > 1) {
    most_ = 1;
    return batch_.took();
  }
  const Status refused = live.transact([&](store::Store&) -> Result<store::Changes> {
    store::Job after = *running;
    ++after.refused;
    return store::Changes{
        store::SetJobRow{after.id, after.reached(), store::RowResult::refused, done.error().message},
        store::PutJob{after}};
  });
  if (!refused) quiet_until_ = live.now() + quiet_ms;
  return batch_.took();
}

// Ended jobs beyond what is kept, and uploads that nobody finishes; true when there may be more to do.
bool JobDesk::prune(hss::Live& live) {
  const auto jobs = all_jobs(live.store());
  if (!jobs) return false;
  const bool idle = upload_ && live.now() - upload_->heard_at > options_.import_idle_ms;
  if (idle) upload_.reset();
  std::uint64_t rows = 0;
  std::size_t kept = 0;
  std::optional<std::int64_t> doomed;
  for (auto job = jobs->rbegin(); job != jobs->rend(); ++job) {
    const bool abandoned =
        job->state == store::JobState::uploading && !(upload_ && upload_->job.id == job->id);
    rows += job->rows;
    ++kept;
    const bool too_many = ended(job->state) && (kept > jobs_kept || rows > job_rows_kept);
    const bool needed = std::any_of(jobs->begin(), jobs->end(), [&](const auto& other) {
      return !ended(other.state) && other.repeats == job->id;
    });
    if (abandoned || (too_many && !needed)) doomed = job->id;
  }
  if (!doomed) return false;
  const Status done = batch_.transact(live, [&](store::Store&) -> Result<store::Changes> {
    return store::Changes{store::PruneJob{*doomed, prune_rows}};
  });
  if (!done) quiet_until_ = live.now() + quiet_ms;
  return done.ok();
}

}  // namespace simbiont::admin

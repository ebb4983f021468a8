// Bulk jobs: a file of operations, a row each, with what became of every row. And the one-way sync from the
// operator's own list of IMSI-IMEI pairs: its reports, and the IMSIs that it decides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digits.h"
#include "base/result.h"

namespace simbiont::store {

enum class JobState : std::uint8_t { uploading, running, interrupted, finished, cancelled };
std::string_view name(JobState state);
inline bool ended(JobState state) { return state == JobState::finished || state == JobState::cancelled; }

enum class RowResult : std::uint8_t { waiting, done, unchanged, refused };
std::string_view name(RowResult result);

struct Job {
  std::int64_t id = 0;
  std::string name;
  std::string digest;  // of the rows' content
  std::string started_by;
  bool dry_run = false;
  std::int64_t repeats =
      0;  // an earlier job of the same content, whose done rows are not done again; 0: none
  JobState state = JobState::uploading;
  std::string reason;  // why it is interrupted
  UnixMs created_at = 0, ended_at = 0;
  std::uint64_t rows = 0, done = 0, unchanged = 0, refused = 0;

  // Rows have their turn in their order.
  std::uint64_t reached() const { return done + unchanged + refused; }
};

struct JobRow {
  std::uint64_t number = 0;  // from 1
  std::uint64_t line = 0;    // of the file
  std::string fields;        // a CSV record, in the order of the jobs' columns
  RowResult result = RowResult::waiting;
  std::string reason;
};

struct SyncReport {
  std::int64_t id = 0;
  std::string source;  // folder, postgresql
  std::string input;   // the file's name
  bool dry_run = false;
  std::string result;  // running, done, refused, failed
  std::string reason;
  UnixMs started_at = 0, ended_at = 0;
  std::uint64_t rows = 0, added = 0, removed = 0, modes = 0, unchanged = 0, missing = 0, refused = 0;
};

// One line of a report: what was added, removed, refused, and why.
struct SyncItem {
  std::uint64_t number = 0;  // from 1
  std::string action;        // added, removed, mode, missing, refused
  std::string imsi, imei, reason;
};

// An IMSI that a source named last.
struct SyncNamed {
  Imsi imsi;
  std::string source;
  bool suspended = false;  // by the sync, when the source named it no more
};

inline constexpr std::uint64_t job_row_limit = 1'000'000;
inline constexpr std::size_t job_fields_limit = 512;  // octets
inline constexpr std::size_t sync_report_limit = 50;
inline constexpr std::size_t sync_item_limit = 10'000;  // of a report

// Inserts, or replaces the record; its rows stay.
struct PutJob {
  Job job;
};
// Numbers go on from those that are there. not_found without the job.
struct AddJobRows {
  std::int64_t job;
  std::vector<JobRow> rows;
};
// not_found without the row. reason is cut to text_limit octets.
struct SetJobRow {
  std::int64_t job;
  std::uint64_t number;
  RowResult result;
  std::string reason;
};
// Removes at most `rows` of its rows, and the job with the last one; nothing when there is none.
struct PruneJob {
  std::int64_t job;
  std::size_t rows;
};

// Inserts or replaces; the last sync_report_limit reports stay.
struct PutSyncReport {
  SyncReport report;
};
// not_found without the report; already_exists when the number is there.
struct AddSyncItem {
  std::int64_t report;
  SyncItem item;
};
// Inserts or replaces. not_found without the subscriber; goes with it.
struct PutSyncNamed {
  SyncNamed named;
};
struct RemoveSyncNamed {
  Imsi imsi;
};

// The reads of all this, part of Store.
class JobReads {
 public:
  virtual ~JobReads() = default;
  virtual Result<std::optional<Job>> job(std::int64_t id) = 0;
  // Ascending by id, after the given one.
  virtual Result<std::vector<Job>> jobs(std::int64_t after, std::size_t limit) = 0;
  virtual Result<std::vector<JobRow>> job_rows(std::int64_t job, std::uint64_t after, std::size_t limit) = 0;

  virtual Result<std::vector<SyncReport>> sync_reports(std::int64_t after, std::size_t limit) = 0;
  virtual Result<std::vector<SyncItem>> sync_items(std::int64_t report, std::uint64_t after,
                                                   std::size_t limit) = 0;
  // Ascending by Imsi::key().
  virtual Result<std::vector<SyncNamed>> sync_named(std::optional<Imsi> after, std::size_t limit) = 0;
  virtual Result<std::optional<SyncNamed>> sync_named_of(const Imsi& imsi) = 0;
};

}  // namespace simbiont::store

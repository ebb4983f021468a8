// Bulk jobs: a file of operations is uploaded row by row, then run by the HSS itself, group by group. Unlike
// an import, a bad row does not stop the others: each has its own result, committed with what it changed, so
// that a job that was cut off goes on where it stopped.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "admin/api.h"
#include "admin/batch.h"
#include "admin/job_ops.h"
#include "base/bytes.h"

namespace simbiont::admin {

// Ended jobs beyond these are forgotten, the oldest first.
inline constexpr std::size_t jobs_kept = 100;
inline constexpr std::uint64_t job_rows_kept = 2'000'000;

class JobDesk {
 public:
  explicit JobDesk(const Options& options) : options_(options) {}

  struct Begin {
    std::string name;
    bool dry_run = false;
    bool again = false;  // also what an earlier job of the same content did
  };
  // One upload at a time; refused while another is under way.
  Result<store::Job> begin(hss::Live& live, const Begin& begin);
  // chunk: complete records, in the order of the file. Gives the rows so far. With a bad header the upload is
  // over.
  Result<std::uint64_t> append(hss::Live& live, std::string_view id, std::string_view chunk);
  struct Started {
    store::Job job;
    bool resumed = false;  // an earlier job of the same content, which goes on instead
  };
  Result<Started> start(hss::Live& live, std::string_view id);
  // refused unless it is interrupted.
  Result<store::Job> resume(hss::Live& live, std::string_view id);
  // What has not had its turn is left; refused when the job has ended.
  Result<store::Job> cancel(hss::Live& live, std::string_view id);

  // One group of rows of the job that runs, or one step of tidying up. call: for the handlers of rows. The
  // time to leave to others before the next step; nullopt: there is nothing to do.
  std::optional<std::chrono::microseconds> step(const Call& call);

 private:
  struct Upload {
    store::Job job;
    std::optional<csv::Header> header;
    bool again = false;
    std::uint64_t next_line = 1;
    ByteArray<32> digest{};
    UnixMs heard_at = 0;
  };

  Result<Upload*> find_upload(hss::Live& live, std::string_view id);
  Status append_rows(hss::Live& live, csv::Parser& parser);
  std::optional<store::JobRow> next_row(csv::Parser& parser, Status& wrong);
  Status give_up_upload(hss::Live& live);
  Status put(hss::Live& live, const store::Job& job, std::string_view event);
  Status run_group(const Call& call, const store::Job& job, std::size_t limit);
  bool prune(hss::Live& live);

  const Options options_;
  std::optional<Upload> upload_;
  Batch batch_{2'000};
  std::size_t most_ = 0;    // rows of the next group, when one of a larger group failed; 0: as many as fit
  UnixMs quiet_until_ = 0;  // after the store failed
};

// not_found when it is none.
Result<store::Job> find_job(store::Store& store, std::string_view id);

}  // namespace simbiont::admin

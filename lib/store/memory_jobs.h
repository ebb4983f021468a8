// Jobs and the sync's records in the store in memory.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "store/memory_epochs.h"
#include "store/memory_tables.h"
#include "store/store.h"

namespace simbiont::store {

using Undo = std::vector<std::function<void()>>;

// One change; how to take it back is appended to `undo`.
Status apply_job_change(Tables& tables, const PutJob& c, Undo& undo);
Status apply_job_change(Tables& tables, const AddJobRows& c, Undo& undo);
Status apply_job_change(Tables& tables, const SetJobRow& c, Undo& undo);
Status apply_job_change(Tables& tables, const PruneJob& c, Undo& undo);
Status apply_job_change(Tables& tables, const PutSyncReport& c, Undo& undo);
Status apply_job_change(Tables& tables, const AddSyncItem& c, Undo& undo);
Status apply_job_change(Tables& tables, const PutSyncNamed& c, Undo& undo);
Status apply_job_change(Tables& tables, const RemoveSyncNamed& c, Undo& undo);

template <class Change>
concept JobChange = requires(Tables& tables, const Change& c, Undo& undo) {
  apply_job_change(tables, c, undo);
};

class MemoryJobs : public MemoryReads {
 public:
  Result<std::optional<Job>> job(std::int64_t id) override;
  Result<std::vector<Job>> jobs(std::int64_t after, std::size_t limit) override;
  Result<std::vector<JobRow>> job_rows(std::int64_t job, std::uint64_t after, std::size_t limit) override;
  Result<std::vector<SyncReport>> sync_reports(std::int64_t after, std::size_t limit) override;
  Result<std::vector<SyncItem>> sync_items(std::int64_t report, std::uint64_t after,
                                           std::size_t limit) override;
  Result<std::vector<SyncNamed>> sync_named(std::optional<Imsi> after, std::size_t limit) override;
  Result<std::optional<SyncNamed>> sync_named_of(const Imsi& imsi) override;
};

}  // namespace simbiont::store

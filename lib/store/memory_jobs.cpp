#include "store/memory_jobs.h"

#include "store/check.h"

namespace simbiont::store {
namespace {

template <class Map>
void save(Map& map, const typename Map::key_type& key, Undo& undo) {
  std::optional<typename Map::mapped_type> before;
  if (const auto found = map.find(key); found != map.end()) before = found->second;
  undo.push_back([&map, key, before] {
    if (before) {
      map.insert_or_assign(key, *before);
    } else {
      map.erase(key);
    }
  });
}

template <class Map>
void put(Map& map, const typename Map::key_type& key, typename Map::mapped_type value, Undo& undo) {
  save(map, key, undo);
  map.insert_or_assign(key, std::move(value));
}

template <class Map>
void remove(Map& map, typename Map::key_type key, Undo& undo) {
  save(map, key, undo);
  map.erase(key);
}

// Entries of one owner, in the order of their numbers.
template <class Map>
typename Map::const_iterator from_number(const Map& map, std::int64_t owner, std::uint64_t after) {
  return map.upper_bound({owner, after});
}

template <class Value, class Map>
std::vector<Value> owned(const Map& map, std::int64_t owner, std::uint64_t after, std::size_t limit) {
  std::vector<Value> out;
  for (auto it = from_number(map, owner, after); it != map.end() && it->first.first == owner; ++it) {
    if (out.size() == limit) break;
    out.push_back(it->second);
  }
  return out;
}

template <class Value, class Map, class Key>
std::vector<Value> listed(const Map& map, const Key& after, std::size_t limit) {
  std::vector<Value> out;
  for (auto it = map.upper_bound(after); it != map.end() && out.size() < limit; ++it)
    out.push_back(it->second);
  return out;
}

template <class Map>
std::optional<typename Map::mapped_type> one(const Map& map, const typename Map::key_type& key) {
  const auto found = map.find(key);
  if (found == map.end()) return std::nullopt;
  return found->second;
}

}  // namespace

Status apply_job_change(Tables& tables, const PutJob& c, Undo& undo) {
  put(tables.jobs, c.job.id, c.job, undo);
  return {};
}

Status apply_job_change(Tables& tables, const AddJobRows& c, Undo& undo) {
  if (!tables.jobs.contains(c.job)) return no_job(c.job);
  for (const JobRow& row : c.rows) {
    if (tables.job_rows.contains({c.job, row.number}))
      return exists_already("row " + std::to_string(row.number));
    put(tables.job_rows, {c.job, row.number}, row, undo);
  }
  return {};
}

Status apply_job_change(Tables& tables, const SetJobRow& c, Undo& undo) {
  const auto found = tables.job_rows.find({c.job, c.number});
  if (found == tables.job_rows.end()) return no_job(c.job);
  save(tables.job_rows, found->first, undo);
  found->second.result = c.result;
  found->second.reason = cut(c.reason);
  return {};
}

Status apply_job_change(Tables& tables, const PruneJob& c, Undo& undo) {
  for (const JobRow& row : owned<JobRow>(tables.job_rows, c.job, 0, c.rows))
    remove(tables.job_rows, {c.job, row.number}, undo);
  if (owned<JobRow>(tables.job_rows, c.job, 0, 1).empty()) remove(tables.jobs, c.job, undo);
  return {};
}

Status apply_job_change(Tables& tables, const PutSyncReport& c, Undo& undo) {
  put(tables.sync_reports, c.report.id, c.report, undo);
  while (tables.sync_reports.size() > sync_report_limit) {
    const std::int64_t oldest = tables.sync_reports.begin()->first;
    for (const SyncItem& item : owned<SyncItem>(tables.sync_items, oldest, 0, sync_item_limit))
      remove(tables.sync_items, {oldest, item.number}, undo);
    remove(tables.sync_reports, oldest, undo);
  }
  return {};
}

Status apply_job_change(Tables& tables, const AddSyncItem& c, Undo& undo) {
  if (!tables.sync_reports.contains(c.report)) return no_sync_report(c.report);
  if (tables.sync_items.contains({c.report, c.item.number}))
    return exists_already("item " + std::to_string(c.item.number));
  SyncItem item = c.item;
  item.reason = cut(item.reason);
  put(tables.sync_items, {c.report, c.item.number}, std::move(item), undo);
  return {};
}

Status apply_job_change(Tables& tables, const PutSyncNamed& c, Undo& undo) {
  if (!tables.rows.contains(c.named.imsi)) return no_subscriber(c.named.imsi);
  put(tables.sync_named, c.named.imsi, c.named, undo);
  return {};
}

Status apply_job_change(Tables& tables, const RemoveSyncNamed& c, Undo& undo) {
  remove(tables.sync_named, c.imsi, undo);
  return {};
}

Result<std::optional<Job>> MemoryJobs::job(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  return one(tables_.jobs, id);
}
Result<std::vector<Job>> MemoryJobs::jobs(std::int64_t after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return listed<Job>(tables_.jobs, after, limit);
}
Result<std::vector<JobRow>> MemoryJobs::job_rows(std::int64_t job, std::uint64_t after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return owned<JobRow>(tables_.job_rows, job, after, limit);
}
Result<std::vector<SyncReport>> MemoryJobs::sync_reports(std::int64_t after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return listed<SyncReport>(tables_.sync_reports, after, limit);
}
Result<std::vector<SyncItem>> MemoryJobs::sync_items(std::int64_t report, std::uint64_t after,
                                                     std::size_t limit) {
  const std::lock_guard lock(mutex_);
  return owned<SyncItem>(tables_.sync_items, report, after, limit);
}
Result<std::vector<SyncNamed>> MemoryJobs::sync_named(std::optional<Imsi> after, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  if (after) return listed<SyncNamed>(tables_.sync_named, *after, limit);
  std::vector<SyncNamed> out;
  for (auto it = tables_.sync_named.begin(); it != tables_.sync_named.end() && out.size() < limit; ++it)
    out.push_back(it->second);
  return out;
}
Result<std::optional<SyncNamed>> MemoryJobs::sync_named_of(const Imsi& imsi) {
  const std::lock_guard lock(mutex_);
  return one(tables_.sync_named, imsi);
}

}  // namespace simbiont::store

// The one-way sync: the operator's own list of IMSI-IMEI pairs decides the associations of the IMSIs that it
// names. It runs on a thread of its own, and comes to the store between other changes.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "admin/api.h"
#include "admin/batch.h"
#include "admin/json.h"
#include "admin/sync_plan.h"
#include "source/drop_folder.h"

namespace simbiont::admin {

struct SyncOrder {
  std::string source;           // folder, postgresql
  bool dry_run = false;         // the report says what would be done
  bool allow_removals = false;  // for this once, more than max_removals_percent
};

// How a source fares.
struct SyncStatus {
  UnixMs tried_at = 0, next_at = 0, failing_since = 0;
  std::uint64_t failures = 0;  // one after the other
  std::string failure;
  std::int64_t report = 0;  // the last one; 0: none since the start
};

class SyncDesk {
 public:
  // Live::transact at a moment when nothing else changes, in a batch's measure.
  using Transact = std::function<Status(Batch&, const hss::Live::Decide&)>;

  SyncDesk(hss::Live& live, const Options& options, Transact transact);

  // One run, in the caller's thread; one at a time. The report's number; 0: the folder holds no file.
  Result<std::int64_t> run(const SyncOrder& order);
  // Runs what is due.
  void on_time();
  // Runs end within a second.
  void stop() { stop_ = true; }

  bool has(std::string_view source) const;
  SyncStatus status(std::string_view source) const;

 private:
  struct Work;

  Result<std::int64_t> run_source(const SyncOrder& order, bool by_hand);
  Result<std::optional<source::PairList>> read(const SyncOrder& order, std::string& input);
  Status account(Work& work, const SyncPlan& plan);
  Status apply(Work& work, const std::vector<SyncStep>& steps);
  Status apply_group(Work& work, const std::vector<SyncStep>& steps, std::size_t from, std::size_t& to);
  Status add_items(Work& work, const std::vector<store::SyncItem>& items);
  Status begin(Work& work);
  Status finish(Work& work);
  void put_away(const Work& work);
  void note(const SyncOrder& order, const Status& done, std::int64_t report, bool by_hand);
  source::DropFolder folder() const;
  SyncRules rules(const SyncOrder& order) const;

  hss::Live& live_;
  const Options options_;
  const Transact transact_;
  std::atomic<bool> stop_ = false;
  std::mutex running_;
  mutable std::mutex status_mutex_;
  std::array<SyncStatus, 2> status_;  // folder, postgresql
  std::string last_outcome_;          // of the query, when it changed nothing
  std::string stuck_;                 // a file that could not be moved away: not read again until it changes
};

Json show_sync_report(const store::SyncReport& report);
Json show_sync_item(const store::SyncItem& item);

}  // namespace simbiont::admin

// Jobs and the sync's records, over both implementations.
#include <gmock/gmock.h>

#include "fixture.h"

namespace simbiont::store {
namespace {

class Jobs : public StoreTest {
 protected:
  static Job job(std::int64_t id, JobState state = JobState::running) {
    return {id, "fleet.csv", "d1", "ops", true, 7, state, "why", 10, 20, 3, 1, 1, 0};
  }
  static JobRow row(std::uint64_t number) { return {number, number + 1, "bind,1", RowResult::waiting, ""}; }
  static SyncReport report(std::int64_t id) {
    return {id, "folder", "a.csv", false, "done", "", 5, 6, 9, 1, 2, 3, 4, 5, 6};
  }
};
INSTANTIATE_TEST_SUITE_P(Store, Jobs, testing::Values(Kind::memory, Kind::sqlite),
                         [](const auto& kind) { return kind.param == Kind::memory ? "memory" : "sqlite"; });

TEST_P(Jobs, a_job_reads_back_as_it_was_put_and_put_again) {
  ASSERT_TRUE(ok(put({PutJob{job(2)}, PutJob{job(1)}})));
  const Job read = **store_->job(2);
  EXPECT_EQ(read.name + read.digest + read.started_by + read.reason, "fleet.csvd1opswhy");
  EXPECT_TRUE(read.dry_run);
  EXPECT_EQ(read.repeats, 7);
  EXPECT_EQ(read.reached(), 2U);
  EXPECT_EQ(read.rows, 3U);
  EXPECT_EQ(read.ended_at, 20);
  ASSERT_TRUE(ok(put({AddJobRows{1, {row(1)}}, PutJob{job(1, JobState::finished)}})));
  const auto all = *store_->jobs(0, 10);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].state, JobState::finished);
  EXPECT_EQ(store_->job_rows(1, 0, 10)->size(), 1U);
  EXPECT_EQ(store_->jobs(1, 10)->size(), 1U);
  EXPECT_FALSE((*store_->job(3)).has_value());
}

TEST_P(Jobs, rows_stand_in_their_order_and_take_a_result) {
  ASSERT_TRUE(
      ok(put({PutJob{job(1)}, PutJob{job(2)}, AddJobRows{1, {row(1), row(2)}}, AddJobRows{1, {row(3)}},
              AddJobRows{2, {row(1)}}, SetJobRow{1, 2, RowResult::refused, "no"}})));
  const auto rows = *store_->job_rows(1, 1, 10);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].number, 2U);
  EXPECT_EQ(rows[0].result, RowResult::refused);
  EXPECT_EQ(rows[0].reason, "no");
  EXPECT_EQ(rows[1].line, 4U);
  EXPECT_EQ(code(put({SetJobRow{1, 4, RowResult::done, ""}})), Errc::not_found);
  EXPECT_EQ(code(put({AddJobRows{9, {row(1)}}})), Errc::not_found);
  EXPECT_EQ(code(put({AddJobRows{1, {row(4), row(1)}}})), Errc::already_exists);
  EXPECT_EQ(store_->job_rows(1, 0, 10)->size(), 3U);
}

TEST_P(Jobs, pruning_goes_piece_by_piece_and_ends_with_the_job) {
  ASSERT_TRUE(ok(put({PutJob{job(1)}, AddJobRows{1, {row(1), row(2), row(3)}}})));
  ASSERT_TRUE(ok(put({PruneJob{1, 2}})));
  EXPECT_EQ(store_->job_rows(1, 0, 10)->size(), 1U);
  EXPECT_TRUE((*store_->job(1)).has_value());
  ASSERT_TRUE(ok(put({PruneJob{1, 2}})));
  EXPECT_FALSE((*store_->job(1)).has_value());
  EXPECT_TRUE(ok(put({PruneJob{1, 2}})));
}

TEST_P(Jobs, limits_hold_and_a_refused_group_leaves_nothing) {
  EXPECT_EQ(code(put({PutJob{job(0)}})), Errc::invalid_argument);
  EXPECT_EQ(
      code(put({PutJob{job(1)}, AddJobRows{1, {{1, 1, std::string(513, 'x'), RowResult::waiting, ""}}}})),
      Errc::invalid_argument);
  EXPECT_FALSE((*store_->job(1)).has_value());
  ASSERT_TRUE(ok(put({PutJob{job(1)}, AddJobRows{1, {row(1)}},
                      SetJobRow{1, 1, RowResult::refused, std::string(5000, 'r')}})));
  EXPECT_EQ((*store_->job_rows(1, 0, 1))[0].reason.size(), text_limit);
}

TEST_P(Jobs, the_last_reports_stay_and_their_items_with_them) {
  for (std::int64_t id = 1; id <= static_cast<std::int64_t>(sync_report_limit) + 2; ++id)
    ASSERT_TRUE(ok(put({PutSyncReport{report(id)}, AddSyncItem{id, {1, "added", "001", "35", "x"}}})));
  const auto all = *store_->sync_reports(0, 1000);
  ASSERT_EQ(all.size(), sync_report_limit);
  EXPECT_EQ(all[0].id, 3);
  EXPECT_EQ(all[0].rows + all[0].added + all[0].removed + all[0].modes + all[0].unchanged + all[0].missing,
            24U);
  EXPECT_EQ(all[0].refused, 6U);
  EXPECT_TRUE(store_->sync_items(1, 0, 10)->empty());
  ASSERT_EQ(store_->sync_items(3, 0, 10)->size(), 1U);
  EXPECT_EQ((*store_->sync_items(3, 0, 10))[0].action, "added");
  EXPECT_TRUE(store_->sync_items(3, 1, 10)->empty());
  EXPECT_EQ(code(put({AddSyncItem{1, {1, "added", "", "", ""}}})), Errc::not_found);
  EXPECT_EQ(code(put({AddSyncItem{3, {1, "added", "", "", ""}}})), Errc::already_exists);
  EXPECT_EQ(code(put({AddSyncItem{3, {sync_item_limit + 1, "added", "", "", ""}}})), Errc::invalid_argument);
}

TEST_P(Jobs, what_a_source_names_goes_with_its_subscriber) {
  fill();
  ASSERT_TRUE(ok(put({PutSyncNamed{{imsi(2), "folder", false}}, PutSyncNamed{{imsi(1), "folder", false}},
                      PutSyncNamed{{imsi(1), "postgresql", true}}})));
  auto all = *store_->sync_named({}, 10);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].imsi, imsi(1));
  EXPECT_EQ(all[0].source, "postgresql");
  EXPECT_TRUE(all[0].suspended);
  EXPECT_EQ(store_->sync_named(imsi(1), 10)->size(), 1U);
  ASSERT_TRUE(ok(put({RemoveSubscriber{imsi(1)}, RemoveSyncNamed{imsi(2)}, RemoveSyncNamed{imsi(3)}})));
  EXPECT_TRUE(store_->sync_named({}, 10)->empty());
  EXPECT_FALSE((*store_->sync_named_of(imsi(1))).has_value());
  EXPECT_EQ(code(put({PutSyncNamed{{imsi(1), "folder", false}}})), Errc::not_found);
}

TEST(JobsRestore, a_running_job_of_a_backup_waits_for_its_operator) {
  const SqliteFiles files;
  const auto store = files.make();
  Job first, running, later;
  first.id = 1;
  running.id = 2;
  running.state = JobState::running;
  later.id = 3;
  SyncReport report;
  report.id = 1;
  ASSERT_TRUE(ok(
      store->commit({PutSubscriber{sample_subscriber(1)}, PutJob{first}, PutJob{running},
                     AddJobRows{1, {{1, 2, "f", RowResult::waiting, ""}}}, PutSyncReport{report},
                     AddSyncItem{1, {1, "added", "", "", ""}}, PutSyncNamed{{imsi(1), "folder", false}}})));
  ASSERT_TRUE(ok(store->backup_to(files.db("backup.db"))));
  ASSERT_TRUE(ok(store->commit({PruneJob{1, 9}, PruneJob{2, 9}, PutJob{later}, RemoveSyncNamed{imsi(1)}})));
  const auto restored = store->restore_from(files.db("backup.db"), test_sealer(), {});
  ASSERT_TRUE(restored.ok()) << restored.error().message;
  const auto jobs = *store->jobs(0, 10);
  ASSERT_EQ(jobs.size(), 2U);
  EXPECT_EQ(jobs[0].state, JobState::uploading);
  EXPECT_EQ(jobs[1].state, JobState::interrupted);
  EXPECT_EQ(store->job_rows(1, 0, 10)->size(), 1U);
  EXPECT_EQ(store->sync_reports(0, 10)->size(), 1U);
  EXPECT_EQ(store->sync_items(1, 0, 10)->size(), 1U);
  EXPECT_EQ(store->sync_named({}, 10)->size(), 1U);
}

}  // namespace
}  // namespace simbiont::store

// Bulk jobs: a row does what the single command does, each has its own result, and what is done is not done
// twice.
#include <gmock/gmock.h>

#include <algorithm>

#include "admin/jobs.h"
#include "admin/router.h"
#include "tests/unit/admin/fixture.h"

namespace simbiont::admin::test {
namespace {

const std::string header = "op,imsi,imei,mode\n";

std::string row(std::string_view op, std::string_view imsi, std::string_view imei = "",
                std::string_view mode = "") {
  return std::string(op) + ',' + std::string(imsi) + ',' + std::string(imei) + ',' + std::string(mode) + '\n';
}

class JobTest : public AdminTest {
 protected:
  JobTest() { provision(); }

  std::string upload(const std::string& csv, bool dry_run = false, bool again = false) {
    const Json job =
        ok("POST", "/v1/jobs", Json{{"name", "fleet.csv"}, {"dry_run", dry_run}, {"again", again}}.dump());
    const std::string id = job["id"].dump();
    ok("POST", "/v1/jobs/" + id + "/rows", csv);
    return id;
  }
  Json start(const std::string& csv, bool dry_run = false, bool again = false) {
    return ok("POST", "/v1/jobs/" + upload(csv, dry_run, again) + "/start", "{}");
  }
  void work(int steps = 1000) {
    while (steps-- > 0 && api.work()) {
    }
  }
  Json run(const std::string& csv, bool dry_run = false, bool again = false) {
    const Json started = start(csv, dry_run, again);
    work();
    return ok("GET", "/v1/jobs/" + started["id"].dump());
  }
  // "done unchanged refused"
  std::string counts(const Json& job) {
    return job["done"].dump() + ' ' + job["unchanged"].dump() + ' ' + job["refused"].dump();
  }
  // "result reason" of each row.
  std::vector<std::string> results(const Json& job) {
    std::vector<std::string> out;
    const Json answer = ok("GET", "/v1/jobs/" + job["id"].dump() + "/rows");
    for (const Json& each : answer["items"])
      out.push_back(each["result"].get<std::string>() + ' ' + each["reason"].get<std::string>());
    return out;
  }
  std::string bound(const char* imsi) {
    const auto found = state(imsi).binding;
    std::string out(binding::name(found.mode));
    for (const auto& a : found.associations) out += ' ' + a.imei.str();
    return out;
  }
  std::size_t events_of(std::string_view kind) {
    const auto all = *live.store().events(0, 1000);
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const auto& e) { return e.kind == kind; }));
  }
};

TEST_F(JobTest, every_operation_has_a_route_and_needs_no_more_than_a_change) {
  for (const JobOp& op : job_ops()) {
    const Route* route = route_of(op.method, op.pattern);
    ASSERT_NE(route, nullptr) << op.name;
    EXPECT_EQ(route->access, Access::change) << op.name;
  }
}

TEST_F(JobTest, a_bad_row_does_not_stop_the_others) {
  const Json job = run(header + row("bind", imsi_1, imei_a) + row("bind", "001010000000099", imei_a) +
                       row("bind", imsi_2, "356938035643700") + row("dance", imsi_2) +
                       row("mode", imsi_2, "", "loud") + row("unbind", imsi_2, "", "off") + "bind," + imsi_2 +
                       "\n" + row("bind", imsi_2, imei_b, "observe"));
  EXPECT_EQ(job["state"], "finished");
  EXPECT_EQ(counts(job), "2 0 6");
  const auto all = results(job);
  EXPECT_EQ(all[0], "done ");
  EXPECT_EQ(all[1], "refused no subscriber 001010000000099");
  EXPECT_THAT(all[3], testing::HasSubstr("op is none of"));
  EXPECT_EQ(all[5], "refused op unbind takes no mode");
  EXPECT_EQ(all[6], "refused the row has 2 fields, the header 4");
  EXPECT_EQ(bound(imsi_1), std::string("enforce ") + imei_a);
  EXPECT_EQ(bound(imsi_2), std::string("observe ") + imei_b);
  EXPECT_EQ(last_event(), "job-finished");
}

TEST_F(JobTest, a_row_leaves_the_event_and_the_clr_of_the_single_command) {
  ASSERT_TRUE(
      live.put({store::PutRegistration{{*Imsi::parse(imsi_1), "mme1.example", "example", {}, 1004, 1}}})
          .ok());
  const Json job = run(header + row("bind", imsi_1, imei_a));
  EXPECT_EQ(results(job)[0], "done CLR to mme1.example");
  ASSERT_EQ(owed().size(), 1U);
  EXPECT_EQ(owed()[0].host, "mme1.example");
  EXPECT_EQ(events_of("bound"), 1U);
}

TEST_F(JobTest, a_bindings_whole_life_can_be_a_job) {
  run(header + row("bind", imsi_1, imei_a));
  const std::string csv = std::string("op,imsi,imei,until,old,new,overlap,policy,tac\n") + "rebind," +
                          imsi_1 + ",,," + imei_a + "," + imei_b + ",,,\n" + "bind," + imsi_1 + "," + imei_b +
                          ",2099-01-31,,,,,\n" + "policy," + imsi_1 + ",,,,,,rotate,\n" + "suspend," +
                          imsi_1 + ",,,,,,,\n" + "learn," + imsi_2 + ",,,,,,,35693803\n";
  EXPECT_EQ(counts(run(csv)), "5 0 0");
  const binding::Binding after = state(imsi_1).binding;
  ASSERT_EQ(bound(imsi_1), std::string("enforce ") + imei_b);
  EXPECT_NE(after.associations[0].until, 0);
  EXPECT_EQ(after.policy, binding::Policy::rotate);
  EXPECT_NE(after.suspended_at, 0);
  EXPECT_EQ(state(imsi_2).binding.mode, binding::Mode::learn);
  EXPECT_EQ(counts(run(csv, false, true)), "0 5 0");
  EXPECT_EQ(counts(run(header + row("resume", imsi_1) + row("relearn", imsi_2) + row("acknowledge", imsi_1))),
            "1 2 0");
}

TEST_F(JobTest, rows_that_are_so_already_are_unchanged_and_leave_no_event) {
  const std::string csv = header + row("bind", imsi_1, imei_a) + row("use", imsi_1, imei_a) +
                          row("mode", imsi_2, "", "observe") + row("unbind", imsi_2, imei_b);
  EXPECT_EQ(counts(run(csv)), "3 1 0");
  const std::size_t before = events_of("bound") + events_of("mode-changed") + events_of("unbound");
  const Json again = run(csv, false, true);
  EXPECT_EQ(counts(again), "0 4 0");
  EXPECT_EQ(events_of("bound") + events_of("mode-changed") + events_of("unbound"), before);
}

TEST_F(JobTest, the_same_file_again_does_what_is_not_done_and_only_that) {
  const std::string csv = header + row("mode", imsi_1, "", "observe") + row("mode", imsi_1, "", "off") +
                          row("bind", imsi_2, "356938035643700");
  const Json first = run(csv);
  EXPECT_EQ(counts(first), "2 0 1");
  ok("POST", "/v1/devices", Json{{"imei", "356938035643700"}, {"kme", "m1"}}.dump());
  const Json second = run(csv);
  EXPECT_EQ(counts(second), "1 2 0");
  EXPECT_EQ(second["repeats"], first["id"]);
  EXPECT_EQ(results(second)[0], "unchanged done by job 1");
  EXPECT_EQ(counts(run(csv)), "0 3 0");
  EXPECT_EQ(results(run(csv))[0], "unchanged done by job 1");
  EXPECT_EQ(counts(run(csv, false, true)), "2 1 0");
}

TEST_F(JobTest, the_content_counts_and_not_the_order_of_columns_or_the_name) {
  run("imsi,op,imei\n" + std::string(imsi_1) + ",bind," + imei_a + "\n");
  EXPECT_EQ(run(header + row("bind", imsi_1, imei_a))["repeats"], 1);
  EXPECT_EQ(run(header + row("bind", imsi_1, imei_c))["repeats"], 0);
}

TEST_F(JobTest, rows_of_one_imsi_see_each_other) {
  const Json job = run(header + row("bind", imsi_1, imei_a) + row("bind", imsi_1, imei_c) +
                       row("unbind", imsi_1, imei_a) + row("mode", imsi_1, "", "off"));
  EXPECT_EQ(counts(job), "4 0 0");
  EXPECT_EQ(bound(imsi_1), std::string("off ") + imei_c);
}

TEST_F(JobTest, a_dry_run_says_what_it_would_do_and_changes_nothing) {
  const Json job = run(header + row("bind", imsi_1, imei_a) + row("bind", imsi_2, "356938035643700"), true);
  EXPECT_EQ(counts(job), "1 0 1");
  EXPECT_EQ(bound(imsi_1), "off");
  EXPECT_EQ(counts(run(header + row("bind", imsi_1, imei_a) + row("bind", imsi_2, "356938035643700"))),
            "1 0 1");
}

TEST_F(JobTest, a_job_that_was_cut_off_between_groups_goes_on_with_the_next_row) {
  std::string csv = header;
  for (int i = 0; i < 3; ++i) csv += row("mode", imsi_1, "", i % 2 == 0 ? "observe" : "off");
  const std::string id = start(csv)["id"].dump();
  work(2);  // the rows of one IMSI are groups of one
  EXPECT_EQ(counts(ok("GET", "/v1/jobs/" + id)), "2 0 0");
  Api after_restart(live);
  while (after_restart.work()) {
  }
  const Json job = ok("GET", "/v1/jobs/" + id);
  EXPECT_EQ(job["state"], "finished");
  EXPECT_EQ(counts(job), "3 0 0");
  EXPECT_EQ(events_of("mode-changed"), 3U);
}

TEST_F(JobTest, a_failing_store_interrupts_the_job_and_resume_goes_on) {
  const std::string id =
      start(header + row("bind", imsi_1, imei_a) + row("bind", imsi_2, imei_b))["id"].dump();
  live.fail_after = live.transactions;
  live.fail_once = true;
  work();
  const Json job = ok("GET", "/v1/jobs/" + id);
  EXPECT_EQ(job["state"], "interrupted");
  EXPECT_EQ(job["reason"], "the disk is full");
  EXPECT_EQ(bound(imsi_1), "off");
  ok("POST", "/v1/jobs/" + id + "/resume", "{}");
  work();
  EXPECT_EQ(counts(ok("GET", "/v1/jobs/" + id)), "2 0 0");
}

TEST_F(JobTest, the_same_file_while_its_job_is_not_through_is_that_job) {
  const std::string csv = header + row("bind", imsi_1, imei_a);
  const Json first = start(csv);
  const Json second = start(csv);
  EXPECT_EQ(second["id"], first["id"]);
  EXPECT_EQ(second["resumed"], true);
  work();
  EXPECT_EQ(ok("GET", "/v1/jobs")["items"].size(), 1U);
}

TEST_F(JobTest, a_cancelled_job_leaves_the_rows_that_wait) {
  const std::string id =
      start(header + row("mode", imsi_1, "", "observe") + row("mode", imsi_1, "", "off"))["id"].dump();
  work(1);
  EXPECT_EQ(ok("POST", "/v1/jobs/" + id + "/cancel", "{}")["state"], "cancelled");
  work();
  EXPECT_EQ(bound(imsi_1), "observe");
  EXPECT_EQ(ok("GET", "/v1/jobs/" + id)["waiting"], 1);
  refused(409, "POST", "/v1/jobs/" + id + "/resume", "{}");
  refused(409, "POST", "/v1/jobs/" + id + "/cancel", "{}");
}

TEST_F(JobTest, a_wrong_header_or_an_empty_file_is_no_job) {
  for (const char* csv : {"op,imsi,k\n", "imsi,imei\n", "op,op,imsi\n"}) {
    const std::string id = ok("POST", "/v1/jobs", R"({"name": "x"})")["id"].dump();
    refused(400, "POST", "/v1/jobs/" + id + "/rows", csv);
  }
  const std::string id = upload(header);
  EXPECT_EQ(refused(400, "POST", "/v1/jobs/" + id + "/start", "{}"), "the file has no rows");
  EXPECT_EQ(ok("GET", "/v1/jobs")["items"].size(), 0U);
}

TEST_F(JobTest, an_upload_that_nobody_finishes_is_forgotten) {
  upload(header + row("bind", imsi_1, imei_a));
  refused(409, "POST", "/v1/jobs", R"({"name": "y"})");
  live.now_ms += 61'000;
  work();
  EXPECT_EQ(ok("GET", "/v1/jobs")["items"].size(), 0U);
  EXPECT_EQ(counts(run(header + row("bind", imsi_1, imei_a))), "1 0 0");
}

TEST_F(JobTest, old_jobs_are_forgotten_and_new_ones_stay) {
  for (std::size_t i = 0; i < jobs_kept + 3; ++i)
    run(header + row("mode", imsi_1, "", i % 2 == 0 ? "observe" : "off"), false, true);
  work();
  const Json all = ok("GET", "/v1/jobs", "", {{"limit", "1000"}})["items"];
  EXPECT_EQ(all.size(), jobs_kept);
  EXPECT_EQ(all.back()["id"], jobs_kept + 3);
  EXPECT_TRUE(live.store().job_rows(1, 0, 10)->empty());
}

TEST_F(JobTest, a_job_waits_while_an_import_is_under_way) {
  const std::string id = start(header + row("bind", imsi_1, imei_a))["id"].dump();
  const std::string import = ok("POST", "/v1/imports", R"({"kind": "kmes"})")["id"].get<std::string>();
  work();
  EXPECT_EQ(bound(imsi_1), "off");
  ok("DELETE", "/v1/imports/" + import);
  work();
  EXPECT_EQ(counts(ok("GET", "/v1/jobs/" + id)), "1 0 0");
}

TEST_F(JobTest, what_looks_like_a_key_is_neither_stored_nor_said) {
  const Json job =
      run(header + row("bind", k_hex, imei_a) + row(k_hex, imsi_1) + row("mode", imsi_1, "", k_hex));
  EXPECT_EQ(counts(job), "0 0 3");
  results(job);
  EXPECT_EQ(said.find(k_hex), std::string::npos);
  EXPECT_EQ(results(job)[0], "refused column imsi is malformed");
}

}  // namespace
}  // namespace simbiont::admin::test

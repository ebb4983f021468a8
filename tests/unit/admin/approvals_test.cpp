// Two custodians: what one asks for, another one approves; and the log that says so.
#include "admin/approvals.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/unit/admin/fixture.h"

namespace simbiont::admin::test {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t carol = 51001, dave = 51002, erin = 51003;

// The rule is on, and the custodians are named by number: this system has no such users.
class TwoPersonTest : public AdminTest {
 protected:
  TwoPersonTest() {
    Options options;
    options.roles.custodians = {"user:51001", "user:51002"};
    desk = std::make_unique<Api>(live, options);
  }
  Json ask(std::uint32_t uid, int status, const std::string& method, const std::string& path,
           const std::string& body = "{}") {
    Caller who = desk->roles().caller(uid, 77);
    Request request{method, path, {}, body};
    const Response response = desk->handle(request, who);
    EXPECT_EQ(response.status, status) << method << ' ' << path << ' ' << response.body;
    Json answer = Json::parse(response.body, nullptr, false);
    return answer.contains("error") ? answer["error"]["message"] : answer;
  }
  std::int64_t request_restore() {
    return ask(carol, 202, "POST", "/v1/restore", R"({"directory":"/no/such"})")["approval"]["id"];
  }
  std::string path(std::int64_t id, const char* how) {
    return "/v1/approvals/" + std::to_string(id) + "/" + how;
  }
  std::string state(std::int64_t id) {
    return ask(carol, 200, "GET", "/v1/approvals/" + std::to_string(id))["state"];
  }
  std::vector<store::AuditEntry> log() { return *live.store().audit(0, 1000); }
  std::unique_ptr<Api> desk;
};

TEST_F(TwoPersonTest, what_is_asked_for_waits_and_is_not_done) {
  const std::int64_t id = request_restore();
  EXPECT_EQ(state(id), "pending");
  EXPECT_EQ(live.restored, 0);
  ASSERT_EQ(log().size(), 1U);
  EXPECT_EQ(log()[0].outcome, "requested");
  EXPECT_EQ(log()[0].uid, carol);
  EXPECT_EQ(last_event(), "approval-requested");
}

TEST_F(TwoPersonTest, another_custodian_approves_and_it_is_done_in_the_name_of_who_asked) {
  live.restores = true;
  const std::int64_t id = request_restore();
  EXPECT_THAT(ask(carol, 409, "POST", path(id, "approve")).get<std::string>(),
              HasSubstr("another custodian"));
  ask(erin, 403, "POST", path(id, "approve"));
  EXPECT_EQ(live.restored, 0);
  ask(dave, 200, "POST", path(id, "approve"));
  EXPECT_EQ(live.restored, 1);
  EXPECT_EQ(state(id), "approved");
  ASSERT_TRUE(live.restore_entry.has_value());
  EXPECT_EQ(live.restore_entry->uid, carol);
  EXPECT_EQ(live.restore_entry->second, "51002 (uid 51002)");
  EXPECT_THAT(ask(dave, 409, "POST", path(id, "approve")).get<std::string>(), HasSubstr("approved already"));
  EXPECT_EQ(live.restored, 1);
}

TEST_F(TwoPersonTest, a_denied_or_expired_request_is_never_done) {
  live.restores = true;
  const std::int64_t denied = request_restore(), late = request_restore();
  EXPECT_EQ(ask(dave, 200, "POST", path(denied, "deny"))["state"], "denied");
  ask(dave, 409, "POST", path(denied, "approve"));
  live.now_ms += Options().approval_life_ms;
  EXPECT_EQ(state(late), "expired");
  EXPECT_THAT(ask(dave, 409, "POST", path(late, "approve")).get<std::string>(), HasSubstr("expired"));
  EXPECT_EQ(live.restored, 0);
}

TEST_F(TwoPersonTest, what_cannot_be_done_when_it_is_approved_fails_and_is_over) {
  const std::int64_t id = request_restore();  // this Live refuses it
  EXPECT_THAT(ask(dave, 409, "POST", path(id, "approve")).get<std::string>(), HasSubstr("memory"));
  EXPECT_EQ(state(id), "failed");
  EXPECT_EQ(last_event(), "approval-failed");
}

TEST_F(TwoPersonTest, who_is_no_custodian_any_more_has_asked_for_nothing) {
  live.restores = true;
  const std::int64_t id = request_restore();
  Options options;
  options.roles.custodians = {"user:51003", "user:51002"};
  desk = std::make_unique<Api>(live, options);
  EXPECT_THAT(ask(dave, 409, "POST", path(id, "approve")).get<std::string>(),
              HasSubstr("may not do it any more"));
  EXPECT_EQ(live.restored, 0);
}

TEST_F(TwoPersonTest, few_requests_may_wait_of_one_custodian) {
  for (std::size_t i = 0; i < ApprovalDesk::max_pending_each; ++i) request_restore();
  EXPECT_THAT(ask(carol, 409, "POST", "/v1/restore", R"({"directory":"/b"})").get<std::string>(),
              HasSubstr("too many"));
  ask(dave, 202, "POST", "/v1/restore", R"({"directory":"/b"})");
  live.now_ms += Options().approval_life_ms;
  request_restore();
}

TEST_F(TwoPersonTest, the_store_remembers_the_rule_and_holds_to_it_when_no_hss_runs) {
  ASSERT_TRUE(desk->begin().ok());
  ASSERT_TRUE(desk->begin().ok()) << "said once";
  ASSERT_EQ(log().size(), 1U);
  EXPECT_EQ(log()[0].action, "two custodians: on");
  EXPECT_EQ(log()[0].via, "hss");
  live.runs = false;
  live.restores = true;
  EXPECT_THAT(refused(409, "POST", "/v1/restore", R"({"directory":"/b"})"), HasSubstr("second custodian"));
  EXPECT_EQ(live.restored, 0);
  live.runs = true;
  ASSERT_TRUE(api.begin().ok()) << "an HSS whose configuration has no such rule";
  EXPECT_EQ(log().back().action, "two custodians: off");
  live.runs = false;
  ok("POST", "/v1/restore", R"({"directory":"/b"})");
  EXPECT_EQ(live.restored, 1);
}

class AuditLogTest : public AdminTest {
 protected:
  std::vector<store::AuditEntry> log() { return *live.store().audit(0, 1000); }
};

TEST_F(AuditLogTest, every_change_leaves_who_what_before_and_after_and_no_key) {
  caller = {1001, "alice", Roles::all(), 4242, false};
  provision();
  ok("POST", "/v1/bindings/001010000000001/bind", Json{{"imei", {imei_a}}}.dump());
  ok("PUT", "/v1/bindings/001010000000001/mode", R"({"mode":"observe"})");
  const auto all = log();
  ASSERT_EQ(all.size(), 9U);
  const store::AuditEntry& mode = all.back();
  EXPECT_EQ(mode.user, "alice");
  EXPECT_EQ(mode.uid, 1001);
  EXPECT_EQ(mode.pid, 4242);
  EXPECT_EQ(mode.via, "socket");
  EXPECT_EQ(mode.action, "PUT /v1/bindings/001010000000001/mode");
  EXPECT_EQ(Json::parse(mode.arguments)["mode"], "observe");
  EXPECT_EQ(Json::parse(mode.before)["binding 001010000000001"]["mode"], "enforce");
  EXPECT_EQ(Json::parse(mode.after)["binding 001010000000001"]["mode"], "observe");
  EXPECT_TRUE(Json::parse(all[2].before)["kme m1"].is_null());
  EXPECT_EQ(Json::parse(all[2].after)["kme m1"]["epochs"][0]["state"], "ACTIVE");
  for (const auto& entry : all)
    for (const char* key : {k_hex, op_hex, opc_hex, kme_hex})
      for (const std::string* text : {&entry.arguments, &entry.before, &entry.after})
        EXPECT_EQ(text->find(key), std::string::npos) << *text;
  EXPECT_THAT(all[0].arguments, HasSubstr("\"k\":\"(not kept)\""));
}

TEST_F(AuditLogTest, what_was_refused_or_only_read_changed_nothing_and_leaves_no_entry_of_a_change) {
  provision();
  const std::size_t before = log().size();
  refused(409, "POST", "/v1/kmes", Json{{"id", "m1"}, {"generate", true}}.dump());
  refused(400, "PUT", "/v1/bindings/001010000000001/mode", R"({"mode":"loud"})");
  ok("GET", "/v1/subscribers");
  EXPECT_EQ(log().size(), before);
  caller.roles = {};
  call("POST", "/v1/kmes", "");
  ASSERT_EQ(log().size(), before + 1);
  EXPECT_EQ(log().back().outcome, "refused");
}

TEST_F(AuditLogTest, an_import_leaves_its_beginning_and_end_whatever_its_size) {
  provision();
  const std::size_t before = log().size();
  ok("POST", "/v1/imports", R"({"kind":"devices"})");
  std::string rows = "imei,kme\n";
  for (int i = 0; i < 300; ++i) rows += std::to_string(35000000000000 + i) + ",m1\n";
  ok("POST", "/v1/imports/1/check", rows);
  ok("POST", "/v1/imports/1/write", rows);
  ok("POST", "/v1/imports/1/finish");
  const auto all = log();
  ASSERT_EQ(all.size(), before + 2);
  EXPECT_EQ(all[before].action, "POST /v1/imports/1/write");
  EXPECT_EQ(all[before + 1].action, "POST /v1/imports/1/finish");
}

TEST_F(AuditLogTest, the_api_lists_verifies_and_tells_the_head) {
  EXPECT_EQ(ok("GET", "/v1/audit/verify")["entries"], 0);
  provision();
  const Json head = ok("GET", "/v1/audit/head");
  EXPECT_EQ(head["entries"], 7);
  EXPECT_EQ(ok("GET", "/v1/audit/verify"), head);
  live.now_ms += 5000;
  ok("PATCH", "/v1/subscribers/001010000000001", R"({"msisdn":"1"})");
  EXPECT_EQ(ok("GET", "/v1/audit/verify", "", {{"head", head["head"].get<std::string>()}})["entries"], 8);
  EXPECT_EQ(call("GET", "/v1/audit/verify", "", {{"head", std::string(64, 'a')}}).status, 500);
  EXPECT_EQ(call("GET", "/v1/audit/verify", "", {{"head", "abc"}}).status, 400);
  EXPECT_EQ(ok("GET", "/v1/audit", "", {{"limit", "3"}})["next"], "3");
  EXPECT_EQ(ok("GET", "/v1/audit", "", {{"since", std::to_string(live.now_ms)}})["items"].size(), 1U);
  EXPECT_EQ(call("GET", "/v1/audit", "", {{"since", "x"}}).status, 400);
}

}  // namespace
}  // namespace simbiont::admin::test

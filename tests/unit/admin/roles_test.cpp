// Who may do what: the mapping from users and groups, and the dispatcher that enforces it.
#include <gmock/gmock.h>
#include <unistd.h>

#include "admin/refusal_notes.h"
#include "admin/role_map.h"
#include "admin/route.h"
#include "tests/unit/admin/fixture.h"

namespace simbiont::admin::test {
namespace {

constexpr uid_t alice = 1001, bob = 1002, carol = 1003, nobody = 65534;
constexpr gid_t noc = 2001;

class SomeAccounts final : public Accounts {
 public:
  std::optional<User> user(uid_t uid) const override {
    ++asked;
    if (uid == alice) return User{"alice", {1001, noc}};
    if (uid == bob) return User{"bob", {1002}};
    if (uid == carol) return User{"carol", {1003}};
    if (uid == 0) return User{"root", {0}};
    return std::nullopt;
  }
  std::optional<uid_t> uid_of(const std::string& name) const override {
    for (const uid_t uid : {alice, bob, carol, uid_t{0}})
      if (user(uid)->name == name) return uid;
    return std::nullopt;
  }
  std::optional<gid_t> gid_of(const std::string& group) const override {
    return group == "noc" ? std::optional(noc) : std::nullopt;
  }
  std::vector<uid_t> members(const std::string& group) const override {
    return group == "noc" ? std::vector<uid_t>{alice, bob} : std::vector<uid_t>{};
  }
  mutable int asked = 0;
};

class RoleMapTest : public ::testing::Test {
 protected:
  std::string roles(const hss::RoleRules& rules, uid_t uid) {
    return RoleMap(rules, accounts).caller(uid, 1).roles.str();
  }
  SomeAccounts accounts;
};

TEST_F(RoleMapTest, without_rules_root_and_the_own_user_have_all_roles_and_nobody_else_any) {
  EXPECT_EQ(roles({}, 0), "viewer operator custodian");
  EXPECT_EQ(roles({}, geteuid()), "viewer operator custodian");
  for (const uid_t uid : {alice, bob, carol, nobody}) {
    if (uid != geteuid()) {
      EXPECT_EQ(roles({}, uid), "");
    }
  }
}

TEST_F(RoleMapTest, a_role_that_is_named_is_held_by_who_is_named_and_by_nobody_else) {
  const hss::RoleRules rules{{"user:bob"}, {"group:noc"}, {"user:carol", "user:4711"}, {}};
  EXPECT_EQ(roles(rules, alice), "viewer operator") << "through her group";
  EXPECT_EQ(roles(rules, bob), "viewer")
      << "not by the group's listing: the membership of his account counts";
  EXPECT_EQ(roles(rules, carol), "viewer custodian");
  EXPECT_EQ(roles(rules, 4711), "viewer custodian") << "a uid without a name";
  EXPECT_EQ(roles(rules, 0), "") << "each role is named, and root is not among them";
  EXPECT_EQ(roles({{}, {}, {"user:carol"}, {}}, 0), "viewer operator") << "those not named stay root's";
}

TEST_F(RoleMapTest, the_system_is_not_asked_again_for_a_while) {
  RoleMap map({{"user:4711"}, {}, {}, {}}, accounts);
  EXPECT_EQ(map.caller(alice, 1).pid, 1);
  const int asked = accounts.asked;
  EXPECT_EQ(map.caller(alice, 2).pid, 2);
  EXPECT_EQ(accounts.asked, asked);
}

TEST_F(RoleMapTest, two_named_custodians_turn_the_two_person_rule_on_unless_it_is_said) {
  const auto on = [&](const hss::RoleRules& rules) { return RoleMap(rules, accounts).two_person(); };
  EXPECT_FALSE(on({}));
  EXPECT_FALSE(on({{}, {}, {"user:carol"}, {}}));
  EXPECT_FALSE(on({{}, {}, {"user:carol", "user:1003"}, {}})) << "the same person twice";
  EXPECT_FALSE(on({{}, {}, {"user:carol", "user:nobody-here"}, {}}));
  EXPECT_TRUE(on({{}, {}, {"user:carol", "user:bob"}, {}}));
  EXPECT_TRUE(on({{}, {}, {"group:noc"}, {}})) << "it has two members";
  EXPECT_TRUE(on({{}, {}, {}, true}));
  EXPECT_FALSE(on({{}, {}, {"group:noc"}, false}));
}

TEST_F(RoleMapTest, names_that_the_system_has_not_got_are_told) {
  const hss::RoleRules rules{{"user:alice", "user:dora"}, {"group:nocc"}, {"user:7"}, {}};
  EXPECT_THAT(RoleMap(rules, accounts).unknown(), testing::ElementsAre("user:dora", "group:nocc"));
}

TEST(SystemAccounts, root_is_found_by_number_and_name_with_its_groups) {
  const auto root = system_accounts().user(0);
  ASSERT_TRUE(root.has_value());
  EXPECT_EQ(root->name, "root");
  EXPECT_THAT(root->groups, testing::Contains(0U));
  EXPECT_EQ(system_accounts().uid_of("root"), uid_t{0});
  EXPECT_EQ(system_accounts().gid_of("root"), gid_t{0});
  EXPECT_EQ(system_accounts().uid_of("no-such-user-here"), std::nullopt);
  EXPECT_EQ(system_accounts().user(4'000'000'001U), std::nullopt);
}

class RolesTest : public AdminTest {
 protected:
  void as(Roles roles) { caller = {alice, "alice", roles, 7, false}; }
  static Roles only(Role role) { return Roles().with(role); }
};

struct Try {
  const char *method, *path, *body;
};
const Try reads[] = {{"GET", "/v1/subscribers", ""}, {"GET", "/v1/kmes", ""},   {"GET", "/v1/devices", ""},
                     {"GET", "/v1/bindings", ""},    {"GET", "/v1/events", ""}, {"GET", "/v1/status", ""}};
const Try operators[] = {
    {"POST", "/v1/subscribers",
     R"({"imsi":"001010000000003","k":"465b5ce8b199b49faa5f0a2ee238a6bc","op":"cdc202d5123e20f62b6d676ac72cb318"})"},
    {"POST", "/v1/devices", R"({"imei":"35693803564381","kme":"m1"})"},
    {"POST", "/v1/bindings/001010000000001/bind", R"({"imei":["490154203237518"]})"},
    {"PUT", "/v1/bindings/001010000000001/mode", R"({"mode":"observe"})"},
    {"PATCH", "/v1/subscribers/001010000000001", R"({"msisdn":"1"})"},
    {"POST", "/v1/bindings/001010000000001/unbind", "{}"}};
const Try custodians[] = {
    {"POST", "/v1/kmes", R"({"id":"m9","generate":true})"},
    {"PUT", "/v1/subscribers/001010000000001/sqn", R"({"sqn":"9"})"},
    {"PATCH", "/v1/subscribers/001010000000001",
     R"({"k":"465b5ce8b199b49faa5f0a2ee238a6bc","opc":"cd63cb71954a9f4e48a5994e37a02baf"})"},
    {"POST", "/v1/imports", R"({"kind":"kmes"})"},
};

TEST_F(RolesTest, each_role_may_what_is_its_own_and_read_and_no_more) {
  provision();
  as(only(Role::viewer));
  for (const auto& t : reads) EXPECT_EQ(call(t.method, t.path, t.body).status, 200) << t.path;
  for (const auto& t : operators) EXPECT_EQ(call(t.method, t.path, t.body).status, 403) << t.path;
  for (const auto& t : custodians) EXPECT_EQ(call(t.method, t.path, t.body).status, 403) << t.path;
  as(only(Role::operator_));
  for (const auto& t : reads) EXPECT_EQ(call(t.method, t.path, t.body).status, 200) << t.path;
  for (const auto& t : operators) EXPECT_EQ(call(t.method, t.path, t.body).status, 200) << t.path;
  for (const auto& t : custodians) EXPECT_EQ(call(t.method, t.path, t.body).status, 403) << t.path;
  as(only(Role::custodian));
  for (const auto& t : reads) EXPECT_EQ(call(t.method, t.path, t.body).status, 200) << t.path;
  for (const auto& t : operators) EXPECT_EQ(call(t.method, t.path, t.body).status, 403) << t.path;
  for (const auto& t : custodians) EXPECT_EQ(call(t.method, t.path, t.body).status, 200) << t.path;
}

TEST_F(RolesTest, who_has_no_role_may_not_even_read_and_a_refused_change_changes_nothing) {
  provision();
  as({});
  for (const auto& t : reads) EXPECT_EQ(call(t.method, t.path, t.body).status, 403) << t.path;
  const auto before = counts();
  for (const auto& t : custodians) call(t.method, t.path, t.body);
  EXPECT_EQ(counts().kmes, before.kmes);
  EXPECT_EQ(state(imsi_1).subscriber.seq_high, 0U);
}

TEST_F(RolesTest, a_refusal_names_caller_role_and_request_and_leaves_one_event_a_minute) {
  as(only(Role::viewer));
  const Response refusal = call("POST", "/v1/kmes", R"({"id":"m9","generate":true})");
  const Json answer = Json::parse(refusal.body)["error"];
  EXPECT_EQ(answer["code"], "forbidden");
  EXPECT_EQ(answer["role"], "custodian");
  EXPECT_EQ(answer["message"], "alice (uid 1001) is not custodian, and POST /v1/kmes wants that");
  for (int i = 0; i < 20; ++i) call("POST", "/v1/kmes", "");
  const auto events = [&] { return *live.store().events(0, 100); };
  ASSERT_EQ(events().size(), 1U);
  EXPECT_EQ(events()[0].kind, "access-refused");
  live.now_ms += RefusalNotes::quiet_ms;
  call("POST", "/v1/kmes", "");
  ASSERT_EQ(events().size(), 2U);
  EXPECT_THAT(events()[1].detail, testing::HasSubstr("20 more were not noted"));
}

TEST_F(RolesTest, an_import_is_gone_on_with_by_who_began_it) {
  ASSERT_EQ(ok("POST", "/v1/imports", R"({"kind":"devices"})")["id"], "1");
  as(Roles::all());
  EXPECT_THAT(refused(409, "POST", "/v1/imports/1/check", "imei,kme\n"),
              testing::HasSubstr("another user's"));
  EXPECT_THAT(refused(409, "DELETE", "/v1/imports/1"), testing::HasSubstr("another user's"));
  caller.uid = 0;
  EXPECT_EQ(call("POST", "/v1/imports/1/check", "imei,kme\n").status, 200);
}

}  // namespace
}  // namespace simbiont::admin::test

#include <algorithm>

#include "fixture.h"

namespace simbiont::admin::test {
namespace {

TEST_F(AdminTest, op_becomes_opc_and_is_not_kept) {
  ok("POST", "/v1/subscribers", Json{{"imsi", imsi_1}, {"k", k_hex}, {"op", op_hex}}.dump());
  EXPECT_EQ(to_hex(state(imsi_1).subscriber.opc.reveal()), opc_hex);
}

TEST_F(AdminTest, a_subscriber_has_the_defaults_of_the_contract) {
  const Json s = ok("POST", "/v1/subscribers", Json{{"imsi", imsi_1}, {"k", k_hex}, {"opc", opc_hex}}.dump());
  EXPECT_EQ(s["amf"], "8000");
  EXPECT_EQ(s["alg"], "milenage");
  EXPECT_EQ(s["sqn"], 0);
  EXPECT_EQ(s["apn"], Json::array({"internet"}));
  EXPECT_EQ(s["mode"], "off");
}

TEST_F(AdminTest, sqn_is_the_last_one_used_so_its_seq_is_not_used_again) {
  ok("POST", "/v1/subscribers",
     Json{{"imsi", imsi_1}, {"k", k_hex}, {"opc", opc_hex}, {"sqn", "1000"}}.dump());
  EXPECT_EQ(state(imsi_1).subscriber.seq_high, 1000U >> 5);
  ok("PUT", "/v1/subscribers/001010000000001/sqn", R"({"sqn":"64"})");
  EXPECT_EQ(state(imsi_1).subscriber.seq_high, 2U) << "the operator's command sets downwards too";
  EXPECT_EQ(last_event(), "sqn-set");
}

struct Bad {
  const char* method;
  const char* path;
  std::string body;
  int status;
};

TEST_F(AdminTest, bad_requests_are_refused_and_change_nothing) {
  provision();
  ok("POST", "/v1/bindings/001010000000001/bind", Json{{"imei", {imei_a}}}.dump());
  const auto subscriber = [](const Json& over) {
    Json body{{"imsi", "001010000000009"}, {"k", k_hex}, {"opc", opc_hex}};
    body.update(over);
    return body.dump();
  };
  const std::string bad_k(31, 'a');
  const std::vector<Bad> table{
      {"GET", "/v1/nothing", "", 404},
      {"GET", "/", "", 404},
      {"GET", "", "", 404},
      {"PUT", "/v1/subscribers", "{}", 405},
      {"POST", "/v1/subscribers", "", 400},
      {"POST", "/v1/subscribers", "[1]", 400},
      {"POST", "/v1/subscribers", "{", 400},
      {"POST", "/v1/subscribers", subscriber({{"imsi", "12345"}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"k", bad_k}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"k", 7}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"k", {1}}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"op", op_hex}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"opc", ""}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"amf", "80000"}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"alg", "comp128v1"}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"alg", "tuak"}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"sqn", "281474976710656"}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"sqn", "-1"}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"msisdn", "+49"}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"apn", "a b"}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"colour", "red"}}), 400},
      {"POST", "/v1/subscribers", subscriber({{"imsi", imsi_1}}), 409},
      {"PATCH", "/v1/subscribers/001010000000001", "", 400},
      {"PATCH", "/v1/subscribers/001010000000001", Json{{"k", k_hex}}.dump(), 400},
      {"PATCH", "/v1/subscribers/001010000000009", R"({"msisdn":"1"})", 404},
      {"DELETE", "/v1/subscribers/001010000000009", "", 404},
      {"GET", "/v1/subscribers/x", "", 400},
      {"PUT", "/v1/subscribers/001010000000001/sqn", R"({})", 400},
      {"POST", "/v1/kmes", R"({"id":"m3"})", 400},
      {"POST", "/v1/kmes", Json{{"id", "m3"}, {"key", kme_hex}, {"generate", true}}.dump(), 400},
      {"POST", "/v1/kmes", Json{{"id", "m3"}, {"key", kme_hex}, {"algorithm", "aes256"}}.dump(), 400},
      {"POST", "/v1/kmes", Json{{"id", "a/b"}, {"key", kme_hex}}.dump(), 400},
      {"POST", "/v1/kmes", Json{{"id", "m1"}, {"key", kme_hex}}.dump(), 409},
      {"POST", "/v1/devices", R"({"imei":"35693803564380","kme":"nokme"})", 404},
      {"POST", "/v1/devices", R"({"imei":"490154203237517","kme":"m1"})", 400},
      {"POST", "/v1/devices", R"({"imei":"490154203237510","kme":"m1"})", 409},
      {"DELETE", "/v1/devices/490154203237518", "", 409},
      {"DELETE", "/v1/devices/00000000000000", "", 404},
      {"POST", "/v1/bindings/001010000000001/bind", R"({"imei":["00000000000000"]})", 404},
      {"POST", "/v1/bindings/001010000000001/bind", R"({"imei":[]})", 400},
      {"POST", "/v1/bindings/001010000000001/bind", Json{{"imei", {imei_b}}, {"mode", "learn"}}.dump(), 400},
      {"POST", "/v1/bindings/001010000000009/bind", Json{{"imei", {imei_b}}}.dump(), 404},
      {"POST", "/v1/bindings/001010000000001/unbind", Json{{"imei", {imei_b}}}.dump(), 404},
      {"PUT", "/v1/bindings/001010000000001/mode", R"({"mode":"on"})", 400},
      {"PUT", "/v1/bindings/001010000000001/use", Json{{"imei", imei_b}}.dump(), 409},
      {"POST", "/v1/backup", R"({"directory":"here"})", 400},
      {"POST", "/v1/imports", R"({"kind":"cats"})", 400},
      {"POST", "/v1/imports/1/check", "imsi\n", 404},
  };
  const auto events_before = live.store().last_event_id();
  const auto before = counts();
  for (const Bad& bad : table)
    EXPECT_NE(refused(bad.status, bad.method, bad.path, bad.body), "") << bad.path << bad.body;
  EXPECT_EQ(*live.store().last_event_id(), *events_before) << "a refused request leaves no event";
  EXPECT_EQ(counts().subscribers, before.subscribers);
  EXPECT_EQ(counts().devices, before.devices);
  EXPECT_EQ(counts().kmes, before.kmes);
  EXPECT_EQ(state(imsi_1).binding.associations.size(), 1U);
  EXPECT_EQ(state(imsi_1).binding.mode, binding::Mode::enforce);
}

TEST_F(AdminTest, a_request_above_the_limit_is_refused) {
  EXPECT_EQ(call("POST", "/v1/subscribers", std::string(max_json_body + 1, ' ')).status, 413);
  EXPECT_EQ(call("POST", "/v1/imports/1/check", std::string(max_chunk + 1, ' ')).status, 413);
}

TEST_F(AdminTest, no_answer_holds_a_key) {
  provision();
  ok("POST", "/v1/bindings/001010000000001/bind", Json{{"imei", {imei_a, imei_b}}}.dump());
  ok("PATCH", "/v1/subscribers/001010000000001", Json{{"opc", opc_hex}, {"msisdn", "123"}}.dump());
  for (const char* path :
       {"/v1/subscribers", "/v1/subscribers/001010000000001", "/v1/kmes", "/v1/kmes/m1", "/v1/kmes/m2",
        "/v1/devices", "/v1/bindings", "/v1/events", "/v1/subscribers/001010000000001/history",
        "/v1/devices/490154203237518", "/v1/status"}) {
    ok("GET", path);
  }
  // Wrong requests must not give back what they were given either.
  call("POST", "/v1/kmes", Json{{"id", "m9"}, {"key", std::string(kme_hex) + "00"}}.dump());
  call("POST", "/v1/subscribers", Json{{"imsi", "1"}, {"k", k_hex}, {"opc", opc_hex}}.dump());
  call("POST", "/v1/subscribers", Json{{k_hex, "1"}, {"k", {k_hex}}}.dump());
  const std::string id = ok("POST", "/v1/imports", R"({"kind":"kmes"})")["id"];
  ok("POST", "/v1/imports/" + id + "/check", std::string("id,key\nm7,") + kme_hex + "ff\n");
  const auto generated = (**live.store().kme("m2")).epochs.front().key;
  std::string heard = said;
  std::transform(heard.begin(), heard.end(), heard.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const std::string& key : {std::string(k_hex), std::string(op_hex), std::string(opc_hex),
                                 std::string(kme_hex), to_hex(generated.reveal())}) {
    EXPECT_EQ(heard.find(key), std::string::npos);
  }
  EXPECT_NE(heard.find(imsi_1), std::string::npos) << "the answers were gathered";
}

TEST_F(AdminTest, the_key_check_value_is_aes_over_zeros) {
  ok("POST", "/v1/kmes", R"({"id":"z","key":"00000000000000000000000000000000"})");
  EXPECT_EQ(ok("GET", "/v1/kmes/z")["kcv"], "66e94b");  // FIPS 197: AES-128 of zeros under zeros
}

TEST_F(AdminTest, listings_come_in_pages_that_leave_nothing_out) {
  for (int i = 0; i < 25; ++i) {
    const std::string imsi = std::to_string(1'000'000'000'000'00 + i);
    ok("POST", "/v1/subscribers", Json{{"imsi", imsi}, {"k", k_hex}, {"opc", opc_hex}}.dump());
  }
  std::vector<std::string> seen;
  std::string after;
  do {
    const Json page = ok("GET", "/v1/subscribers", "", {{"limit", "10"}, {"after", after}});
    for (const Json& row : page["items"]) seen.push_back(row["imsi"]);
    after = page["next"];
  } while (!after.empty());
  EXPECT_EQ(seen.size(), 25U);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(ok("GET", "/v1/subscribers", "", {{"limit", "999999"}})["items"].size(), 25U);
  EXPECT_EQ(call("GET", "/v1/subscribers", "", {{"limit", "x"}}).status, 400);
}

TEST_F(AdminTest, every_event_is_explained) {
  provision();
  ok("POST", "/v1/bindings/001010000000001/bind", Json{{"imei", {imei_a}}}.dump());
  ok("PUT", "/v1/bindings/001010000000001/use", Json{{"imei", imei_a}}.dump());
  ok("PUT", "/v1/bindings/001010000000001/mode", R"({"mode":"off"})");
  ok("POST", "/v1/bindings/001010000000001/unbind");
  ok("DELETE", "/v1/devices/490154203237518");
  ok("DELETE", "/v1/subscribers/001010000000002");
  const Json events = ok("GET", "/v1/events", "", {{"limit", "1000"}});
  EXPECT_EQ(events["items"].size(), 13U);
  for (const Json& event : events["items"]) {
    for (const char* field : {"time", "kind", "cause", "effect", "action"})
      EXPECT_NE(event[field], "") << event.dump();
  }
}

}  // namespace
}  // namespace simbiont::admin::test

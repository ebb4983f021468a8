#pragma once

#include <gtest/gtest.h>

#include "admin/api.h"
#include "admin/json.h"
#include "support/memory_live.h"

namespace simbiont::admin::test {

constexpr const char* k_hex = "465b5ce8b199b49faa5f0a2ee238a6bc";
constexpr const char* op_hex = "cdc202d5123e20f62b6d676ac72cb318";
constexpr const char* opc_hex =
    "cd63cb71954a9f4e48a5994e37a02baf";  // of op_hex under k_hex: TS 35.208, set 1
constexpr const char* kme_hex = "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf";
constexpr const char* imsi_1 = "001010000000001";
constexpr const char* imsi_2 = "001010000000002";
constexpr const char* imei_a = "490154203237518";
constexpr const char* imei_b = "351542000000014";
constexpr const char* imei_c = "356938035643809";

class AdminTest : public ::testing::Test {
 protected:
  Response call(std::string method, std::string path, std::string body = "",
                std::map<std::string, std::string> query = {}) {
    Request request{std::move(method), std::move(path), std::move(query), std::move(body)};
    Response response = api.handle(request, caller);
    said += response.body;
    return response;
  }
  Json ok(const std::string& method, const std::string& path, const std::string& body = "",
          std::map<std::string, std::string> query = {}) {
    const Response response = call(method, path, body, std::move(query));
    EXPECT_EQ(response.status, 200) << method << ' ' << path << ' ' << response.body;
    return Json::parse(response.body, nullptr, false);
  }
  // The message of a request that must fail with this status.
  std::string refused(int status, const std::string& method, const std::string& path,
                      const std::string& body = "") {
    const Response response = call(method, path, body);
    EXPECT_EQ(response.status, status) << method << ' ' << path << ' ' << response.body;
    const Json answer = Json::parse(response.body, nullptr, false);
    return answer.contains("error") ? answer["error"]["message"].get<std::string>() : "";
  }

  // Two subscribers, KMEs m1 and m2, devices a (m1), b (m2), c (m1).
  void provision() {
    for (const char* imsi : {imsi_1, imsi_2}) {
      ok("POST", "/v1/subscribers", Json{{"imsi", imsi}, {"k", k_hex}, {"op", op_hex}}.dump());
    }
    ok("POST", "/v1/kmes", Json{{"id", "m1"}, {"key", kme_hex}}.dump());
    ok("POST", "/v1/kmes", Json{{"id", "m2"}, {"generate", true}, {"algorithm", "aes256"}}.dump());
    ok("POST", "/v1/devices", Json{{"imei", imei_a}, {"kme", "m1"}}.dump());
    ok("POST", "/v1/devices", Json{{"imei", imei_b}, {"kme", "m2"}}.dump());
    ok("POST", "/v1/devices", Json{{"imei", imei_c}, {"kme", "m1"}}.dump());
  }
  store::SubscriberState state(const char* imsi) { return **live.store().subscriber(*Imsi::parse(imsi)); }
  std::vector<store::OwedClr> owed() { return *live.store().owed_clrs(0, 100); }
  std::string last_event() {
    const auto all = *live.store().events(0, 1000);
    return all.empty() ? "" : all.back().kind;
  }
  store::Counts counts() { return *live.store().counts(); }

  simbiont::test::MemoryLive live;
  Api api{live};
  Caller caller{0, "root", Roles::all(), 1, false};
  std::string said;  // every answer's body
};

}  // namespace simbiont::admin::test

// Export for a device maker, and the supplier's own tool.
#include <gmock/gmock.h>

#include "admin/batch_make.h"
#include "binding/kme.h"
#include "crypto/key_wrap.h"
#include "crypto/public_key.h"
#include "fixture.h"
#include "tests/support/test_keys.h"

namespace simbiont::admin::test {
namespace {

using ::testing::HasSubstr;

class ExportTest : public AdminTest {
 protected:
  ExportTest() {
    ok("POST", "/v1/suppliers",
       Json{{"name", "maker"},
            {"kme_prefix", "m"},
            {"export_key", simbiont::test::read_text(TEST_DATA "/keys/rsa-3072.pub")}}
           .dump());
    ok("POST", "/v1/kmes", Json{{"id", "m1"}, {"key", kme_hex}}.dump());
    ok("POST", "/v1/kmes", Json{{"id", "other"}, {"key", kme_hex}}.dump());
    const Secret strong(Bytes(32, 0x5A));
    EXPECT_TRUE(live.put({store::PutKme{{"m2",
                                         binding::TransformAlgorithm::aes256,
                                         {{3, binding::EpochState::retired, strong},
                                          {4, binding::EpochState::active, strong},
                                          {5, binding::EpochState::staged, Secret(Bytes(32, 0x77))}}}}})
                    .ok());
    said.clear();
  }
  static Secret opened(const Json& answer, std::size_t at) {
    const Secret kek = simbiont::test::decrypt_oaep(simbiont::test::read_text(TEST_DATA "/keys/rsa-3072.key"),
                                                    *from_hex(answer["encrypted_kek"].get<std::string>()));
    const Json& key = answer["keys"][at];
    const auto plain = crypto::unwrap_key(kek, *crypto::key_wrap(key["wrap"].get<std::string>()),
                                          *from_hex(key["wrapped_key"].get<std::string>()));
    EXPECT_EQ(to_hex(binding::key_check_value(*plain)), key["kcv"]);
    return *plain;
  }
  Json export_keys(const Json& body) { return ok("POST", "/v1/suppliers/maker/export", body.dump()); }
};

TEST_F(ExportTest, opens_with_the_private_key_and_is_noted) {
  const Json answer = export_keys({{"kme", {"m1", "m2"}}});
  EXPECT_EQ(opened(answer, 0), *Secret::from_hex(kme_hex));
  EXPECT_EQ(opened(answer, 1), Secret(Bytes(32, 0x5A)));
  EXPECT_EQ(answer["keys"][1]["epoch"], 4);
  EXPECT_EQ(answer["keys"][1]["algorithm"], "aes256");
  EXPECT_EQ(said.find(kme_hex), std::string::npos);
  const auto event = (*live.store().events(0, 100)).back();
  EXPECT_EQ(event.kind, "keys-exported");
  EXPECT_THAT(event.detail, HasSubstr("to supplier maker, key "));
  EXPECT_THAT(event.detail, HasSubstr(", 2 KMEs: m1 epoch 1 m2 epoch 4"));
  EXPECT_EQ(opened(export_keys({{"kme", "m2"}, {"epoch", 5}}), 0), Secret(Bytes(32, 0x77)));
}

TEST_F(ExportTest, of_what_may_not_leave_is_refused_whole_and_notes_nothing) {
  const auto before = *live.store().last_event_id();
  const auto bad = [&](int status, const Json& body) {
    return refused(status, "POST", "/v1/suppliers/maker/export", body.dump());
  };
  EXPECT_THAT(bad(409, {{"kme", {"m1", "other"}}}), HasSubstr("KME other does not begin with"));
  EXPECT_THAT(bad(404, {{"kme", {"m1", "m3"}}}), HasSubstr("no KME m3"));
  EXPECT_THAT(bad(404, {{"kme", "m2"}, {"epoch", 9}}), HasSubstr("no such epoch"));
  EXPECT_THAT(bad(409, {{"kme", "m2"}, {"epoch", 3}}), HasSubstr("RETIRED"));
  EXPECT_THAT(bad(400, {{"kme", {"m1", "m1"}}}), HasSubstr("twice"));
  EXPECT_THAT(bad(400, {{"kme", Json::array()}}), HasSubstr("1 to 1000"));
  EXPECT_THAT(bad(400, {{"kme", "m1"}, {"epoch", 0}}), HasSubstr("epoch"));
  EXPECT_THAT(bad(404, {{"kme", kme_hex}}), ::testing::Not(HasSubstr(kme_hex)));
  refused(404, "POST", "/v1/suppliers/nobody/export", Json{{"kme", "m1"}}.dump());
  EXPECT_EQ(*live.store().last_event_id(), before);
}

TEST_F(ExportTest, of_many_names_every_kme_in_its_events) {
  Json ids = Json::array();
  for (int i = 0; i < 200; ++i) {
    ids.push_back("m-" + std::to_string(1000 + i));
    ok("POST", "/v1/kmes", Json{{"id", ids.back()}, {"generate", true}}.dump());
  }
  export_keys({{"kme", ids}});
  std::string all;
  const auto events = *live.store().events(0, 1000);
  for (const auto& event : events)
    if (event.kind == "keys-exported") all += event.detail;
  for (const auto& id : ids) EXPECT_NE(all.find(id.get<std::string>() + " epoch 1"), std::string::npos) << id;
}

TEST(MakeBatch, names_bad_rows_and_makes_nothing_of_them) {
  const auto pair = simbiont::test::make_ed25519();
  const Secret kek(Bytes(32, 9));
  const auto made = [&](std::string_view plain, bool sims = false) {
    return make_batch({sims, plain, kek, "aes-kw", pair.priv});
  };
  const auto bad =
      made("imei,kme,key\n1,a,00\n2,b," + std::string(kme_hex) + "\n3,c\n\"x,y\",d," + kme_hex + "\n");
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->bad.size(), 3U);
  EXPECT_TRUE(bad->file.empty());
  EXPECT_TRUE(bad->signature.empty());
  EXPECT_FALSE(made(""));
  EXPECT_FALSE(made("imei,kme,colour\n"));
  EXPECT_FALSE(make_batch({false, "imei,kme,key\n", kek, "aes-gcm", pair.priv}));
  EXPECT_FALSE(make_batch({false, "imei,kme,key\n", kek, "aes-kw", pair.pub}));
  EXPECT_FALSE(make_batch({false, "imei,kme,key\n", Secret(Bytes(16, 9)), "aes-kw", pair.priv}));
  const auto good = made("imsi,k,opc\n1," + std::string(k_hex) + ",\n", true);
  ASSERT_TRUE(good);
  EXPECT_EQ(good->rows, 1U);
  EXPECT_EQ(good->file.find(k_hex), std::string::npos);
  EXPECT_TRUE(crypto::verify_signature(*crypto::parse_verifying_key(pair.pub), as_bytes(good->file),
                                       good->signature));
}

}  // namespace
}  // namespace simbiont::admin::test

// Suppliers and their signed batches: every refusal, and that it changes nothing.
#include <gmock/gmock.h>

#include "binding/kme.h"
#include "crypto/key_wrap.h"
#include "crypto/public_key.h"
#include "fixture.h"
#include "tests/support/test_keys.h"

namespace simbiont::admin::test {
namespace {

using simbiont::test::KeyPair;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Lines = std::vector<std::string>;

constexpr const char* transport_hex = "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf";

const KeyPair& acme_key() {
  static const KeyPair pair = simbiont::test::make_ed25519();
  return pair;
}
const KeyPair& simco_key() {
  static const KeyPair pair = simbiont::test::make_ec("P-256");
  return pair;
}

struct Sent {
  std::string supplier = "acme", kind = "devices", signature = {};
  bool resume = false;
};

class BatchTest : public AdminTest {
 protected:
  BatchTest() {
    add_supplier(
        {{"name", "acme"}, {"key", acme_key().pub}, {"kme_prefix", "acme-"}, {"tac", "35000000-35000099"}});
    add_supplier({{"name", "simco"}, {"kind", "sims"}, {"key", simco_key().pub}, {"imsi", "00101"}});
    said.clear();
  }
  void add_supplier(Json body) {
    body["transport_key"] = transport_hex;
    ok("POST", "/v1/suppliers", body.dump());
  }

  static Secret key(const std::string& hex) { return *Secret::from_hex(hex); }
  // "WRAPPED,KCV"
  static std::string wrapped(const std::string& hex, crypto::KeyWrap wrap = crypto::KeyWrap::kw) {
    return to_hex(*crypto::wrap_key(key(transport_hex), wrap, key(hex))) + "," +
           to_hex(binding::key_check_value(key(hex)));
  }
  static std::string sign(const std::string& file, const KeyPair& by) {
    return to_hex(*crypto::sign(by.priv, as_bytes(file)));
  }

  struct Outcome {
    int status = 0;
    std::string message;  // of what failed
    Lines bad;            // "LINE REASON"
    int imported = -1;
  };
  Outcome import(const std::string& file, Sent sent = {}) {
    if (sent.signature.empty()) sent.signature = sign(file, sent.kind == "sims" ? simco_key() : acme_key());
    Outcome out;
    const Json begun = step(out, "/v1/batches",
                            Json{{"supplier", sent.supplier},
                                 {"kind", sent.kind},
                                 {"signature", sent.signature},
                                 {"resume", sent.resume}}
                                .dump());
    if (out.status != 200) return out;
    const std::string at = "/v1/batches/" + begun["id"].get<std::string>();
    for (std::size_t i = 0; i < file.size() && out.status == 200; i += 1000)
      step(out, at + "/data", file.substr(i, 1000));
    Json answer{{"done", false}};
    while (out.status == 200 && !answer["done"].get<bool>()) {
      answer = step(out, at + "/check");
      if (out.status != 200) return out;
      for (const Json& row : answer["listed"])
        out.bad.push_back(std::to_string(row["line"].get<int>()) + " " + row["reason"].get<std::string>());
    }
    answer = {{"done", false}};
    while (out.status == 200 && !answer["done"].get<bool>()) answer = step(out, at + "/write");
    if (out.status != 200) {
      Outcome ended;
      step(ended, at + "/finish");
      EXPECT_NE(ended.status, 200);
      (void)call("DELETE", at);
      return out;
    }
    out.imported = step(out, at + "/finish")["imported"];
    return out;
  }
  Json step(Outcome& out, const std::string& path, const std::string& body = "") {
    const Response response = call("POST", path, body);
    out.status = response.status;
    Json answer = Json::parse(response.body, nullptr, false);
    if (response.status != 200) out.message = answer["error"]["message"];
    return answer;
  }
  std::string everything() {
    std::string all = std::to_string(counts().devices) + " " + std::to_string(counts().kmes) + " " +
                      std::to_string(counts().subscribers) + " " +
                      std::to_string(*live.store().last_event_id());
    return all;
  }
};

const std::string head = "imei,kme,wrapped_key,kcv\n";
const std::string k1 = "101112131415161718191a1b1c1d1e1f", k2 = "202122232425262728292a2b2c2d2e2f";
const std::string k256 = k1 + k2;

TEST_F(BatchTest, brings_kmes_and_the_devices_that_share_them) {
  const std::string file = "imei,kme,algorithm,epoch,wrap,wrapped_key,kcv\n35000000000001,acme-1,,,," +
                           wrapped(k1) + "\n35000000000002,acme-1,aes128,1,aes-kw," + wrapped(k1) +
                           "\n350000990000030,acme-2,aes256,7,aes-kwp," +
                           wrapped(k256, crypto::KeyWrap::kwp) + "\n";
  const auto done = import(file);
  EXPECT_EQ(done.status, 200) << done.message;
  EXPECT_THAT(done.bad, ElementsAre());
  EXPECT_EQ(done.imported, 3);
  const auto one = **live.store().kme("acme-1"), two = **live.store().kme("acme-2");
  EXPECT_EQ(one.in_state(binding::EpochState::active)->key, key(k1));
  EXPECT_EQ(two.algorithm, binding::TransformAlgorithm::aes256);
  EXPECT_EQ(two.in_state(binding::EpochState::active)->number, 7U);
  EXPECT_EQ(two.in_state(binding::EpochState::active)->key, key(k256));
  EXPECT_EQ((*live.store().device(*Imei::parse("35000000000002")))->kme, "acme-1");
  EXPECT_EQ((*live.store().device(*Imei::parse("350000990000030")))->confirmed_epoch, 7U);
  const auto events = *live.store().events(0, 100);
  EXPECT_EQ(events.back().kind, "keys-imported");
  EXPECT_THAT(events.back().detail, HasSubstr("2 KMEs, 3 devices of supplier acme, file sha256 "));
}

TEST_F(BatchTest, may_be_json_lines) {
  const std::string w = wrapped(k1);
  const std::string file =
      "{\"imei\": \"35000000000001\", \"kme\": \"acme-1\", \"epoch\": 3, \"wrapped_key\": \"" +
      w.substr(0, 48) + "\", \"kcv\": \"" + w.substr(49) + "\"}\n\n";
  const auto done = import(file);
  EXPECT_EQ(done.status, 200) << done.message;
  EXPECT_EQ(done.imported, 1);
  EXPECT_EQ((**live.store().kme("acme-1")).epochs.front().number, 3U);
  EXPECT_THAT((*live.store().events(0, 100)).back().detail,
              HasSubstr(to_hex(crypto::fingerprint(as_bytes(file)))))
      << "the digest is that of the file as it came";
}

TEST_F(BatchTest, with_a_wrong_signature_is_not_looked_at) {
  const std::string file = head + "35000000000001,acme-1," + wrapped(k1) + "\n";
  const auto before = everything();
  const std::string good = sign(file, acme_key());
  for (const std::string& signature :
       {sign(file + "\n", acme_key()), sign(file, simbiont::test::make_ed25519()), sign(file, simco_key()),
        std::string(128, '0')}) {
    const auto done = import(file, {.signature = signature});
    EXPECT_EQ(done.status, 409);
    EXPECT_EQ(done.message, "the signature does not verify: nothing of the file was looked at");
    EXPECT_THAT(done.bad, ElementsAre());
  }
  EXPECT_EQ(import(file, {.signature = "00"}).status, 400);
  EXPECT_EQ(import(file, {.signature = "zz"}).status, 400);
  EXPECT_EQ(import(file, {.signature = std::string(4000, '0')}).status, 400);
  EXPECT_EQ(everything(), before);
  EXPECT_EQ(import(file, {.signature = good}).imported, 1);
}

TEST_F(BatchTest, of_a_supplier_of_something_else_is_refused) {
  const std::string file = head + "35000000000001,acme-1," + wrapped(k1) + "\n";
  EXPECT_EQ(import(file, {.supplier = "nobody"}).status, 404);
  EXPECT_THAT(import(file, {.supplier = "simco"}).message, HasSubstr("keys of SIMs, not of devices"));
  EXPECT_THAT(import(file, {.kind = "sims"}).message, HasSubstr("keys of devices, not of SIMs"));
}

TEST_F(BatchTest, names_every_bad_line_with_all_its_reasons_and_changes_nothing) {
  ok("POST", "/v1/kmes", Json{{"id", "acme-old"}, {"key", kme_hex}}.dump());
  ok("POST", "/v1/devices", Json{{"imei", "35000000000099"}, {"kme", "acme-old"}}.dump());
  const auto before = everything();
  const std::string good = wrapped(k1), other = wrapped(k2);
  const std::string spoilt = good.substr(0, 10) + (good[10] == '0' ? "1" : "0") + good.substr(11);
  const std::string zeros = wrapped(std::string(32, '0'));
  const std::string file = head +                                       // 1
                           "35000000000001,acme-1," + good + "\n" +     // 2
                           "35000100000001,acme-2," + other + "\n" +    // 3 TAC
                           "35000000000001,other-1," + spoilt + "\n" +  // 4 prefix, unwrap, IMEI again
                           "35000000000003,acme-3," + other.substr(0, 49) +
                           "ffffff\n"  // 5 KCV
                           "35000000000004,acme-1," +
                           other + "\n" +                                      // 6 another key
                           "35000000000005,acme-5," + good + "\n" +            // 7 the key of acme-1
                           "35000000000006,acme-6,00,ffffff\n" +               // 8 no wrapped key
                           "35000000000007,acme-7,xy,ffffff\n" +               // 9
                           "350000000000081,acme-old," + wrapped(k1) + "\n" +  // 10 check digit, exists
                           "35000000000099,acme-9," + wrapped("303132333435363738393a3b3c3d3e3f") +
                           "\n" +                                             // 11
                           "35000000000010,acme-10," + zeros + "\n" +         // 12
                           "35000000000011,acme-11\n" +                       // 13
                           "35000000000012,acme-12," + wrapped(k256) + "\n";  // 14 size
  const auto done = import(file);
  EXPECT_EQ(done.status, 409);
  EXPECT_EQ(done.message, "some rows are bad: nothing is imported");
  EXPECT_THAT(
      done.bad,
      ElementsAre(
          HasSubstr("3 IMEI 350001000000012 has a TAC outside the supplier's ranges"),
          ::testing::AllOf(
              HasSubstr("4 KME other-1 does not begin with the supplier's prefix; wrapped_key: it was "
                        "not wrapped under the transport key, or was changed; IMEI "),
              HasSubstr("stands in an earlier row")),
          HasSubstr("5 wrapped_key holds a key with another check value"),
          HasSubstr("6 KME acme-1 stands in an earlier row with another key"),
          HasSubstr("7 the key of KME acme-5 is that of KME acme-1, too"),
          HasSubstr("8 wrapped_key: the number of octets is no wrapped key's"),
          HasSubstr("9 wrapped_key is not hexadecimal digits"), HasSubstr("10 the IMEI's check digit"),
          HasSubstr("11 device 350000000000998 exists"), HasSubstr("12 wrapped_key holds no random key"),
          HasSubstr("13 the row has 2 fields, the header 4"),
          HasSubstr("14 the key's size is not that of aes128")));
  EXPECT_EQ(everything(), before);
}

TEST_F(BatchTest, of_json_lines_names_its_bad_lines_too) {
  const std::string file =
      "{\"imei\": \"35000000000001\"}\nnot json\n{\"imei\": [1]}\n{\"colour\": "
      "\"red\"}\n{\"imei\":\"1\",\"imei\":\"2\"}\n"
      "{\"imei\":\"35000000000002\",\"kme\":\"acme\\n\",\"wrapped_key\":\"0\",\"kcv\":\"0\"}\n"
      "{\"imei\":\"1\",\"kme\":\"acme-\\\"\",\"wrapped_key\":\"0\",\"kcv\":\"0\"}\n";
  EXPECT_THAT(import(file).bad,
              ElementsAre("1 'kme' is missing", "2 the line is not a JSON object of plain values",
                          "3 the line is not a JSON object of plain values", "4 unknown field 'colour'",
                          "5 a field stands there twice", "6 'kme' holds a control character",
                          HasSubstr("7 an IMEI is")));
}

TEST_F(BatchTest, lists_a_limited_number_of_bad_lines_and_counts_all) {
  std::string file = head;
  for (int i = 0; i < 150; ++i) file += "x,acme-1," + wrapped(k1) + "\n";
  EXPECT_EQ(import(file).bad.size(), 100U);
  EXPECT_THAT(said, HasSubstr("\"rows\":150,\"bad\":150,"));
}

TEST_F(BatchTest, that_exists_is_a_duplicate_and_with_resume_is_finished) {
  const std::string one = head + "35000000000001,acme-1," + wrapped(k1) + "\n";
  EXPECT_EQ(import(one).imported, 1);
  EXPECT_THAT(import(one).bad,
              ElementsAre(::testing::AllOf(HasSubstr("2 KME acme-1 exists; device "), HasSubstr("exists"))));
  const std::string both = one + "35000000000002,acme-1," + wrapped(k1) + "\n";
  EXPECT_EQ(import(both, {.resume = true}).imported, 2);
  EXPECT_EQ(counts().devices, 2U);
  const std::string changed = head + "35000000000001,acme-1," + wrapped(k2) + "\n";
  EXPECT_THAT(import(changed, {.resume = true}).bad, ElementsAre("2 KME acme-1 exists"));
  const std::string moved = head + "35000000000001,acme-2," + wrapped(k2) + "\n";
  EXPECT_THAT(import(moved, {.resume = true}).bad, ElementsAre(HasSubstr("2 device 350000000000014 exists")));
}

TEST_F(BatchTest, that_is_broken_off_is_taken_back) {
  const auto before = counts();
  const std::string file = head + "35000000000001,acme-1," + wrapped(k1) + "\n";
  const std::string id =
      ok("POST", "/v1/batches",
         Json{{"supplier", "acme"}, {"kind", "devices"}, {"signature", sign(file, acme_key())}}.dump())["id"];
  ok("POST", "/v1/batches/" + id + "/data", file);
  ok("POST", "/v1/batches/" + id + "/check");
  refused(409, "POST", "/v1/batches/" + id + "/data", file);
  ok("POST", "/v1/batches/" + id + "/write");
  EXPECT_EQ(counts().devices, before.devices + 1);
  ok("DELETE", "/v1/batches/" + id);
  EXPECT_EQ(counts().devices, before.devices);
  EXPECT_EQ(counts().kmes, before.kmes);
  EXPECT_EQ(last_event(), "import-undone");
}

TEST_F(BatchTest, takes_no_rows_that_its_signature_does_not_cover) {
  const std::string file = head + "35000000000001,acme-1," + wrapped(k1) + "\n";
  const std::string id =
      ok("POST", "/v1/batches",
         Json{{"supplier", "acme"}, {"kind", "devices"}, {"signature", sign(file, acme_key())}}.dump())["id"];
  for (const char* step : {"/check", "/write"})
    EXPECT_EQ(refused(409, "POST", "/v1/imports/" + id + step, file), "this import is a signed batch");
  refused(409, "POST", "/v1/batches/" + id + "/write");
  refused(409, "POST", "/v1/batches/" + id + "/finish");
  refused(409, "POST", "/v1/batches/" + id + "/check");
  EXPECT_EQ(counts().devices, 0U);
  const std::string plain = ok("POST", "/v1/imports", Json{{"kind", "devices"}}.dump())["id"];
  for (const char* step : {"/data", "/check", "/write"})
    EXPECT_EQ(refused(409, "POST", "/v1/batches/" + plain + step, file), "this import is no signed batch");
}

TEST_F(BatchTest, larger_than_the_limit_is_refused) {
  const std::string id =
      ok("POST", "/v1/batches",
         Json{{"supplier", "acme"}, {"kind", "devices"}, {"signature", std::string(128, '0')}}.dump())["id"];
  const std::string megabyte(1024 * 1024, 'x');
  for (int i = 0; i < 32; ++i) ok("POST", "/v1/batches/" + id + "/data", megabyte);
  EXPECT_THAT(refused(409, "POST", "/v1/batches/" + id + "/data", "x"), HasSubstr("larger than 32 MiB"));
}

TEST_F(BatchTest, in_slices_is_imported_whole) {
  std::string file = head;
  for (int i = 0; i < 15'000; ++i)
    file += std::to_string(35000000000000 + i) + ",acme-set," + wrapped(k1) + "\n";
  ASSERT_GT(file.size(), max_chunk);
  EXPECT_EQ(import(file).imported, 15'000);
  EXPECT_EQ(counts().devices, 15'000U);
  EXPECT_EQ(counts().kmes, 1U);
}

const std::string sim_head = "imsi,alg,amf,wrapped_k,k_kcv,wrapped_opc,opc_kcv\n";

TEST_F(BatchTest, of_a_sim_vendor_brings_k_and_opc) {
  const std::string file = sim_head + "001010000000001,,," + wrapped(k_hex) + "," + wrapped(opc_hex) + "\n" +
                           "001010000000002,tuak,9001," + wrapped(k256) + "," + wrapped(k2 + k1) + "\n" +
                           "001010000000003,xor,," + wrapped(k2) + ",,\n";
  const auto done = import(file, {.supplier = "simco", .kind = "sims"});
  EXPECT_THAT(done.bad, ElementsAre());
  EXPECT_EQ(done.imported, 3);
  EXPECT_EQ(state(imsi_1).subscriber.k, key(k_hex));
  EXPECT_EQ(state(imsi_1).subscriber.opc, key(opc_hex));
  EXPECT_EQ(to_hex(state(imsi_2).subscriber.amf), "9001");
  EXPECT_EQ(state(imsi_2).subscriber.k, key(k256));
  EXPECT_THAT(import(file, {.supplier = "simco", .kind = "sims"}).bad.size(), 3U);
  const auto again = import(file, {.supplier = "simco", .kind = "sims", .resume = true});
  EXPECT_EQ(again.imported, 3) << again.message;
}

TEST_F(BatchTest, of_a_sim_vendor_names_its_bad_lines) {
  const std::string good = wrapped(k_hex), opc = wrapped(opc_hex);
  const std::string file = sim_head + "001020000000001,,," + good + "," + opc + "\n" +           // 2 IMSI
                           "001010000000001,md5,," + wrapped(k1) + "," + opc + "\n" +            // 3 alg
                           "001010000000002,,8," + wrapped(k1) + "," + opc + "\n" +              // 4 amf
                           "001010000000003,,," + good.substr(0, 49) + "000000," + opc + "\n" +  // 5
                           "001010000000004,,," + good + "," + opc.substr(0, 49) + "000000\n" +  // 6
                           "001010000000005,xor,," + good + "," + opc + "\n" +                   // 7
                           "001010000000006,,," + wrapped(k2) + "," + wrapped(k256) + "\n" +     // 8
                           "001010000000007,,," + wrapped(k1) + "," + opc + "\n" +               // 9
                           "001010000000007,,," + wrapped(k1) + "," + opc + "\n";                // 10
  const auto done = import(file, {.supplier = "simco", .kind = "sims"});
  EXPECT_THAT(
      done.bad,
      ElementsAre(HasSubstr("2 IMSI 001020000000001 begins as none"), HasSubstr("3 alg is not"),
                  HasSubstr("4 amf is not"), HasSubstr("5 wrapped_k holds a key with another check value"),
                  HasSubstr("6 wrapped_opc holds a key with another check value"),
                  HasSubstr("7 wrapped_opc is not for alg xor"), HasSubstr("8 "),
                  HasSubstr("10 its K is that of an earlier row; IMSI 001010000000007 stands")));
  EXPECT_EQ(counts().subscribers, 0U);
}

TEST_F(BatchTest, suppliers_are_shown_without_their_transport_key_and_removed) {
  const Json acme = ok("GET", "/v1/suppliers/acme");
  EXPECT_EQ(acme["key"], "Ed25519");
  EXPECT_EQ(acme["tac"], "35000000-35000099");
  EXPECT_EQ(acme["transport_kcv"], to_hex(binding::key_check_value(key(transport_hex))));
  EXPECT_EQ(ok("GET", "/v1/suppliers")["items"].size(), 2U);
  EXPECT_EQ(said.find(std::string(transport_hex).substr(0, 16)), std::string::npos);
  import(head + "35000000000001,acme-1," + wrapped(k1) + "\n");
  ok("DELETE", "/v1/suppliers/acme");
  EXPECT_EQ(last_event(), "supplier-removed");
  refused(404, "DELETE", "/v1/suppliers/acme");
  refused(404, "GET", "/v1/suppliers/acme");
  EXPECT_EQ(counts().devices, 1U) << "what it handed over stays";
}

TEST_F(BatchTest, suppliers_that_make_no_sense_are_refused) {
  const std::string rsa = simbiont::test::read_text(TEST_DATA "/keys/rsa-3072.pub");
  const Json good{{"name", "x"},
                  {"key", acme_key().pub},
                  {"transport_key", transport_hex},
                  {"kme_prefix", "x-"},
                  {"tac", "35000000"}};
  const auto bad = [&](std::initializer_list<std::pair<const char*, Json>> changes) {
    Json body = good;
    for (const auto& [field, value] : changes) {
      if (value.is_null()) body.erase(field);
      if (!value.is_null()) body[field] = value;
    }
    return refused(400, "POST", "/v1/suppliers", body.dump());
  };
  EXPECT_THAT(bad({{"name", nullptr}}), HasSubstr("'name' is missing"));
  EXPECT_THAT(bad({{"name", std::string(64, 'a')}}), HasSubstr("a supplier's name"));
  EXPECT_THAT(bad({{"key", rsa}}), HasSubstr("'key': it is no sound Ed25519"));
  EXPECT_THAT(bad({{"key", nullptr}}), HasSubstr("belong together"));
  EXPECT_THAT(bad({{"transport_key", nullptr}}), HasSubstr("belong together"));
  EXPECT_THAT(bad({{"transport_key", k1}}), HasSubstr("transport_key is not 64"));
  EXPECT_THAT(bad({{"key", nullptr}, {"transport_key", nullptr}}), HasSubstr("neither"));
  EXPECT_THAT(bad({{"kme_prefix", nullptr}}), HasSubstr("kme_prefix"));
  EXPECT_THAT(bad({{"kme_prefix", "a b"}}), HasSubstr("kme_prefix"));
  EXPECT_THAT(bad({{"tac", nullptr}}), HasSubstr("needs the TACs"));
  for (const char* tac : {"3500000", "35000000-34000000", "35000000,", "35000000;35000001", "-", "35000000-"})
    EXPECT_EQ(bad({{"tac", tac}}).empty(), false) << tac;
  EXPECT_THAT(bad({{"imsi", "00101"}}), HasSubstr("a supplier of devices' keys has TACs"));
  EXPECT_THAT(bad({{"kind", "cars"}}), HasSubstr("kind is not"));
  EXPECT_THAT(bad({{"kind", "sims"}, {"tac", nullptr}, {"imsi", "00101"}}), HasSubstr("has no KMEs"));
  EXPECT_THAT(bad({{"export_key", acme_key().pub}}), HasSubstr("'export_key': it is no sound RSA"));
  EXPECT_THAT(bad({{"colour", "red"}}), HasSubstr("unknown field"));
  refused(409, "POST", "/v1/suppliers",
          Json{{"name", "acme"}, {"export_key", rsa}, {"kme_prefix", "a"}}.dump());
  EXPECT_EQ(ok("GET", "/v1/suppliers")["items"].size(), 2U);
}

TEST_F(BatchTest, no_answer_repeats_a_key) {
  import(head + "35000000000001," + k1 + "," + k2 + "," + k1 + "\n" + k1 + "," + k1 + "," + wrapped(k2) +
         "\n");
  import(head + k256 + "\n");
  import("{\"" + k1 + "\":\"" + k2 + "\"}\n");
  import(k256 + "," + k1 + "\n");
  for (const std::string& secret : {k1, k2, k256, std::string(transport_hex)})
    EXPECT_EQ(said.find(secret), std::string::npos) << secret;
}

}  // namespace
}  // namespace simbiont::admin::test

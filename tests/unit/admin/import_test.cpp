#include "fixture.h"

namespace simbiont::admin::test {
namespace {

class ImportTest : public AdminTest {
 protected:
  std::string begin(const std::string& kind, bool replace = false) {
    return ok("POST", "/v1/imports", Json{{"kind", kind}, {"replace", replace}}.dump())["id"];
  }
  // "line reason" of every bad row.
  std::vector<std::string> check(const std::string& id, const std::string& chunk) {
    std::vector<std::string> bad;
    const Json answer = ok("POST", "/v1/imports/" + id + "/check", chunk);
    for (const Json& row : answer["bad"]) {
      bad.push_back(std::to_string(row["line"].get<int>()) + " " + row["reason"].get<std::string>());
    }
    return bad;
  }
  // The bad rows; the file is imported when there are none.
  std::vector<std::string> import(const std::string& kind, const std::string& file, bool replace = false) {
    const std::string id = begin(kind, replace);
    auto bad = check(id, file);
    if (!bad.empty()) {
      refused(409, "POST", "/v1/imports/" + id + "/write", file);
      refused(409, "POST", "/v1/imports/" + id + "/finish");
      ok("DELETE", "/v1/imports/" + id);
      return bad;
    }
    ok("POST", "/v1/imports/" + id + "/write", file);
    const Json finished = ok("POST", "/v1/imports/" + id + "/finish");
    imported = finished["imported"];
    clr_to = finished["clr_to"];
    return bad;
  }
  int imported = -1;
  Json clr_to;
};

using Lines = std::vector<std::string>;
const std::string k = k_hex;
const std::string opc = opc_hex;
const std::string kme = kme_hex;

void add_row(std::string& file, std::int64_t imsi) {
  file.append(std::to_string(imsi)).append(",").append(k).append(",").append(opc).append("\n");
}

TEST_F(ImportTest, of_bindings_names_every_node_that_is_owed_a_clr_once) {
  provision();
  for (const char* imsi : {imsi_1, imsi_2}) {
    for (const char* host : {"mme1", imsi}) {
      const Imsi of = *Imsi::parse(imsi);
      ASSERT_TRUE(live.put({store::PutVectorNode{{of, host, "visited", live.now_ms, 0}}}).ok());
    }
  }
  EXPECT_EQ(
      import("bindings", "imsi,imei\n001010000000001,35154200000001\n001010000000002,490154203237518\n"),
      Lines{});
  EXPECT_EQ(clr_to, Json::array({imsi_1, imsi_2, "mme1"}));
  EXPECT_EQ(owed().size(), 4U);
  EXPECT_EQ(import("bindings", "imsi,imei\n001010000000001,35154200000001\n", true), Lines{});
  EXPECT_EQ(clr_to, Json::array()) << "it was enforced before";
}

struct BadRowCase {
  const char* kind;
  std::string file;
  Lines bad;  // how each complaint begins
};

TEST_F(ImportTest, every_bad_row_is_named_with_its_line_and_nothing_is_imported) {
  provision();
  ok("POST", "/v1/bindings/001010000000002/bind", Json{{"imei", {imei_a}}}.dump());
  const auto before = counts();
  const std::string s = "imsi,k,opc,op,amf,alg,sqn,msisdn,apn\n";
  const std::vector<BadRowCase> table{
      {"subscribers", "", {}},
      {"subscribers", "imsi,k,opc,colour\n", {"1 column 'colour' is unknown"}},
      {"subscribers", "imsi,k,opc,k\n", {"1 column 'k' stands there twice"}},
      {"subscribers", "imsi,opc\n", {"1 column 'k' is missing"}},
      {"subscribers", k + ",imsi\n", {"1 column 1 is unknown"}},
      {"subscribers", "imsi,k,opc\n001010000000003," + k + "\n", {"2 the row has 2 fields"}},
      {"subscribers", "imsi,k,opc\n\"001010000000003," + k + "," + opc + "\n", {"2 a quote is not closed"}},
      {"subscribers", s + "12345," + k + "," + opc + ",,,,,,\n", {"2 an IMSI is"}},
      {"subscribers", s + "001010000000003,xx," + opc + ",,,,,,\n", {"2 k is not"}},
      {"subscribers", s + "001010000000003," + k + ",,,,,,,\n", {"2 op or opc is missing"}},
      {"subscribers", s + "001010000000003," + k + "," + opc + "," + opc + ",,,,,\n", {"2 op and opc"}},
      {"subscribers", s + "001010000000003," + k + "," + opc + ",,80,,,,\n", {"2 amf"}},
      {"subscribers", s + "001010000000003," + k + "," + opc + ",,,comp128v1,,,\n", {"2 alg"}},
      {"subscribers", s + "001010000000003," + k + "," + opc + ",,,tuak,,,\n", {"2 opc is not 64"}},
      {"subscribers", s + "001010000000003," + k + "," + opc + ",,,xor,,,\n", {"2 op and opc are not for"}},
      {"subscribers", s + "001010000000003," + k + k + "," + opc + ",,,gsm-milenage,,,\n", {"2 k is not"}},
      {"subscribers", s + "001010000000003," + k + "," + opc + ",,,,x,,\n", {"2 sqn"}},
      {"subscribers", s + "001010000000003," + k + "," + opc + ",,,,,12a,\n", {"2 msisdn"}},
      {"subscribers", s + "001010000000003," + k + "," + opc + ",,,,,,a;;b\n", {"2 an APN"}},
      {"subscribers",
       s + "\n001010000000003," + k + "," + opc + ",,,,,,\r\n1,2\n001010000000003," + k + "," + opc +
           ",,,,,,\n" + imsi_1 + "," + k + "," + opc + ",,,,,,\n",
       {"4 the row has 2 fields", "5 IMSI 001010000000003 stands in an earlier row",
        "6 subscriber 001010000000001 exists"}},
      {"kmes",
       "id,key\na b," + kme + "\nm3," + kme + "00\nm1," + kme + "\nm4," + kme + "\nm4," + kme + "\n",
       {"2 ", "3 key is not 32", "4 KME m1 exists", "6 KME m4 stands"}},
      {"kmes",
       "id,key,algorithm\nm3," + kme + ",des\nm4," + kme + ",aes256\n",
       {"2 algorithm", "3 key is not 64"}},
      {"devices",
       "imei,kme\n490154203237517,m1\n35693803564381,nokme\n35693803564382,\n490154203237518,m1\n",
       {"2 the IMEI's check digit", "3 no KME nokme", "4 kme is empty", "5 device 490154203237518 exists"}},
      {"devices", "imei,kme\n35693803564381,m1\n3569380356438100,m1\n", {"3 IMEI 356938035643817 stands"}},
      {"bindings",
       "imsi,imei,mode\n001010000000001,49015420323751,learn\n001010000000009,49015420323751,\n"
       "001010000000001,00000000000000,\n001010000000002,35154200000001,\n",
       {"2 mode is not", "3 no subscriber 001010000000009", "4 no device 000000000000000",
        "5 subscriber 001010000000002 is bound"}},
      {"bindings",
       "imsi,imei,mode\n001010000000001,49015420323751,observe\n001010000000001,35154200000001,enforce\n"
       "001010000000001,490154203237518,observe\n",
       {"3 an earlier row of this IMSI has mode observe", "4 the same IMSI and IMEI"}},
  };
  for (const auto& [kind, file, expected] : table) {
    if (expected.empty()) {
      const std::string id = begin(kind);
      EXPECT_TRUE(check(id, file).empty());
      EXPECT_EQ(refused(409, "POST", "/v1/imports/" + id + "/finish"), "the header row is missing");
      ok("DELETE", "/v1/imports/" + id);
      continue;
    }
    const Lines bad = import(kind, file);
    ASSERT_EQ(bad.size(), expected.size()) << file << ::testing::PrintToString(bad);
    for (std::size_t i = 0; i < bad.size(); ++i)
      EXPECT_EQ(bad[i].rfind(expected[i], 0), 0U) << bad[i] << "\n" << file;
  }
  EXPECT_EQ(counts().subscribers, before.subscribers);
  EXPECT_EQ(counts().kmes, before.kmes);
  EXPECT_EQ(counts().devices, before.devices);
  EXPECT_EQ(counts().bound_imsis, before.bound_imsis);
}

TEST_F(ImportTest, columns_come_in_any_order_with_quotes_bom_and_crlf) {
  const std::string file =
      "\xEF\xBB\xBF"
      "apn,imsi,opc,k\r\n\r\n\"a;b\",001010000000003," +
      opc + ",\"" + k + "\"\r\n";
  EXPECT_EQ(import("subscribers", file), Lines{});
  EXPECT_EQ(imported, 1);
  const auto s = state("001010000000003").subscriber;
  EXPECT_EQ(s.apns, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(to_hex(s.k.reveal()), k);
  EXPECT_EQ(last_event(), "imported");
}

TEST_F(ImportTest, a_whole_operator_is_imported_kind_by_kind) {
  EXPECT_EQ(import("subscribers", "imsi,k,op\n001010000000001," + k + "," + op_hex + "\n"), Lines{});
  EXPECT_EQ(import("kmes", "id,algorithm,key\nm1,," + kme + "\nm2,aes256," + kme + kme + "\n"), Lines{});
  EXPECT_EQ(import("devices", "imei,kme\n49015420323751,m1\n35154200000001,m2\n"), Lines{});
  EXPECT_EQ(
      import("bindings", "imsi,imei\n001010000000001,35154200000001\n001010000000001,490154203237518\n"),
      Lines{});
  EXPECT_EQ(imported, 2);
  const auto binding = state(imsi_1).binding;
  ASSERT_EQ(binding.associations.size(), 2U);
  EXPECT_EQ(binding.associations[0].kme, "m2") << "in the order of the file";
  EXPECT_EQ(binding.mode, binding::Mode::enforce);
  EXPECT_EQ((**live.store().kme("m1")).epochs.front().state, binding::EpochState::active);
}

TEST_F(ImportTest, replace_takes_new_data_and_keeps_what_must_stay) {
  provision();
  ok("POST", "/v1/bindings/001010000000001/bind", Json{{"imei", {imei_a}}}.dump());
  ASSERT_TRUE(live.put({store::RaiseSeq{*Imsi::parse(imsi_1), 500}}).ok());
  EXPECT_EQ(
      import("subscribers", "imsi,k,opc,msisdn,sqn\n001010000000001," + k + "," + opc + ",42,32\n", true),
      Lines{});
  EXPECT_EQ(state(imsi_1).subscriber.msisdn, "42");
  EXPECT_EQ(state(imsi_1).subscriber.seq_high, 500U) << "SQN never goes back by an import";
  EXPECT_EQ(state(imsi_1).binding.associations.size(), 1U);
  EXPECT_EQ(import("bindings", "imsi,imei\n001010000000001,35154200000001\n", true), Lines{});
  ASSERT_EQ(state(imsi_1).binding.associations.size(), 1U);
  EXPECT_EQ(state(imsi_1).binding.associations[0].kme, "m2");
  EXPECT_EQ(state(imsi_1).binding.former.at(0).kme, "m1");
}

TEST_F(ImportTest, a_key_in_use_is_not_replaced_under_its_devices) {
  provision();
  const std::string other = "00112233445566778899aabbccddeeff";
  EXPECT_EQ(import("kmes", "id,key\nm1," + kme + "\n", true), Lines{}) << "the same key is fine";
  const Lines refusal = import("kmes", "id,key\nm1," + other + "\n", true);
  ASSERT_EQ(refusal.size(), 1U);
  EXPECT_NE(refusal[0].find("new epoch"), std::string::npos);
  ok("POST", "/v1/kmes", Json{{"id", "m8"}, {"key", kme}}.dump());
  EXPECT_EQ(import("kmes", "id,key\nm8," + other + "\n", true), Lines{}) << "no device holds it";

  ok("POST", "/v1/bindings/001010000000001/bind", Json{{"imei", {imei_a}}}.dump());
  const Lines bound = import("devices", "imei,kme\n49015420323751,m2\n35693803564380,m2\n", true);
  ASSERT_EQ(bound.size(), 1U);
  EXPECT_NE(bound[0].find("unbind it"), std::string::npos);
  EXPECT_EQ(import("devices", "imei,kme\n49015420323751,m1\n35693803564380,m2\n", true), Lines{});
  EXPECT_EQ((**live.store().device(*Imei::parse(imei_c))).kme, "m2");
}

TEST_F(ImportTest, a_binding_that_leaves_plain_owes_a_clr_here_too) {
  provision();
  ASSERT_TRUE(
      live.put({store::PutRegistration{{*Imsi::parse(imsi_1), "mme1", "r", *Plmn::parse("26201"), 1004, 5}}})
          .ok());
  EXPECT_EQ(import("bindings", "imsi,imei\n001010000000001,49015420323751\n001010000000001,35154200000001\n"),
            Lines{});
  ASSERT_EQ(owed().size(), 1U);
  EXPECT_EQ(owed()[0].host, "mme1");
}

TEST_F(ImportTest, rows_of_one_imsi_far_apart_are_written_at_once) {
  provision();
  const std::string id = begin("bindings");
  const std::string first = "imsi,imei\n001010000000001,49015420323751\n";
  const std::string second = "001010000000002,49015420323751\n001010000000001,35154200000001\n";
  EXPECT_TRUE(check(id, first).empty());
  EXPECT_TRUE(check(id, second).empty());
  ok("POST", "/v1/imports/" + id + "/write", first);
  EXPECT_EQ(state(imsi_1).binding.associations.size(), 2U) << "never half a binding";
  ok("POST", "/v1/imports/" + id + "/write", second);
  ok("POST", "/v1/imports/" + id + "/finish");
  EXPECT_EQ(state(imsi_2).binding.associations.size(), 1U);
}

TEST_F(ImportTest, a_file_that_changes_after_its_check_is_refused) {
  const std::string good = "imsi,k,opc\n001010000000001," + k + "," + opc + "\n";
  const std::string other = "imsi,k,opc\n001010000000002," + k + "," + opc + "\n";
  const std::string id = begin("subscribers");
  EXPECT_TRUE(check(id, good).empty());
  EXPECT_NE(refused(409, "POST", "/v1/imports/" + id + "/write", other).find("nothing was imported"),
            std::string::npos);
  refused(404, "POST", "/v1/imports/" + id + "/write", good);
  refused(404, "POST", "/v1/imports/" + id + "/finish");
  EXPECT_EQ(counts().subscribers, 0U);
}

TEST_F(ImportTest, a_write_beyond_what_was_checked_and_a_finish_before_are_refused) {
  const std::string file = "imsi,k,opc\n001010000000001," + k + "," + opc + "\n";
  const std::string id = begin("subscribers");
  EXPECT_TRUE(check(id, file).empty());
  refused(409, "POST", "/v1/imports/" + id + "/finish");
  ok("POST", "/v1/imports/" + id + "/write", file);
  refused(409, "POST", "/v1/imports/" + id + "/check", "001010000000002," + k + "," + opc + "\n");
  refused(409, "POST", "/v1/imports/" + id + "/write", "001010000000002," + k + "," + opc + "\n");
}

TEST_F(ImportTest, other_changes_wait_until_the_import_ends_and_reads_do_not) {
  provision();
  const std::string id = begin("subscribers");
  EXPECT_NE(refused(409, "DELETE", "/v1/subscribers/001010000000001").find("import"), std::string::npos);
  refused(409, "POST", "/v1/imports", R"({"kind":"kmes"})");
  ok("GET", "/v1/subscribers/001010000000001");
  live.now_ms += 59'000;
  refused(409, "DELETE", "/v1/subscribers/001010000000001");
  live.now_ms += 2'000;
  ok("DELETE", "/v1/subscribers/001010000000001");
  refused(404, "POST", "/v1/imports/" + id + "/check", "imsi\n");
}

TEST_F(ImportTest, a_failed_write_is_taken_back_as_soon_as_the_store_lets) {
  std::string file = "imsi,k,opc\n";
  for (int i = 0; i < 2500; ++i) add_row(file, 1'000'000'000 + i);
  std::string id = begin("subscribers");
  EXPECT_TRUE(check(id, file).empty());
  live.fail_after = live.transactions + 2;
  const std::string standing = refused(500, "POST", "/v1/imports/" + id + "/write", file);
  EXPECT_NE(standing.find("not yet taken back"), std::string::npos) << standing;
  EXPECT_GT(counts().subscribers, 0U);
  refused(409, "POST", "/v1/kmes", R"({"id":"m9","generate":true})");
  refused(500, "DELETE", "/v1/imports/" + id);
  live.fail_after = -1;
  ok("POST", "/v1/kmes", R"({"id":"m9","generate":true})");
  EXPECT_EQ(counts().subscribers, 0U);

  id = begin("subscribers");
  EXPECT_TRUE(check(id, file).empty());
  live.fail_after = live.transactions + 2;
  live.fail_once = true;
  const std::string undone = refused(500, "POST", "/v1/imports/" + id + "/write", file);
  EXPECT_NE(undone.find("nothing was imported"), std::string::npos) << undone;
  EXPECT_EQ(counts().subscribers, 0U);
  EXPECT_EQ(last_event(), "import-undone");
}

// Every kind, new rows and replaced ones: what a client that goes away leaves is what was there before.
TEST_F(ImportTest, an_import_that_is_given_up_while_it_writes_leaves_what_was_there) {
  provision();
  ok("POST", "/v1/bindings/001010000000001/bind", Json{{"imei", {imei_a}}}.dump());
  ok("POST", "/v1/kmes", Json{{"id", "m8"}, {"key", kme_hex}}.dump());
  const std::string other = "00112233445566778899aabbccddeeff";
  const std::vector<std::pair<const char*, std::string>> table{
      {"subscribers", "imsi,k,opc,msisdn\n001010000000001," + other + "," + opc + ",42\n001010000000003," +
                          k + "," + opc + ",43\n"},
      {"kmes", "id,key\nm8," + other + "\nm9," + other + "\n"},
      {"devices", "imei,kme\n35693803564380,m2\n35693803564381,m1\n"},
      {"bindings",
       "imsi,imei,mode\n001010000000001,35154200000001,observe\n001010000000002,35154200000001,enforce\n"},
  };
  const auto all = [&] {
    Json now = Json::object();
    for (const char* path : {"/v1/subscribers", "/v1/kmes", "/v1/devices", "/v1/bindings"})
      now[path] = ok("GET", path);
    now["k"] = to_hex(state(imsi_1).subscriber.k.reveal());
    return now;
  };
  const Json before = all();
  for (const auto& [kind, file] : table) {
    for (const bool killed : {false, true}) {
      const std::string id = begin(kind, true);
      EXPECT_TRUE(check(id, file).empty()) << kind;
      ok("POST", "/v1/imports/" + id + "/write", file);
      EXPECT_NE(all(), before) << kind << ": rows come into force at once";
      if (killed) {
        live.now_ms += 11'000;
        api.on_time();
      } else {
        ok("DELETE", "/v1/imports/" + id);
      }
      EXPECT_EQ(all(), before) << kind;
      EXPECT_EQ(last_event(), "import-undone");
    }
  }
}

TEST_F(ImportTest, what_is_taken_back_owes_the_clrs_of_what_it_undoes) {
  provision();
  const Imsi imsi = *Imsi::parse("001010000000003");
  const std::string file = "imsi,k,opc\n001010000000003," + k + "," + opc + "\n";
  const std::string id = begin("subscribers");
  EXPECT_TRUE(check(id, file).empty());
  ok("POST", "/v1/imports/" + id + "/write", file);
  ASSERT_TRUE(live.put({store::PutVectorNode{{imsi, "mme1", "r", 5, 0}}}).ok());
  ok("DELETE", "/v1/imports/" + id);
  ASSERT_EQ(owed().size(), 1U);
  EXPECT_EQ(owed()[0].host, "mme1");
}

TEST_F(ImportTest, on_a_slow_store_a_transaction_takes_fewer_rows) {
  std::string file = "imsi,k,opc\n";
  for (int i = 0; i < 1000; ++i) add_row(file, 1'000'000'000 + i);
  const std::string id = begin("subscribers");
  EXPECT_TRUE(check(id, file).empty());
  live.slow_ms = 30;
  const int before = live.transactions;
  ok("POST", "/v1/imports/" + id + "/write", file);
  EXPECT_GT(live.transactions - before, 15);
  EXPECT_EQ(counts().subscribers, 1000U);
}

TEST_F(ImportTest, a_hundred_thousand_rows_stream_through_in_chunks) {
  const std::string id = begin("subscribers");
  constexpr int rows = 100'000;
  constexpr int rows_a_chunk = 8'000;
  const auto chunk = [&](int from) {
    std::string text = from == 0 ? "imsi,k,opc\n" : "";
    for (int i = from; i < std::min(from + rows_a_chunk, rows); ++i) {
      add_row(text, 262'010'000'000'000 + i * 7LL);
    }
    return text;
  };
  for (int from = 0; from < rows; from += rows_a_chunk) ASSERT_TRUE(check(id, chunk(from)).empty());
  EXPECT_EQ(counts().subscribers, 0U) << "the check writes nothing";
  for (int from = 0; from < rows; from += rows_a_chunk)
    ok("POST", "/v1/imports/" + id + "/write", chunk(from));
  EXPECT_EQ(ok("POST", "/v1/imports/" + id + "/finish")["imported"], rows);
  EXPECT_EQ(counts().subscribers, static_cast<std::uint64_t>(rows));
}

}  // namespace
}  // namespace simbiont::admin::test

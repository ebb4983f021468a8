// Who moves to a new epoch and when, who is cut off, and what nodes are told (DESIGN 4).
#include "epochs_fixture.h"

namespace simbiont::admin::test {
namespace {

const std::string a = '"' + std::string(imei_a) + '"', b = '"' + std::string(imei_b) + '"',
                  c = '"' + std::string(imei_c) + '"';

class RolloverTest : public EpochsFixture {
 protected:
  void age(std::int64_t ms) { live.now_ms += ms; }
};

TEST_F(RolloverTest, an_imsi_moves_at_the_activation_when_its_device_has_confirmed) {
  bind(imsi_1, a);
  bind(imsi_2, c);
  stage();
  prove(2, imei_a);
  EXPECT_EQ(in_force(imsi_1), 1U) << "a STAGED epoch moves nobody";
  EXPECT_EQ(activate()["moved"], 1);
  EXPECT_EQ(in_force(imsi_1), 2U);
  EXPECT_EQ(in_force(imsi_2), 1U);
  EXPECT_EQ(epochs(), "1 RETIRING, 2 ACTIVE, ");
  EXPECT_EQ(state(imsi_1).binding.former, (std::vector<binding::KeyPair>{{"m1", 1}}));
  EXPECT_TRUE(owed().empty()) << "prefetched vectors of a USIM stay good: its device keeps the old slot";
}

TEST_F(RolloverTest, an_imsi_moves_at_the_confirmation_of_the_last_of_its_devices) {
  bind(imsi_1, a + "," + c);
  stage();
  activate();
  EXPECT_EQ(prove(2, imei_c)["moved"].size(), 0U);
  EXPECT_EQ(in_force(imsi_1), 1U) << "one of its devices lags";
  const Json last = prove(2, imei_a);
  EXPECT_EQ(last["moved"], Json::array({imsi_1}));
  EXPECT_EQ(in_force(imsi_1), 2U);
  EXPECT_EQ(last["retired"], true) << "and nobody needs epoch 1 any more";
  EXPECT_EQ(epochs(), "1 RETIRED, 2 ACTIVE, ");
}

TEST_F(RolloverTest, an_imsi_moves_when_its_last_laggard_is_unbound) {
  bind(imsi_1, a + "," + c);
  stage();
  prove(2, imei_a);
  activate();
  EXPECT_EQ(in_force(imsi_1), 1U);
  ok("POST", std::string("/v1/bindings/") + imsi_1 + "/unbind", R"({"imei":[)" + c + "]}");
  EXPECT_EQ(in_force(imsi_1), 2U);
}

TEST_F(RolloverTest, a_proof_of_a_later_epoch_stands_for_no_earlier_one) {
  bind(imsi_1, a);
  stage();
  ASSERT_TRUE(live.put({store::PutEpoch{"m1", {3, binding::EpochState::staged, Secret(Bytes(16, 9))}}}).ok());
  prove(3, imei_a);
  activate();
  EXPECT_EQ(in_force(imsi_1), 1U) << "the device holds 1 and 3; it may have missed 2";
}

TEST_F(RolloverTest, an_activation_waits_until_nobody_is_under_an_epoch_before_the_active_one) {
  bind(imsi_1, a);
  stage();
  activate();
  stage();
  EXPECT_NE(refused(409, "POST", "/v1/kmes/m1/activate").find(imsi_1), std::string::npos);
  EXPECT_EQ(epochs(), "1 RETIRING, 2 ACTIVE, 3 STAGED, ");
  prove(2, imei_a);
  activate();
  EXPECT_EQ(epochs(), "1 RETIRED, 2 RETIRING, 3 ACTIVE, ");
  EXPECT_EQ(in_force(imsi_1), 2U);
}

TEST_F(RolloverTest, retiring_names_who_still_needs_the_epoch_and_is_refused) {
  bind(imsi_1, a);
  stage();
  activate();
  const std::string why = refused(409, "POST", "/v1/kmes/m1/retire");
  EXPECT_NE(why.find(imsi_1), std::string::npos) << why;
  EXPECT_NE(why.find(imei_a), std::string::npos) << why;
  EXPECT_EQ(epochs(), "1 RETIRING, 2 ACTIVE, ");
  ok("POST", std::string("/v1/bindings/") + imsi_1 + "/unbind");
  EXPECT_EQ(ok("POST", "/v1/kmes/m1/retire")["state"], "RETIRED");
  EXPECT_TRUE(ok("POST", "/v1/kmes/m1/retire")["epoch"].is_null()) << "there is nothing left to do";
}

TEST_F(RolloverTest, by_force_the_others_devices_are_served_under_the_active_epoch_and_laggards_are_pending) {
  bind(imsi_1, a + "," + c);
  bind(imsi_2, c);
  stage();
  prove(2, imei_a);
  activate();
  ok("POST", "/v1/kmes/m1/retire", R"({"force":true})");
  EXPECT_EQ(epochs(), "1 RETIRED, 2 ACTIVE, ");
  const auto& devices = state(imsi_1).binding.associations;
  EXPECT_EQ(devices[0].epoch, 2U);
  EXPECT_TRUE(devices[0].confirmed);
  EXPECT_FALSE(devices[1].confirmed);
  EXPECT_NE(binding::select_association(state(imsi_1).binding), nullptr);
  EXPECT_EQ(binding::select_association(state(imsi_2).binding), nullptr)
      << "no vector for a key it has not got";
  prove(2, imei_c);
  EXPECT_NE(binding::select_association(state(imsi_2).binding), nullptr);
}

TEST_F(RolloverTest, revoking_cuts_off_who_lags_and_tells_every_node) {
  bind(imsi_1, a);
  bind(imsi_2, c);
  stage();
  prove(2, imei_a);
  activate();
  vectors_at(imsi_1, "mme1");  // made before it moved
  vectors_at(imsi_2, "mme2");
  EXPECT_EQ(ok("POST", "/v1/kmes/m1/epochs/1/revoke")["finished"], true);
  EXPECT_EQ(epochs(), "1 REVOKED, 2 ACTIVE, ");
  std::vector<std::string> hosts;
  for (const auto& clr : owed()) hosts.push_back(clr.host);
  EXPECT_EQ(hosts, (std::vector<std::string>{"mme1", "mme2"}));
  EXPECT_TRUE(state(imsi_1).binding.former.empty()) << "its vectors are understood no more";
  EXPECT_EQ(in_force(imsi_2), 2U);
  EXPECT_FALSE(state(imsi_2).binding.associations[0].confirmed);
  refused(409, "POST", "/v1/kmes/m1/epochs/1/revoke");
  refused(409, "POST", "/v1/kmes/m1/stage", R"({"from":1})");
}

TEST_F(RolloverTest, revoking_the_active_epoch_ends_all_vectors_until_another_one_is_confirmed) {
  bind(imsi_1, a);
  vectors_at(imsi_1, "mme1");
  ok("POST", "/v1/kmes/m1/epochs/1/revoke");
  EXPECT_EQ(epochs(), "1 REVOKED, ");
  ASSERT_EQ(owed().size(), 1U);
  EXPECT_EQ(in_force(imsi_1), 1U) << "there is none to move to";
  stage();
  prove(2, imei_a);
  activate();
  EXPECT_EQ(in_force(imsi_1), 2U);
}

TEST_F(RolloverTest, former_users_are_told_of_a_revocation_too) {
  bind(imsi_1, a);
  ok("POST", std::string("/v1/bindings/") + imsi_1 + "/unbind");
  vectors_at(imsi_1, "mme1");
  ok("POST", "/v1/kmes/m1/epochs/1/revoke");
  ASSERT_EQ(owed().size(), 1U);
  EXPECT_EQ(owed()[0].host, "mme1");
  EXPECT_TRUE(state(imsi_1).binding.former.empty());
}

TEST_F(RolloverTest, a_sim_moves_on_a_proof_of_the_active_epoch_only) {
  const char* sim = "001010000000003";
  ok("POST", "/v1/subscribers",
     Json{{"imsi", sim}, {"k", k_hex}, {"op", op_hex}, {"alg", "gsm-milenage"}}.dump());
  bind(sim, a);
  stage();
  prove(2, imei_a);
  activate();
  EXPECT_EQ(in_force(sim), 1U) << "its device may not have made the slot current yet";
  vectors_at(sim, "mme1");
  prove(2, imei_a);
  EXPECT_EQ(in_force(sim), 2U);
  ASSERT_EQ(owed().size(), 1U) << "triplets have no MAC: those that nodes hold must go";
}

TEST_F(RolloverTest, a_device_that_has_not_confirmed_is_bound_as_pending) {
  bind(imsi_1, a);
  stage();
  prove(2, imei_a);
  activate();
  bind(imsi_1, c);
  const auto rows = ok("GET", std::string("/v1/bindings/") + imsi_1)["items"];
  EXPECT_EQ(rows[0]["pending"], false);
  EXPECT_EQ(rows[1]["pending"], true);
  EXPECT_EQ(in_force(imsi_1), 2U);
  EXPECT_EQ(binding::select_association(state(imsi_1).binding)->imei.str(), imei_a);
}

TEST_F(RolloverTest, an_imsi_does_not_leave_plain_vectors_for_a_device_that_has_confirmed_nothing) {
  stage();
  activate();
  ok("POST", "/v1/kmes/m1/retire");
  ASSERT_EQ(epochs(), "1 RETIRED, 2 ACTIVE, ");
  EXPECT_NE(refused(409, "POST", std::string("/v1/bindings/") + imsi_1 + "/bind", R"({"imei":[)" + a + "]}")
                .find("has not confirmed epoch 2"),
            std::string::npos);
  ok("POST", std::string("/v1/bindings/") + imsi_1 + "/bind", R"({"imei":[)" + a + R"(],"mode":"observe"})");
  refused(409, "PUT", std::string("/v1/bindings/") + imsi_1 + "/mode", R"({"mode":"enforce"})");
  prove(2, imei_a);
  ok("PUT", std::string("/v1/bindings/") + imsi_1 + "/mode", R"({"mode":"enforce"})");
}

TEST_F(RolloverTest, a_laggard_is_bound_to_a_new_imsi_under_the_epoch_it_has) {
  bind(imsi_2, c);
  stage();
  prove(2, imei_a);
  activate();
  bind(imsi_1, c);
  EXPECT_EQ(in_force(imsi_1), 1U);
  EXPECT_TRUE(state(imsi_1).binding.associations[0].confirmed);
  prove(2, imei_c);
  EXPECT_EQ(in_force(imsi_1), 2U);
}

TEST_F(RolloverTest, a_device_comes_with_the_epoch_that_is_said) {
  stage();
  ok("POST", "/v1/devices", R"({"imei":"35000000000001","kme":"m1","epoch":"2"})");
  refused(404, "POST", "/v1/devices", R"({"imei":"35000000000002","kme":"m1","epoch":"3"})");
  const Json shown = ok("GET", "/v1/devices/35000000000001");
  EXPECT_EQ(shown["confirmed_epoch"], 2);
  EXPECT_EQ(shown["epochs"][0]["confirmed"], "first");
}

TEST_F(RolloverTest, keys_of_the_past_are_erased_after_a_vectors_life) {
  bind(imsi_1, a);
  stage();
  prove(2, imei_a);
  prove(2, imei_c);
  activate();
  EXPECT_EQ(epochs(), "1 RETIRED, 2 ACTIVE, ");
  age(Options().vector_life_ms + store::node_note_life_ms - 1);
  Api(live).on_time();
  EXPECT_EQ(epochs(), "1 RETIRED, 2 ACTIVE, ") << "a vector made under it may still be answered by AUTS";
  age(2);
  Api(live).on_time();
  EXPECT_EQ(epochs(), "1 RETIRED erased, 2 ACTIVE, ");
  refused(409, "POST", "/v1/kmes/m1/stage", R"({"from":1})");
}

TEST_F(RolloverTest, what_a_crash_interrupted_is_derived_and_done) {
  bind(imsi_1, a);
  bind(imsi_2, c);
  stage();
  prove(2, imei_a);
  prove(2, imei_c);
  live.transactions = 0;
  live.fail_after = 1;  // the activation itself, and nothing after it
  refused(500, "POST", "/v1/kmes/m1/activate");
  live.fail_after = -1;
  EXPECT_EQ(epochs(), "1 RETIRING, 2 ACTIVE, ");
  EXPECT_EQ(in_force(imsi_1), 1U);
  Api(live).on_time();
  EXPECT_EQ(in_force(imsi_1), 2U);
  EXPECT_EQ(in_force(imsi_2), 2U);
  EXPECT_EQ(epochs(), "1 RETIRED, 2 ACTIVE, ");
}

TEST_F(RolloverTest, a_revocation_that_a_crash_interrupted_still_reaches_every_node) {
  bind(imsi_1, a);
  bind(imsi_2, c);
  vectors_at(imsi_1, "mme1");
  vectors_at(imsi_2, "mme2");
  live.transactions = 0;
  live.fail_after = 1;
  refused(500, "POST", "/v1/kmes/m1/epochs/1/revoke");
  live.fail_after = -1;
  EXPECT_EQ(epochs(), "1 REVOKED, ") << "cut off at once";
  EXPECT_TRUE(owed().empty());
  Api(live).on_time();
  EXPECT_EQ(owed().size(), 2U);
  EXPECT_FALSE((**live.store().kme("m1")).epochs[0].cutting);
}

TEST_F(RolloverTest, status_counts_and_shows_who_lags_and_when_it_was_seen) {
  bind(imsi_1, a);
  bind(imsi_2, c);
  stage();
  prove(2, imei_a);
  activate();
  ASSERT_TRUE(
      live.put({store::SetEvidence{*Imsi::parse(imsi_2), {*Imei::parse(imei_c), 1'700'000'000'500, 1}}})
          .ok());
  challenge(2, imei_c);
  const Json status = ok("GET", "/v1/kmes/m1/status");
  EXPECT_EQ(status["goal"], 2);
  EXPECT_EQ(status["retiring"], 1);
  EXPECT_EQ(status["devices"], 2);
  EXPECT_EQ(status["confirmed"], 1);
  EXPECT_EQ(status["imsis"], 2);
  EXPECT_EQ(status["moved"], 1);
  ASSERT_EQ(status["items"].size(), 1U);
  EXPECT_EQ(status["items"][0]["imei"], imei_c);
  EXPECT_EQ(status["items"][0]["last_seen"], time(1'700'000'000'500));
  EXPECT_EQ(status["items"][0]["evidence"], time(0)) << "that was under epoch 1";
  EXPECT_EQ(status["items"][0]["challenged"], true);
}

class TransferTest : public EpochsFixture {};

TEST_F(TransferTest, takes_the_device_and_its_associations_and_leaves_a_receipt) {
  bind(imsi_1, a + "," + c);
  bind(imsi_2, a);
  stage();
  prove(2, imei_a);
  const Json done = ok("POST", std::string("/v1/devices/") + imei_a + "/transfer");
  EXPECT_EQ(done["without_vectors"], Json::array({imsi_2}));
  EXPECT_FALSE(*live.store().device(*Imei::parse(imei_a)));
  ASSERT_EQ(state(imsi_1).binding.associations.size(), 1U);
  EXPECT_TRUE(state(imsi_2).binding.associations.empty());
  const Json receipt = ok("GET", "/v1/receipts")["items"][0];
  EXPECT_EQ(receipt["imei"], imei_a);
  EXPECT_EQ(receipt["kme"], "m1");
  EXPECT_EQ(receipt["epochs"], Json::array({1, 2}));
  EXPECT_EQ(receipt["imsis"], Json::array({imsi_1, imsi_2}));
  EXPECT_EQ(last_event(), "device-transferred");
}

TEST_F(TransferTest, stages_an_epoch_that_the_device_does_not_know_for_the_others) {
  EXPECT_EQ(ok("POST", std::string("/v1/devices/") + imei_a + "/transfer")["staged"], 2);
  EXPECT_EQ(epochs(), "1 ACTIVE, 2 STAGED, ");
}

TEST_F(TransferTest, a_staged_epoch_stays_when_the_device_was_not_asked_for_it_and_is_revoked_when_it_was) {
  stage();
  EXPECT_EQ(ok("POST", std::string("/v1/devices/") + imei_a + "/transfer")["staged"], 2);
  EXPECT_EQ(epochs(), "1 ACTIVE, 2 STAGED, ");
  ok("POST", "/v1/devices", R"({"imei":"35000000000001","kme":"m1"})");
  challenge(2, "35000000000001");
  EXPECT_EQ(ok("POST", "/v1/devices/35000000000001/transfer")["staged"], 3);
  EXPECT_EQ(epochs(), "1 ACTIVE, 2 REVOKED, 3 STAGED, ");
}

TEST_F(TransferTest, of_the_last_device_retires_its_kme) {
  ok("POST", std::string("/v1/devices/") + imei_a + "/transfer");
  const Json last = ok("POST", std::string("/v1/devices/") + imei_c + "/transfer");
  EXPECT_EQ(last["kme_retired"], true);
  EXPECT_TRUE(last["staged"].is_null());
  EXPECT_EQ(epochs(), "1 RETIRED, 2 REVOKED, ");
}

TEST_F(TransferTest, the_device_comes_again_under_its_new_owners_kme) {
  ok("POST", std::string("/v1/devices/") + imei_a + "/transfer");
  ok("POST", "/v1/devices", Json{{"imei", imei_a}, {"kme", "m2"}}.dump());
  EXPECT_EQ(ok("GET", std::string("/v1/devices/") + imei_a)["confirmed_epoch"], 1);
  bind(imsi_1, a);
  EXPECT_TRUE(state(imsi_1).binding.associations[0].confirmed);
}

TEST_F(TransferTest, that_fails_changes_nothing) {
  bind(imsi_1, a);
  live.transactions = 0;
  live.fail_after = 0;
  refused(500, "POST", std::string("/v1/devices/") + imei_a + "/transfer");
  live.fail_after = -1;
  EXPECT_EQ(in_force(imsi_1), 1U);
  EXPECT_EQ(ok("GET", "/v1/receipts")["items"].size(), 0U);
  refused(404, "POST", "/v1/devices/35000000000001/transfer");
}

}  // namespace
}  // namespace simbiont::admin::test

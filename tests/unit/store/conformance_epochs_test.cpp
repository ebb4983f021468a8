// What the life cycle of K_MEs needs of a store, over both implementations.
#include "fixture.h"

namespace simbiont::store {
namespace {

using binding::Epoch;
using binding::EpochState;

class EpochConformance : public StoreTest {
 protected:
  void SetUp() override { fill(); }
  // "1F" first, "2P" proved, "3" neither; "?" a challenge is outstanding, "x2" two proofs were refused.
  std::string rows(unsigned number) {
    const auto epochs = store_->device_epochs(imei(number));
    std::string out;
    for (const DeviceEpoch& row : *epochs) {
      out += (out.empty() ? "" : " ") + std::to_string(row.epoch);
      if (row.first) out += 'F';
      if (row.proved_at != 0) out += row.proved_active ? "PA" : "P";
      if (row.challenge) out += '?';
      if (row.refused != 0) out += 'x' + std::to_string(row.refused);
    }
    return out;
  }
  std::string laggards(binding::EpochNumber epoch) {
    std::string out;
    const auto found = store_->laggards("one", epoch, {}, 9);
    for (const Device& device : *found) out += device.imei.str() + ' ';
    return out;
  }
};
INSTANTIATE_TEST_SUITE_P(Store, EpochConformance, testing::Values(Kind::memory, Kind::sqlite),
                         [](const auto& kind) { return kind.param == Kind::memory ? "memory" : "sqlite"; });

TEST_P(EpochConformance, an_epoch_is_added_and_replaced_whole) {
  Epoch staged{3, EpochState::staged, key(7), 100};
  ASSERT_TRUE(ok(put({PutEpoch{"one", staged}})));
  EXPECT_EQ(text(**store_->kme("one")), text(sample_kme("one")) + " 3:STAGED:" + to_hex(key(7).reveal()));
  Epoch revoked{3, EpochState::revoked, {}, 200, 5};
  ASSERT_TRUE(ok(put({PutEpoch{"one", revoked}})));
  const auto kme = **store_->kme("one");
  ASSERT_EQ(kme.epochs.size(), 2U);
  EXPECT_TRUE(kme.epochs[1].key.empty());
  EXPECT_EQ(kme.epochs[1].since, 200);
  EXPECT_EQ(kme.epochs[1].cutting, 5U);
  EXPECT_FALSE(kme.epochs[0].cutting);
  ASSERT_TRUE(ok(put({SetCutting{"one", 3, 9}})));
  EXPECT_EQ((**store_->kme("one")).epochs[1].cutting, 9U);
  ASSERT_TRUE(ok(put({SetCutting{"one", 3, {}}})));
  EXPECT_FALSE((**store_->kme("one")).epochs[1].cutting);
  EXPECT_EQ(code(put({SetCutting{"one", 8, 9}})), Errc::not_found);
  EXPECT_EQ(code(put({PutEpoch{"none", staged}})), Errc::not_found);
  EXPECT_EQ(code(put({PutEpoch{"one", {4, EpochState::active, {}}}})), Errc::invalid_argument);
  EXPECT_EQ(code(put({PutEpoch{"one", {0, EpochState::active, key(1)}}})), Errc::invalid_argument);
}

TEST_P(EpochConformance, the_first_epoch_counts_as_confirmed_and_others_once_they_are_proved) {
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), bound_to({imei(1)})}})));
  EXPECT_EQ(rows(1), "1F");
  EXPECT_TRUE(state(1).binding.associations[0].confirmed);
  auto moved = bound_to({imei(1)});
  moved.associations[0].epoch = 2;
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), moved}})));
  EXPECT_FALSE(state(1).binding.associations[0].confirmed);
  ASSERT_TRUE(ok(put({SetChallenge{imei(1), "one", 2, {{1, 2, 3}, 500}}})));
  EXPECT_EQ(rows(1), "1F 2?");
  EXPECT_FALSE(state(1).binding.associations[0].confirmed) << "to be asked is no proof";
  ASSERT_TRUE(ok(put({RefuseProof{imei(1), "one", 2}, RefuseProof{imei(1), "one", 2}})));
  EXPECT_EQ(rows(1), "1F 2?x2") << "a wrong proof does not use the challenge up";
  ASSERT_TRUE(ok(put({ConfirmEpoch{imei(1), "one", 2, 600, false}})));
  EXPECT_EQ(rows(1), "1F 2Px2");
  EXPECT_TRUE(state(1).binding.associations[0].confirmed);
  ASSERT_TRUE(
      ok(put({ConfirmEpoch{imei(1), "one", 2, 700, true}, ConfirmEpoch{imei(1), "one", 2, 800, false}})));
  EXPECT_EQ(rows(1), "1F 2PAx2") << "that it was ACTIVE once stays";
}

TEST_P(EpochConformance, a_challenge_comes_back_as_it_was_set_and_takes_the_place_of_the_one_before) {
  ASSERT_TRUE(ok(put({SetChallenge{imei(1), "one", 2, {{1, 2, 3}, 500}}})));
  ASSERT_TRUE(ok(put({SetChallenge{imei(1), "one", 2, {{4, 5, 6}, 900}}})));
  const auto row = store_->device_epochs(imei(1))->at(1);
  ASSERT_TRUE(row.challenge);
  EXPECT_EQ(row.challenge->octets, (Block{4, 5, 6}));
  EXPECT_EQ(row.challenge->expires_at, 900);
}

TEST_P(EpochConformance, an_epoch_of_another_kme_than_the_devices_is_not_noted) {
  EXPECT_EQ(code(put({SetChallenge{imei(1), "two", 2, {}}})), Errc::not_found);
  EXPECT_EQ(code(put({ConfirmEpoch{imei(1), "two", 1, 5, true}})), Errc::not_found);
  EXPECT_EQ(code(put({RefuseProof{imei(9), "one", 1}})), Errc::not_found);
  EXPECT_EQ(code(put({ConfirmEpoch{imei(1), "one", 0, 5, true}})), Errc::invalid_argument);
}

TEST_P(EpochConformance, a_device_that_comes_again_has_confirmed_what_it_had_and_no_more) {
  ASSERT_TRUE(ok(put({ConfirmEpoch{imei(1), "one", 2, 5, true}, RemoveDevice{imei(1)}})));
  EXPECT_TRUE(store_->device_epochs(imei(1))->empty());
  ASSERT_TRUE(ok(put({PutDevice{{imei(1), "one", 3}}})));
  EXPECT_EQ(rows(1), "1F 2PA") << "that it comes with epoch 3 now is not its first word";
  ASSERT_TRUE(ok(put({PutDevice{{imei(1), "two", 7}, true}})));
  EXPECT_EQ(rows(1), "7F") << "of another KME it is the first word";
  ASSERT_TRUE(ok(put({PutDevice{{imei(1), "one", 9}, true}})));
  EXPECT_EQ(rows(1), "1F 2PA");
  ASSERT_TRUE(ok(put({PutDevice{{imei(1), "one", 9}, true}})));
  EXPECT_EQ(rows(1), "1F 2PA");
  ASSERT_TRUE(ok(put({RemoveDevice{imei(1), true}, PutDevice{{imei(1), "one", 3}}})));
  EXPECT_EQ(rows(1), "3F") << "unless it was to be forgotten";
}

TEST_P(EpochConformance, a_group_that_fails_leaves_epochs_and_proofs_alone) {
  const Changes group{
      PutEpoch{"one", {2, EpochState::staged, key(7)}}, ConfirmEpoch{imei(1), "one", 2, 5, true},
      AddReceipt{{0, imei(1), 1, "one", {1}, {imsi(1)}}}, RemoveDevice{imei(1)}, RemoveDevice{imei(99)}};
  EXPECT_EQ(code(put(group)), Errc::not_found);
  EXPECT_EQ(text(**store_->kme("one")), text(sample_kme("one")));
  EXPECT_EQ(rows(1), "1F");
  EXPECT_TRUE(store_->receipts(0, 9)->empty());
}

TEST_P(EpochConformance, who_has_not_confirmed_an_epoch_lags) {
  EXPECT_EQ(laggards(1), "");
  EXPECT_EQ(laggards(2), imei(1).str() + ' ' + imei(2).str() + ' ');
  ASSERT_TRUE(ok(put({ConfirmEpoch{imei(1), "one", 3, 5, false}, SetChallenge{imei(2), "one", 2, {}}})));
  EXPECT_EQ(laggards(2), imei(1).str() + ' ' + imei(2).str() + ' ') << "a later epoch does not stand for it";
  ASSERT_TRUE(ok(put({ConfirmEpoch{imei(1), "one", 2, 5, false}})));
  EXPECT_EQ(laggards(2), imei(2).str() + ' ');
  EXPECT_TRUE(store_->laggards("one", 2, imei(2), 9)->empty());
  EXPECT_EQ(store_->laggards("one", 9, {}, 1)->size(), 1U);
}

TEST_P(EpochConformance, devices_imsis_users_and_progress_of_a_kme) {
  auto both = bound_to({imei(2), imei(1), imei(3)});
  both.associations[0].epoch = both.associations[1].epoch = 2;
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), both}, PutBinding{imsi(2), bound_to({imei(1)}, binding::Mode::off)},
                      ConfirmEpoch{imei(2), "one", 2, 5, true}})));
  EXPECT_EQ(store_->devices_of("one", {}, 9)->size(), 2U);
  EXPECT_EQ(store_->devices_of("one", imei(1), 9)->at(0).imei, imei(2));
  EXPECT_EQ(*store_->imsis_of(imei(1), {}, 9), (std::vector{imsi(1), imsi(2)}));
  EXPECT_EQ(*store_->imsis_of(imei(1), imsi(1), 9), std::vector{imsi(2)});
  EXPECT_EQ(store_->imsis_of(imei(1), {}, 1)->size(), 1U);
  const auto users = *store_->epoch_users("one", 2, 9);
  ASSERT_EQ(users.size(), 1U);
  EXPECT_EQ(users[0].imsi, imsi(2));
  EXPECT_EQ(users[0].imei, imei(1));
  EXPECT_EQ(store_->epoch_users("one", 3, 9)->size(), 3U);
  EXPECT_EQ(store_->epoch_users("one", 3, 2)->size(), 2U);
  const auto progress = *store_->epoch_progress("one", 2);
  EXPECT_EQ(progress.devices, 2U);
  EXPECT_EQ(progress.confirmed, 1U);
  EXPECT_EQ(progress.imsis, 2U);
  EXPECT_EQ(progress.moved, 1U);
  EXPECT_EQ(store_->epoch_progress("none", 2)->devices, 0U);
}

TEST_P(EpochConformance, imsis_with_a_former_pair_are_found) {
  auto binding = bound_to({imei(3)});
  binding.former = {{"one", 1}, {"one", 2}};
  ASSERT_TRUE(ok(put({PutBinding{imsi(3), binding}, PutBinding{imsi(1), binding}})));
  EXPECT_EQ(*store_->former_users("one", 1, 9), (std::vector{imsi(1), imsi(3)}));
  EXPECT_EQ(store_->former_users("one", 2, 1)->size(), 1U);
  EXPECT_TRUE(store_->former_users("one", 3, 9)->empty());
}

TEST_P(EpochConformance, epochs_that_something_is_to_be_done_about_are_found) {
  const Changes changes{
      PutEpoch{"one", {2, EpochState::staged, key(7)}}, PutEpoch{"one", {3, EpochState::revoked, key(8), 30}},
      PutEpoch{"one", {4, EpochState::retired, {}, 40}}, PutEpoch{"one", {5, EpochState::revoked, {}, 50, 0}},
      PutEpoch{"two", {1, EpochState::retiring, key(9), 60}}};
  ASSERT_TRUE(ok(put(changes)));
  const auto all = *store_->epochs_at_work("", 0, 9);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].epoch.number, 3U);
  EXPECT_EQ(all[0].epoch.since, 30);
  EXPECT_TRUE(all[0].has_key);
  EXPECT_EQ(all[1].epoch.number, 5U);
  EXPECT_EQ(all[1].epoch.cutting, 0U);
  EXPECT_FALSE(all[1].has_key);
  EXPECT_EQ(all[2].kme, "two");
  EXPECT_EQ(all[2].epoch.state, EpochState::retiring);
  EXPECT_EQ(store_->epochs_at_work("one", 3, 1)->at(0).epoch.number, 5U);
  EXPECT_TRUE(store_->epochs_at_work("two", 1, 9)->empty());
}

TEST_P(EpochConformance, evidence_keeps_its_epoch_until_another_device_or_epoch_gives_some) {
  ASSERT_TRUE(ok(put({SetEvidence{imsi(1), {imei(1), 10, 2}}, SetEvidence{imsi(1), {imei(1), 20}, true}})));
  EXPECT_EQ(state(1).binding.evidence->epoch, 2U);
  EXPECT_EQ(state(1).binding.evidence->at, 20);
  ASSERT_TRUE(ok(put({PutBinding{imsi(1), state(1).binding}})));
  EXPECT_EQ(state(1).binding.evidence->epoch, 2U);
  EXPECT_EQ(store_->subscribers({}, 1)->at(0).binding.evidence->epoch, 2U);
  ASSERT_TRUE(ok(put({SetEvidence{imsi(1), {imei(1), 30, 3}}})));
  EXPECT_EQ(state(1).binding.evidence->epoch, 3U);
  ASSERT_TRUE(ok(put({SetEvidence{imsi(1), {imei(2), 40}}})));
  EXPECT_EQ(state(1).binding.evidence->epoch, 0U);
}

TEST_P(EpochConformance, receipts_stay_in_order_and_come_back_whole) {
  ASSERT_TRUE(ok(put({AddReceipt{{0, imei(1), 7, "one", {1, 3}, {imsi(1), imsi(2)}}},
                      AddReceipt{{0, imei(2), 8, "two", {}, {}}}})));
  const auto receipts = *store_->receipts(0, 9);
  ASSERT_EQ(receipts.size(), 2U);
  EXPECT_EQ(receipts[0].imei, imei(1));
  EXPECT_EQ(receipts[0].at, 7);
  EXPECT_EQ(receipts[0].kme, "one");
  EXPECT_EQ(receipts[0].epochs, (std::vector<binding::EpochNumber>{1, 3}));
  EXPECT_EQ(receipts[0].imsis, (std::vector{imsi(1), imsi(2)}));
  EXPECT_TRUE(receipts[1].imsis.empty());
  EXPECT_EQ(store_->receipts(receipts[0].id, 9)->size(), 1U);
  EXPECT_EQ(store_->receipts(0, 1)->size(), 1U);
}

}  // namespace
}  // namespace simbiont::store

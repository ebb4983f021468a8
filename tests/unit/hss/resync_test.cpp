// Resynchronisation: TS 33.102 6.3.5 over a RAND as transported.
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

class ResyncTest : public OperatorTest {
 protected:
  void card_is_at(std::uint64_t seq) { card.accepted_seq().fill(seq); }
  // Gets one vector for the card through a device with this key (none: as received) and returns the sync
  // failure.
  Bytes sync_failure(const Secret* k_me = nullptr, const char* mme = "mme1") {
    const auto vector = hss.air(mme, imsi).vectors.at(0);
    return resync_info(vector, present(k_me == nullptr ? vector.rand : decrypt(vector.rand, *k_me), vector));
  }
  // The answer's first vector is accepted by the card through a device with this key.
  bool accepts(const HssHarness::AirAnswer& answer, const Secret* k_me = nullptr) {
    if (!(answer.code == success) || answer.vectors.empty()) return false;
    const auto& vector = answer.vectors.front();
    return is_success(present(k_me == nullptr ? vector.rand : decrypt(vector.rand, *k_me), vector));
  }
};

TEST_F(ResyncTest, a_bound_card_that_is_ahead_resynchronises) {
  bind_to_a();
  card_is_at(1'000'000);
  const Bytes info = sync_failure(&key_a);
  EXPECT_TRUE(accepts(hss.air("mme1", imsi, 1, info), &key_a));
  EXPECT_GE(stored().subscriber.seq_high, 1'000'001U);
}

TEST_F(ResyncTest, an_unbound_card_that_is_ahead_resynchronises) {
  card_is_at(1'000'000);
  const Bytes info = sync_failure();
  EXPECT_TRUE(accepts(hss.air("mme1", imsi, 1, info)));
}

TEST_F(ResyncTest, is_refused_when_mac_s_is_wrong_and_changes_nothing) {
  bind_to_a();
  card_is_at(1'000'000);
  const Bytes info = sync_failure(&key_a);
  const std::uint64_t before = stored().subscriber.seq_high;
  for (std::size_t i = 0; i < info.size(); ++i) {
    Bytes wrong = info;
    wrong[i] ^= 0x01;
    const auto answer = hss.air("mme1", imsi, 1, wrong);
    EXPECT_EQ(answer.code, no_data) << "octet " << i;
    EXPECT_TRUE(answer.vectors.empty());
  }
  EXPECT_EQ(stored().subscriber.seq_high, before);
  EXPECT_FALSE(stored().binding.evidence);
  hss.settle();
  EXPECT_THAT(hss.events(), testing::Contains("resync-failed"));
}

TEST_F(ResyncTest, an_auts_over_the_plain_rand_is_no_proof_for_a_bound_imsi) {
  bind_to_a();
  card_is_at(1'000'000);
  const auto vector = hss.air("mme1", imsi).vectors.at(0);
  const Block plain = decrypt(vector.rand, key_a);
  Bytes info = resync_info(vector, present(plain, vector));
  std::copy(plain.begin(), plain.end(), info.begin());
  EXPECT_EQ(hss.air("mme1", imsi, 1, info).code, no_data);
}

TEST_F(ResyncTest, a_replayed_auts_changes_no_stored_sqn_and_no_evidence) {
  bind_to_a();
  card_is_at(1'000'000);
  const Bytes info = sync_failure(&key_a);
  ASSERT_EQ(hss.air("mme1", imsi, 1, info).code, success);
  const auto before = stored();
  hss.clock.advance_ms(1000);
  std::uint64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    const auto answer = hss.air("mme1", imsi, 1, info);
    ASSERT_EQ(answer.code, success);
    const std::uint64_t seq = sqn_of(answer.vectors[0], decrypt(answer.vectors[0].rand, key_a)).seq();
    EXPECT_GT(seq, last) << "SEQ goes on";
    last = seq;
  }
  EXPECT_EQ(stored().subscriber.seq_high, before.subscriber.seq_high);
  ASSERT_TRUE(stored().binding.evidence);
  EXPECT_EQ(stored().binding.evidence->at, before.binding.evidence->at);
}

TEST_F(ResyncTest, an_auts_with_a_lower_sqn_never_takes_the_hss_back) {
  card_is_at(1'000'000);
  const Bytes low = sync_failure();
  ASSERT_EQ(hss.air("mme1", imsi, 1, low).code, success);
  card_is_at(2'000'000);
  const Bytes high = sync_failure();
  ASSERT_EQ(hss.air("mme1", imsi, 1, high).code, success);
  const auto answer = hss.air("mme1", imsi, 1, low);
  ASSERT_EQ(answer.code, success);
  EXPECT_GT(sqn_of(answer.vectors[0], answer.vectors[0].rand).seq(), 2'000'000U);
}

TEST_F(ResyncTest, the_raise_survives_a_new_process) {
  card_is_at(1'000'000);
  ASSERT_EQ(hss.air("mme1", imsi, 1, sync_failure()).code, success);
  hss.restart();
  EXPECT_TRUE(accepts(hss.air("mme1", imsi)));
}

TEST_F(ResyncTest, a_card_more_than_delta_behind_needs_the_operator) {
  hss.admin({store::SetSeq{imsi_of(imsi), aka::seq_delta + 5000}});
  card_is_at(100);
  const Bytes info = sync_failure();
  EXPECT_EQ(hss.air("mme1", imsi, 1, info).code, no_data);
  hss.settle();
  EXPECT_THAT(hss.events(), testing::Contains("sqn-behind"));

  hss.admin({store::SetSeq{imsi_of(imsi), 100}});
  EXPECT_TRUE(accepts(hss.air("mme1", imsi)));
}

TEST_F(ResyncTest, the_device_whose_key_verified_becomes_the_evidence_and_is_used) {
  bind_to_a_and_b();
  ASSERT_EQ(hss.ulr("mme1", imsi, imei_b).code, success);
  card_is_at(1'000'000);
  const auto made_for_b = hss.air("mme1", imsi).vectors.at(0);
  const Bytes info = resync_info(made_for_b, present(decrypt(made_for_b.rand, key_b), made_for_b));
  ASSERT_EQ(hss.ulr("mme1", imsi, stranger).code, success) << "a hint that selects nothing";
  EXPECT_TRUE(accepts(hss.air("mme1", imsi, 1, info), &key_b));
  ASSERT_TRUE(stored().binding.evidence);
  EXPECT_EQ(stored().binding.evidence->imei, imei_of(imei_b));
  EXPECT_TRUE(accepts(hss.air("mme1", imsi), &key_b));
}

TEST_F(ResyncTest, a_vector_of_a_former_pair_is_understood_and_answered_under_the_present_one) {
  bind_to_a();
  card_is_at(1'000'000);
  const Bytes info = sync_failure(&key_a);
  add_device(imei_b, "kme-b", key_b);
  binding::Binding moved = stored().binding;
  moved.associations = {{imei_of(imei_b), "kme-b", 1}};
  moved.former = {{"kme-a", 1}};
  hss.admin({store::PutBinding{imsi_of(imsi), moved}});
  const auto answer = hss.air("mme1", imsi, 1, info);
  EXPECT_FALSE(accepts(answer, &key_a));
  EXPECT_TRUE(accepts(answer, &key_b));
}

TEST_F(ResyncTest, a_plain_vector_of_before_the_bind_is_understood_within_its_life_only) {
  card_is_at(1'000'000);
  const Bytes info = sync_failure();
  bind_to_a();
  binding::Binding bound = stored().binding;
  bound.left_plain_at = hss.clock.unix_ms();
  hss.admin({store::PutBinding{imsi_of(imsi), bound}});
  hss.clock.advance_ms(hss.config.vector_life_ms - 1000);
  const auto answer = hss.air("mme1", imsi, 1, info);
  EXPECT_FALSE(accepts(answer)) << "never plain while bound";
  EXPECT_TRUE(accepts(answer, &key_a));
  hss.clock.advance_ms(2000);
  EXPECT_EQ(hss.air("mme1", imsi, 1, info).code, no_data);
}

TEST_F(ResyncTest, no_vector_leaves_when_the_raise_cannot_be_committed) {
  card_is_at(1'000'000);
  const Bytes info = sync_failure();
  hss.committer.broken = true;
  EXPECT_EQ(hss.air("mme1", imsi, 1, info).code, no_data);
}

}  // namespace
}  // namespace simbiont::test

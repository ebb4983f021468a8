// AIR with Requested-UTRAN-GERAN-Authentication-Info: quintets, alone and beside E-UTRAN vectors.
#include <set>

#include "operator_fixture.h"

namespace simbiont::test {
namespace {

class UtranTest : public OperatorTest {
 protected:
  using Requested = diameter::Air::Requested;

  HssHarness::AirAnswer ask(const std::optional<Requested>& eutran, const std::optional<Requested>& utran) {
    diameter::Air air;
    air.routing = {"sgsn1;1;1", "sgsn1", "visited.example", {}, "example"};
    air.user_name = imsi;
    air.visited_plmn = {0x00, 0xf1, 0x10};
    air.eutran = eutran;
    air.utran_geran = utran;
    Bytes frame;
    diameter::encode_air(air, {++asked_, asked_}, frame);
    return hss.read_air_answer(hss.ask("sgsn1", frame));
  }
  // What the card makes of RAND and AUTN reads alike for both kinds.
  static diameter::EutranVector as_eutran(const diameter::UtranVector& vector) {
    return {vector.rand, vector.autn, vector.xres, {}};
  }
  // DB 08 RES 10 CK 10 IK 9000
  static bool agrees(const Bytes& response, const diameter::UtranVector& vector) {
    return is_success(response) && response.size() == 46 &&
           std::equal(vector.xres.begin(), vector.xres.end(), response.begin() + 2) &&
           std::equal(vector.ck.begin(), vector.ck.end(), response.begin() + 11) &&
           std::equal(vector.ik.begin(), vector.ik.end(), response.begin() + 28);
  }
  static bool separated(const auto& vector) { return (vector.autn[6] & 0x80) != 0; }

 private:
  std::uint32_t asked_ = 0;
};

TEST_F(UtranTest, a_quintet_is_accepted_by_the_card_and_its_keys_agree) {
  const auto answer = ask(std::nullopt, Requested{3, false, {}});
  ASSERT_EQ(answer.code, success);
  EXPECT_TRUE(answer.vectors.empty());
  ASSERT_EQ(answer.utran.size(), 3U);
  for (const auto& vector : answer.utran)
    EXPECT_TRUE(agrees(present(vector.rand, as_eutran(vector)), vector));
}

TEST_F(UtranTest, a_bound_quintet_is_accepted_only_through_its_key) {
  bind_to_a();
  const auto answer = ask(std::nullopt, Requested{5, false, {}});
  ASSERT_EQ(answer.utran.size(), 5U);
  for (const auto& vector : answer.utran) {
    EXPECT_TRUE(is_mac_failure(present(vector.rand, as_eutran(vector))));
    EXPECT_TRUE(is_mac_failure(present(decrypt(vector.rand, key_b), as_eutran(vector))));
    EXPECT_TRUE(agrees(present(decrypt(vector.rand, key_a), as_eutran(vector)), vector));
  }
}

TEST_F(UtranTest, a_bound_imsi_without_a_usable_key_gets_no_quintet) {
  bind(binding::Mode::enforce, {});
  const auto answer = ask(std::nullopt, Requested{});
  EXPECT_EQ(answer.code, no_data);
  EXPECT_TRUE(answer.utran.empty());
}

TEST_F(UtranTest, a_mixed_answer_sets_the_separation_bit_by_kind_and_uses_no_seq_twice) {
  bind_to_a();
  const auto answer = ask(Requested{2, false, {}}, Requested{9, false, {}});
  ASSERT_EQ(answer.code, success);
  ASSERT_EQ(answer.vectors.size(), 2U);
  ASSERT_EQ(answer.utran.size(), 5U) << "at most five of a kind";
  std::set<std::uint64_t> seqs;
  std::set<Block> rands;
  for (const auto& vector : answer.vectors) {
    EXPECT_TRUE(separated(vector));
    seqs.insert(sqn_of(vector, decrypt(vector.rand, key_a)).seq());
    rands.insert(vector.rand);
  }
  for (const auto& vector : answer.utran) {
    EXPECT_FALSE(separated(vector));
    seqs.insert(sqn_of(as_eutran(vector), decrypt(vector.rand, key_a)).seq());
    rands.insert(vector.rand);
  }
  EXPECT_EQ(seqs.size(), 7U);
  EXPECT_EQ(rands.size(), 7U);
}

TEST_F(UtranTest, seqs_go_on_from_one_kind_to_the_other) {
  std::uint64_t last = 0;
  for (int i = 0; i < 4; ++i) {
    const bool utran = i % 2 == 0;
    const auto answer = utran ? ask(std::nullopt, Requested{}) : ask(Requested{}, std::nullopt);
    ASSERT_EQ(answer.code, success);
    const auto vector = utran ? as_eutran(answer.utran.at(0)) : answer.vectors.at(0);
    const std::uint64_t seq = sqn_of(vector, vector.rand).seq();
    EXPECT_GT(seq, last);
    last = seq;
  }
}

TEST_F(UtranTest, a_bound_card_that_is_ahead_resynchronises_through_1409) {
  bind_to_a();
  card.accepted_seq().fill(1'000'000);
  const auto stale = ask(std::nullopt, Requested{}).utran.at(0);
  const Bytes info = resync_info(as_eutran(stale), present(decrypt(stale.rand, key_a), as_eutran(stale)));
  const auto fresh = ask(std::nullopt, Requested{1, false, info});
  ASSERT_EQ(fresh.code, success);
  const auto& vector = fresh.utran.at(0);
  EXPECT_TRUE(agrees(present(decrypt(vector.rand, key_a), as_eutran(vector)), vector));
  EXPECT_GE(stored().subscriber.seq_high, 1'000'001U);
}

TEST_F(UtranTest, a_resynchronisation_through_1409_is_refused_when_mac_s_is_wrong) {
  bind_to_a();
  card.accepted_seq().fill(1'000'000);
  const auto stale = ask(std::nullopt, Requested{}).utran.at(0);
  Bytes info = resync_info(as_eutran(stale), present(decrypt(stale.rand, key_a), as_eutran(stale)));
  info.back() ^= 0x01;
  const std::uint64_t before = stored().subscriber.seq_high;
  const auto answer = ask(Requested{}, Requested{1, false, info});
  EXPECT_EQ(answer.code, no_data);
  EXPECT_TRUE(answer.vectors.empty());
  EXPECT_TRUE(answer.utran.empty());
  EXPECT_EQ(stored().subscriber.seq_high, before);
}

}  // namespace
}  // namespace simbiont::test

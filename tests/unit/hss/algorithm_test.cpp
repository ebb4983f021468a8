// Subscribers of other algorithms than Milenage: which vectors they get, and by which way.
#include "aka/functions.h"
#include "aka/vector.h"
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

class AlgorithmTest : public OperatorTest {
 protected:
  using Requested = diameter::Air::Requested;
  inline static const Secret wide =
      secret_of("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0");
  inline static const Secret topc =
      secret_of("305425427e18c503c8a4b294ea72c95d0c36c6c6b29d0c65de5974d5977f8524");

  void make(aka::Algorithm algorithm, const Secret& key, const Secret& op) {
    functions_ = aka::make_functions(algorithm, key, op);
    hss.admin({store::PutSubscriber{
        {imsi_of(imsi), algorithm, key, op, {0x80, 0x00}, 0, "491700000001", {"internet"}}, true}});
  }
  diameter::Aia ask(const std::optional<Requested>& eutran, const std::optional<Requested>& other) {
    diameter::Air air;
    air.routing = {"sgsn1;1;1", "sgsn1", "visited.example", {}, "example"};
    air.user_name = imsi;
    air.visited_plmn = {0x00, 0xf1, 0x10};
    air.eutran = eutran;
    air.utran_geran = other;
    Bytes frame;
    diameter::encode_air(air, {++asked_, asked_}, frame);
    answer_ = hss.ask("sgsn1", frame);
    const auto decoded = diameter::decode_aia(answer_);
    EXPECT_TRUE(decoded.message);
    return decoded.message.value_or(diameter::Aia{});
  }
  // Whether a card with this RAND finds AUTN's MAC right, and the SQN that it shows.
  std::optional<aka::Sqn> judged(const Block& rand, const ByteArray<16>& autn) const {
    const auto f = functions_->f2345({rand});
    ByteArray<6> sqn{};
    for (std::size_t i = 0; i < 6; ++i) sqn[i] = autn[i] ^ f.ak[i];
    const auto mac = functions_->f1({rand}, aka::Sqn::from_octets(sqn), {autn[6], autn[7]});
    if (!std::equal(mac.begin(), mac.end(), autn.begin() + 8)) return std::nullopt;
    return aka::Sqn::from_octets(sqn);
  }
  bool agrees(const Block& rand, const diameter::GeranVector& vector) const {
    const auto made = aka::make_gsm_quantities(*functions_, {rand});
    return made.sres == vector.sres && made.kc == vector.kc;
  }

  std::unique_ptr<aka::Functions> functions_;
  Bytes answer_;

 private:
  std::uint32_t asked_ = 0;
};

TEST_F(AlgorithmTest, a_sim_gets_triplets_through_its_key_only_and_no_seq_is_used) {
  make(aka::Algorithm::gsm_milenage, k, opc);
  bind_to_a();
  const auto answer = ask(std::nullopt, Requested{3, false, {}});
  ASSERT_EQ(answer.code, success);
  EXPECT_TRUE(answer.utran.empty() && answer.vectors.empty());
  ASSERT_EQ(answer.geran.size(), 3U);
  for (const auto& vector : answer.geran) {
    EXPECT_TRUE(agrees(decrypt(vector.rand, key_a), vector));
    EXPECT_FALSE(agrees(vector.rand, vector));
    EXPECT_FALSE(agrees(decrypt(vector.rand, key_b), vector));
  }
  EXPECT_NE(answer.geran[0].rand, answer.geran[1].rand);
  EXPECT_EQ(stored().subscriber.seq_high, 0U);
  const auto nodes = *hss.store().vector_nodes(imsi_of(imsi));
  ASSERT_EQ(nodes.size(), 1U) << "a CLR must find them";
  EXPECT_EQ(nodes[0].host, "sgsn1");
}

TEST_F(AlgorithmTest, an_unbound_sim_gets_the_rand_that_its_triplet_is_made_of) {
  make(aka::Algorithm::gsm_milenage, k, opc);
  const auto answer = ask(std::nullopt, Requested{9, false, {}});
  ASSERT_EQ(answer.geran.size(), 5U) << "at most five of a kind";
  for (const auto& vector : answer.geran) EXPECT_TRUE(agrees(vector.rand, vector));
}

TEST_F(AlgorithmTest, a_bound_sim_without_a_usable_key_gets_no_triplet) {
  make(aka::Algorithm::gsm_milenage, k, opc);
  bind(binding::Mode::enforce, {});
  const auto answer = ask(std::nullopt, Requested{});
  EXPECT_EQ(answer.code, no_data);
  EXPECT_TRUE(answer.geran.empty());
}

TEST_F(AlgorithmTest, a_sim_has_nothing_for_e_utran) {
  make(aka::Algorithm::gsm_milenage, k, opc);
  EXPECT_EQ(ask(Requested{}, std::nullopt).code, diameter::result::unknown_eps_subscription);
  const auto mixed = ask(Requested{2, false, {}}, Requested{1, false, {}});
  EXPECT_EQ(mixed.code, success);
  EXPECT_TRUE(mixed.vectors.empty() && mixed.utran.empty());
  EXPECT_EQ(mixed.geran.size(), 1U);
}

TEST_F(AlgorithmTest, a_sim_cannot_resynchronise) {
  make(aka::Algorithm::gsm_milenage, k, opc);
  const Block rand = ask(std::nullopt, Requested{}).geran.at(0).rand;
  const aka::Sqn sqn{1'000'000 << 5};
  const auto mac = functions_->f1_star({rand}, sqn, {0, 0});
  const auto ak = functions_->f5_star({rand});
  Bytes info(rand.begin(), rand.end());
  for (std::size_t i = 0; i < 6; ++i) info.push_back(sqn.octets()[i] ^ ak[i]);
  info.insert(info.end(), mac.begin(), mac.end());
  EXPECT_EQ(ask(std::nullopt, Requested{1, false, info}).code, no_data);
  EXPECT_EQ(stored().subscriber.seq_high, 0U);
}

TEST_F(AlgorithmTest, tuak_and_xor_never_take_the_fast_path) {
  const struct {
    aka::Algorithm algorithm;
    Secret k, opc;
  } cases[] = {{aka::Algorithm::tuak, wide, topc},
               {aka::Algorithm::tuak, k, topc},
               {aka::Algorithm::xor_test, k, Secret()}};
  for (const auto& each : cases) {
    make(each.algorithm, each.k, each.opc);
    bind_to_a();
    std::uint64_t last = 0;
    // An ordinary request, which the fast path would take, and again when the record is at hand.
    for (int i = 0; i < 3; ++i) {
      const auto answer = ask(Requested{2, false, {}}, std::nullopt);
      ASSERT_EQ(answer.code, success) << name(each.algorithm);
      ASSERT_EQ(answer.vectors.size(), 2U);
      for (const auto& vector : answer.vectors) {
        const Block rand = decrypt(vector.rand, key_a);
        const auto sqn = judged(rand, vector.autn);
        ASSERT_TRUE(sqn) << name(each.algorithm);
        EXPECT_GT(sqn->seq(), last);
        last = sqn->seq();
        EXPECT_EQ(functions_->f2345({rand}).res, vector.xres);
        EXPECT_NE(rand, vector.rand);
      }
    }
  }
}

TEST_F(AlgorithmTest, tuak_resynchronises_and_gets_quintets_for_1409) {
  make(aka::Algorithm::tuak, wide, topc);
  bind_to_a();
  const auto first = ask(std::nullopt, Requested{}).utran.at(0);
  const Block rand = decrypt(first.rand, key_a);
  const aka::Sqn sqn = aka::Sqn::make(500'000, 3);
  const auto mac = functions_->f1_star({rand}, sqn, {0, 0});
  const auto ak = functions_->f5_star({rand});
  Bytes info(first.rand.begin(), first.rand.end());
  for (std::size_t i = 0; i < 6; ++i) info.push_back(sqn.octets()[i] ^ ak[i]);
  info.insert(info.end(), mac.begin(), mac.end());
  const auto again = ask(std::nullopt, Requested{1, false, info});
  ASSERT_EQ(again.code, success);
  const auto seen = judged(decrypt(again.utran.at(0).rand, key_a), again.utran[0].autn);
  ASSERT_TRUE(seen);
  EXPECT_GT(seen->seq(), 500'000U);
}

}  // namespace
}  // namespace simbiont::test

#include "binding/transform.h"

#include <gtest/gtest.h>

#include "crypto/random.h"
#include "tests/support/vec_file.h"

namespace simbiont::binding {
namespace {

using test::VecSet;

std::vector<VecSet> sets() { return test::read_vec_file(std::string(TEST_DATA) + "/transform.vec"); }

TransformAlgorithm algorithm_of(const VecSet& set) { return *transform_algorithm(set.text("algorithm")); }

constexpr TransformAlgorithm all_algorithms[] = {TransformAlgorithm::aes128, TransformAlgorithm::aes256,
                                                 TransformAlgorithm::aes128_imsi};

TEST(Transform, enc_rand_is_the_one_computed_elsewhere_for_each_algorithm) {
  std::vector<TransformAlgorithm> covered;
  for (const VecSet& set : sets()) {
    const Transform transform(algorithm_of(set), set.secret("K_ME"), *Imsi::parse(set.text("imsi")));
    EXPECT_EQ(transform.apply({set.block("RAND")}).octets, set.block("encRAND")) << set.title;
    EXPECT_EQ(transform.invert({set.block("encRAND")}).octets, set.block("RAND")) << set.title;
    covered.push_back(algorithm_of(set));
  }
  for (const TransformAlgorithm algorithm : all_algorithms) {
    EXPECT_NE(std::find(covered.begin(), covered.end(), algorithm), covered.end()) << name(algorithm);
  }
}

TEST(Transform, invert_undoes_apply_for_every_rand) {
  crypto::SystemRandom random;
  for (const TransformAlgorithm algorithm : all_algorithms) {
    for (int i = 0; i < 2000; ++i) {
      Bytes key(key_size(algorithm));
      aka::PlainRand rand;
      random.fill(key);
      random.fill(rand.octets);
      const Transform transform(algorithm, Secret(key), *Imsi::parse("001010000000001"));
      const aka::WireRand wire = transform.apply(rand);
      EXPECT_NE(wire.octets, rand.octets);
      EXPECT_EQ(transform.invert(wire).octets, rand.octets) << name(algorithm);
    }
  }
}

TEST(Transform, only_aes128_imsi_depends_on_the_imsi) {
  const aka::PlainRand rand{};
  for (const TransformAlgorithm algorithm : all_algorithms) {
    const Secret key(Bytes(key_size(algorithm), 0x42));
    const bool same = Transform(algorithm, key, *Imsi::parse("001010000000001")).apply(rand) ==
                      Transform(algorithm, key, *Imsi::parse("001010000000002")).apply(rand);
    EXPECT_EQ(same, algorithm != TransformAlgorithm::aes128_imsi) << name(algorithm);
  }
}

// One keyed transform serves all IMSIs, and any number of RANDs at once.
TEST(KeyedTransform, equals_each_imsis_own_transform) {
  crypto::SystemRandom random;
  for (const TransformAlgorithm algorithm : all_algorithms) {
    Bytes key(key_size(algorithm));
    random.fill(key);
    const KeyedTransform keyed(algorithm, Secret(key));
    for (std::size_t i = 0; i < 300; ++i) {
      const Imsi imsi = *Imsi::parse(std::to_string(1'010'000'000'000 + i * 7919));
      std::vector<aka::PlainRand> rands(i % 7);
      for (aka::PlainRand& rand : rands) random.fill(rand.octets);
      std::vector<aka::WireRand> wire(rands.size());
      keyed.apply(imsi, rands, wire);
      const Transform own(algorithm, Secret(key), imsi);
      for (std::size_t j = 0; j < rands.size(); ++j)
        EXPECT_EQ(wire[j], own.apply(rands[j])) << name(algorithm);
    }
  }
}

TEST(KeyedTransform, enc_rand_is_the_one_computed_elsewhere) {
  for (const VecSet& set : sets()) {
    const KeyedTransform keyed(algorithm_of(set), set.secret("K_ME"));
    const aka::PlainRand rand{set.block("RAND")};
    aka::WireRand wire;
    keyed.apply(*Imsi::parse(set.text("imsi")), {&rand, 1}, {&wire, 1});
    EXPECT_EQ(wire.octets, set.block("encRAND")) << set.title;
  }
}

TEST(Transform, of_an_unbound_imsi_is_the_identity) {
  const Block octets = sets().front().block("RAND");
  EXPECT_EQ(unbound(aka::PlainRand{octets}).octets, octets);
  EXPECT_EQ(unbound(aka::WireRand{octets}).octets, octets);
}

TEST(Kdf, derived_keys_and_proof_are_those_computed_elsewhere) {
  for (const VecSet& set : sets()) {
    SCOPED_TRACE(set.title);
    const Secret k_me = set.secret("K_ME");
    EXPECT_TRUE(derive_k_enc(k_me, *Imsi::parse(set.text("imsi"))) == set.secret("K_enc"));
    const Secret k_conf = derive_k_conf(k_me, *Imei::parse(set.text("imei")));
    EXPECT_TRUE(k_conf == set.secret("K_conf"));
    EXPECT_EQ(
        confirmation_proof(k_conf, set.text("kme"), std::stoull(set.text("epoch")), set.block("challenge")),
        set.block("proof"));
  }
}

TEST(Kdf, label_and_context_do_not_run_into_each_other) {
  const Secret key(Bytes(16, 7));
  EXPECT_FALSE(kdf(key, "ab", "c") == kdf(key, "a", "bc"));
  EXPECT_FALSE(kdf(key, "abc", "") == kdf(key, "", "abc"));
  EXPECT_FALSE(kdf(key, "encRAND", "1") == kdf(key, "confirm", "1"));
}

TEST(Kdf, k_conf_takes_the_14_digits_whatever_form_the_imei_came_in) {
  const Secret key(Bytes(32, 7));
  EXPECT_TRUE(derive_k_conf(key, *Imei::parse("490154203237518")) == kdf(key, "confirm", "49015420323751"));
  EXPECT_TRUE(derive_k_conf(key, *Imei::parse("4901542032375101")) == kdf(key, "confirm", "49015420323751"));
}

TEST(Kdf, a_proof_depends_on_each_of_its_parts) {
  const Secret key(Bytes(16, 7));
  const Block challenge{1};
  const Block proof = confirmation_proof(key, "fleet", 3, challenge);
  EXPECT_NE(proof, confirmation_proof(Secret(Bytes(16, 8)), "fleet", 3, challenge));
  EXPECT_NE(proof, confirmation_proof(key, "fleet1", 3, challenge));
  EXPECT_NE(proof, confirmation_proof(key, "fleet", 4, challenge));
  EXPECT_NE(proof, confirmation_proof(key, "fleet", 3, Block{2}));
}

}  // namespace
}  // namespace simbiont::binding

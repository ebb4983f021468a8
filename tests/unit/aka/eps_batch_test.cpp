// The batch against its plain twin, make_eps_quantities() of vector.h, with and without the CPU's
// instructions.
#include "aka/eps_batch.h"

#include <gtest/gtest.h>

#include <random>

#include "aka/milenage.h"
#include "crypto/cpu.h"
#include "tests/support/vec_file.h"

namespace simbiont::aka {
namespace {

using test::VecSet;

struct Input {
  Block k, opc;
  PlainRand rand;
  Sqn sqn;
  Amf amf;
  Plmn plmn;

  EpsOrder order() const { return {k.data(), opc.data(), &rand, sqn, amf, plmn}; }
  EpsQuantities plainly() const {
    return make_eps_quantities(Milenage(Secret(k), Secret(opc)), rand, sqn, amf, plmn);
  }
};

class Inputs {
 public:
  std::vector<Input> some(std::size_t count) {
    std::vector<Input> inputs(count);
    for (Input& input : inputs) {
      fill(input.k), fill(input.opc), fill(input.rand.octets), fill(input.amf), fill(input.plmn.octets);
      input.sqn = Sqn{(std::uint64_t{engine_()} << 32 | engine_()) >> 16};
    }
    return inputs;
  }
  std::size_t below(std::size_t limit) { return engine_() % limit; }
  std::uint32_t seed() const { return seed_; }

 private:
  void fill(std::span<std::uint8_t> octets) {
    for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(engine_());
  }
  std::uint32_t seed_ = std::random_device{}();
  std::mt19937 engine_{seed_};
};

std::vector<EpsQuantities> batch(const std::vector<Input>& inputs) {
  std::vector<EpsOrder> orders;
  orders.reserve(inputs.size());
  for (const Input& input : inputs) orders.push_back(input.order());
  std::vector<EpsQuantities> out(inputs.size());
  make_eps_quantities(orders, out);
  return out;
}

// The four kinds of CPU: valgrind's has AES without SHA.
class EpsBatch : public testing::TestWithParam<crypto::CpuCrypto> {
 protected:
  crypto::RestrictCpu restriction_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(With, EpsBatch,
                         testing::Values(crypto::CpuCrypto{true, true}, crypto::CpuCrypto{true, false},
                                         crypto::CpuCrypto{false, true}, crypto::CpuCrypto{false, false}),
                         [](const auto& with) {
                           return std::string(with.param.aes ? "aes_" : "no_aes_") +
                                  (with.param.sha ? "sha" : "no_sha");
                         });

// 20,000 vectors in batches of 1 to 20: whole chunks, odd ends, single ones.
TEST_P(EpsBatch, equals_the_plain_function_over_random_input) {
  Inputs random;
  for (std::size_t made = 0; made < 20'000;) {
    const auto inputs = random.some(1 + random.below(20));
    const auto quantities = batch(inputs);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const EpsQuantities expected = inputs[i].plainly();
      ASSERT_EQ(quantities[i].xres, expected.xres) << "seed " << random.seed();
      ASSERT_EQ(quantities[i].autn, expected.autn) << "seed " << random.seed();
      ASSERT_EQ(quantities[i].kasme, expected.kasme) << "seed " << random.seed();
    }
    made += inputs.size();
  }
}

// The published MAC-A is over the published AMF, so only sets whose AMF has the separation bit show it.
TEST_P(EpsBatch, holds_ts_35208) {
  unsigned macs = 0;
  for (const VecSet& set : test::read_vec_file(std::string(TEST_DATA) + "/milenage_ts35208.vec")) {
    SCOPED_TRACE(set.title);
    const Input input{set.block("K"),      set.block("OPc"),
                      {set.block("RAND")}, Sqn::from_octets(set.array<6>("SQN")),
                      set.array<2>("AMF"), {{0x62, 0xF2, 0x10}}};
    const EpsQuantities q = batch({input}).front();
    EXPECT_EQ(q.xres, set.array<8>("f2"));
    ByteArray<6> sqn_xor_ak = set.array<6>("f5");
    for (std::size_t i = 0; i < 6; ++i) sqn_xor_ak[i] ^= input.sqn.octets()[i];
    EXPECT_TRUE(std::equal(sqn_xor_ak.begin(), sqn_xor_ak.end(), q.autn.begin()));
    EXPECT_EQ(q.kasme, derive_kasme(set.block("f3"), set.block("f4"), input.plmn, sqn_xor_ak));
    if ((input.amf[0] & 0x80U) == 0) continue;
    ++macs;
    const Mac mac = set.array<8>("f1");
    EXPECT_TRUE(std::equal(mac.begin(), mac.end(), q.autn.begin() + 8));
  }
  EXPECT_GT(macs, 2U);
}

TEST_P(EpsBatch, of_none_makes_none) { EXPECT_TRUE(batch({}).empty()); }

TEST_P(EpsBatch, amf_is_sent_with_the_separation_bit) {
  Input input = Inputs().some(1).front();
  input.amf = {0x01, 0x23};
  const EpsQuantities q = batch({input}).front();
  EXPECT_EQ((Amf{q.autn[6], q.autn[7]}), (Amf{0x81, 0x23}));
}

TEST(PlainRands, are_one_stretch_of_octets) {
  PlainRands<5> rands(3);
  ASSERT_EQ(rands.octets().size(), 48U);
  for (std::size_t i = 0; i < 48; ++i) rands.octets()[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(rands.view().size(), 3U);
  EXPECT_EQ(rands[2].octets[0], 32);
}

}  // namespace
}  // namespace simbiont::aka

// The test algorithm of TS 34.108.
#include "usim/xor.h"

#include <gtest/gtest.h>

#include "tests/support/vec_file.h"

namespace simbiont::usim {
namespace {

using test::VecSet;

std::vector<VecSet> sets() { return test::read_vec_file(TEST_DATA "/xor_ts34108.vec"); }

TEST(CardXor, agrees_with_ts_34_108) {
  ASSERT_EQ(sets().size(), 2U);
  for (const VecSet& set : sets()) {
    SCOPED_TRACE(set.title);
    const Xor functions(set.secret("K"), set.block("RAND"), 16);
    const auto sqn = set.array<6>("SQN");
    const auto amf = set.array<2>("AMF");
    EXPECT_EQ(functions.f1(sqn, amf), set.secret("f1"));
    EXPECT_EQ(functions.f1_star(sqn, amf), set.secret("f1star"));
    const Xor::Answer answer = functions.f2_f5();
    EXPECT_EQ(answer.res, set.secret("f2"));
    EXPECT_EQ(answer.ck, set.secret("f3"));
    EXPECT_EQ(answer.ik, set.secret("f4"));
    EXPECT_EQ(answer.ak, set.array<6>("f5"));
    EXPECT_EQ(functions.f5_star(), set.array<6>("f5star"));
  }
}

TEST(CardXor, a_shorter_res_is_the_beginning_of_the_longest) {
  const VecSet set = sets().front();
  const Bytes longest = set.bytes("f2");
  for (std::size_t size = Xor::min_res; size <= Xor::max_res; ++size) {
    const Xor functions(set.secret("K"), set.block("RAND"), size);
    EXPECT_EQ(functions.f2_f5().res, Secret(ByteView(longest).first(size))) << size;
    EXPECT_EQ(functions.f2_f5().ck, set.secret("f3")) << size;
  }
  EXPECT_EQ(Xor(set.secret("K"), set.block("RAND")).f2_f5().res.size(), 8U);
}

}  // namespace
}  // namespace simbiont::usim

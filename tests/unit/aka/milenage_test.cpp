#include "aka/milenage.h"

#include <gtest/gtest.h>

#include "tests/support/vec_file.h"

namespace simbiont::aka {
namespace {

using test::VecSet;

const std::vector<VecSet>& published() {
  static const std::vector<VecSet> sets =
      test::read_vec_file(std::string(TEST_DATA) + "/milenage_ts35208.vec");
  return sets;
}

TEST(Milenage, every_published_set_is_read) { EXPECT_EQ(published().size(), 12U); }

TEST(Milenage, opc_is_that_of_ts_35208) {
  for (const VecSet& set : published()) {
    EXPECT_TRUE(Milenage::opc_from_op(set.secret("K"), set.secret("OP")) == set.secret("OPc")) << set.title;
  }
}

TEST(Milenage, f1_to_f5_star_are_those_of_ts_35208) {
  for (const VecSet& set : published()) {
    SCOPED_TRACE(set.title);
    const Milenage functions(set.secret("K"), set.secret("OPc"));
    const PlainRand rand{set.block("RAND")};
    const Sqn sqn = Sqn::from_octets(set.array<6>("SQN"));
    const Amf amf = set.array<2>("AMF");
    const Milenage::F2345 f = functions.f2345(rand);
    EXPECT_EQ(functions.f1(rand, sqn, amf), set.array<8>("f1"));
    EXPECT_EQ(functions.f1_star(rand, sqn, amf), set.array<8>("f1star"));
    EXPECT_EQ(f.res, set.array<8>("f2"));
    EXPECT_EQ(f.ck, set.block("f3"));
    EXPECT_EQ(f.ik, set.block("f4"));
    EXPECT_EQ(f.ak, set.array<6>("f5"));
    EXPECT_EQ(functions.f5_star(rand), set.array<6>("f5star"));
  }
}

}  // namespace
}  // namespace simbiont::aka

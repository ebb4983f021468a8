// The card's Milenage against the published test sets.
#include "usim/milenage.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace simbiont::usim {
namespace {

using Set = std::map<std::string, Bytes>;

std::vector<Set> read_sets() {
  std::ifstream file(TEST_DATA "/milenage_ts35208.vec");
  std::vector<Set> sets;
  for (std::string line; std::getline(file, line);) {
    const std::size_t equals = line.find(" = ");
    if (line.starts_with('#') || equals == std::string::npos) continue;
    const std::string name = line.substr(0, equals);
    if (name == "K") sets.emplace_back();
    sets.back()[name] = *from_hex(line.substr(equals + 3));
  }
  return sets;
}

template <std::size_t N>
ByteArray<N> fixed(const Bytes& octets) {
  EXPECT_EQ(octets.size(), N);
  ByteArray<N> out{};
  std::copy_n(octets.begin(), N, out.begin());
  return out;
}

TEST(CardMilenage, agrees_with_every_set_of_ts_35_208) {
  const std::vector<Set> sets = read_sets();
  ASSERT_EQ(sets.size(), 12U);
  for (const Set& set : sets) {
    SCOPED_TRACE(to_hex(set.at("K")));
    const Secret k(set.at("K"));
    EXPECT_EQ(Milenage::opc(k, Secret(set.at("OP"))), Secret(set.at("OPc")));
    const Milenage functions(k, Secret(set.at("OPc")), fixed<16>(set.at("RAND")));
    const Milenage::Macs macs = functions.f1(fixed<6>(set.at("SQN")), fixed<2>(set.at("AMF")));
    EXPECT_EQ(macs.mac_a, fixed<8>(set.at("f1")));
    EXPECT_EQ(macs.mac_s, fixed<8>(set.at("f1star")));
    EXPECT_EQ(functions.f2_f5().res, fixed<8>(set.at("f2")));
    EXPECT_EQ(functions.f2_f5().ak, fixed<6>(set.at("f5")));
    EXPECT_EQ(functions.f3(), fixed<16>(set.at("f3")));
    EXPECT_EQ(functions.f4(), fixed<16>(set.at("f4")));
    EXPECT_EQ(functions.f5_star(), fixed<6>(set.at("f5star")));
  }
}

}  // namespace
}  // namespace simbiont::usim

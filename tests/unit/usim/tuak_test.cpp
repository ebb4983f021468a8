// The card's TUAK against the published test sets, its Keccak against OpenSSL's SHA-3.
#include "usim/tuak.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <set>

#include "tests/support/vec_file.h"
#include "usim/keccak.h"

namespace simbiont::usim {
namespace {

using test::VecSet;

std::vector<VecSet> published() {
  std::vector<VecSet> sets = test::read_vec_file(TEST_DATA "/tuak_ts35233.vec");
  for (VecSet& set : test::read_vec_file(TEST_DATA "/tuak_ts35233_more.vec")) sets.push_back(std::move(set));
  return sets;
}

unsigned iterations(const VecSet& set) { return static_cast<unsigned>(std::stoul(set.text("iterations"))); }

TuakChoice choice(const VecSet& set) {
  return {set.bytes("f1").size(), set.bytes("f2").size(), set.bytes("f3").size(), set.bytes("f4").size(),
          iterations(set)};
}

Tuak functions(const VecSet& set) {
  return Tuak(set.secret("K"), set.secret("TOPc"), set.block("RAND"), choice(set));
}

TEST(CardTuak, the_sets_reach_every_length_and_more_than_one_iteration) {
  const std::vector<VecSet> sets = published();
  ASSERT_EQ(sets.size(), 6U);
  std::set<std::size_t> k, mac, res, ck, ik, rounds;
  for (const VecSet& set : sets) {
    k.insert(set.bytes("K").size());
    mac.insert(set.bytes("f1").size());
    res.insert(set.bytes("f2").size());
    ck.insert(set.bytes("f3").size());
    ik.insert(set.bytes("f4").size());
    rounds.insert(iterations(set));
  }
  EXPECT_EQ(k, (std::set<std::size_t>{16, 32}));
  EXPECT_EQ(mac, (std::set<std::size_t>{8, 16, 32}));
  EXPECT_EQ(res, (std::set<std::size_t>{4, 8, 16, 32}));
  EXPECT_EQ(ck, (std::set<std::size_t>{16, 32}));
  EXPECT_EQ(ik, (std::set<std::size_t>{16, 32}));
  EXPECT_EQ(rounds, (std::set<std::size_t>{1, 2}));
}

TEST(CardTuak, agrees_with_every_set_of_ts_35_233) {
  for (const VecSet& set : published()) {
    SCOPED_TRACE(set.title);
    EXPECT_EQ(Tuak::topc(set.secret("K"), set.secret("TOP"), iterations(set)), set.secret("TOPc"));
    const Tuak tuak = functions(set);
    const auto sqn = set.array<6>("SQN");
    const auto amf = set.array<2>("AMF");
    EXPECT_EQ(tuak.f1(sqn, amf), set.secret("f1"));
    EXPECT_EQ(tuak.f1_star(sqn, amf), set.secret("f1star"));
    const Tuak::Answer answer = tuak.f2_f5();
    EXPECT_EQ(answer.res, set.secret("f2"));
    EXPECT_EQ(answer.ck, set.secret("f3"));
    EXPECT_EQ(answer.ik, set.secret("f4"));
    EXPECT_EQ(answer.ak, set.array<6>("f5"));
    EXPECT_EQ(tuak.f5_star(), set.array<6>("f5star"));
  }
}

TEST(CardTuak, every_octet_of_rand_sqn_and_amf_counts) {
  const VecSet set = published().front();
  const auto sqn = set.array<6>("SQN");
  const auto amf = set.array<2>("AMF");
  const Secret mac = functions(set).f1(sqn, amf);
  for (std::size_t i = 0; i < sqn.size(); ++i) {
    auto changed = sqn;
    changed[i] ^= 0x10;
    EXPECT_FALSE(functions(set).f1(changed, amf) == mac) << "SQN " << i;
  }
  for (std::size_t i = 0; i < amf.size(); ++i) {
    auto changed = amf;
    changed[i] ^= 0x10;
    EXPECT_FALSE(functions(set).f1(sqn, changed) == mac) << "AMF " << i;
  }
  for (std::size_t i = 0; i < 16; ++i) {
    Block rand = set.block("RAND");
    rand[i] ^= 0x10;
    const Tuak changed(set.secret("K"), set.secret("TOPc"), rand, choice(set));
    EXPECT_FALSE(changed.f1(sqn, amf) == mac) << "RAND " << i;
    EXPECT_FALSE(changed.f2_f5().res == set.secret("f2")) << "RAND " << i;
    EXPECT_NE(changed.f5_star(), set.array<6>("f5star")) << "RAND " << i;
  }
}

TEST(CardTuak, only_the_standards_lengths_are_allowed) {
  for (std::size_t octets = 0; octets <= 64; ++octets) {
    const bool key = octets == 16 || octets == 32;
    const bool mac = key || octets == 8;
    const bool res = mac || octets == 4;
    EXPECT_EQ((TuakChoice{octets, 8, 16, 16, 1}.allowed()), mac) << octets;
    EXPECT_EQ((TuakChoice{8, octets, 16, 16, 1}.allowed()), res) << octets;
    EXPECT_EQ((TuakChoice{8, 8, octets, 16, 1}.allowed()), key) << octets;
    EXPECT_EQ((TuakChoice{8, 8, 16, octets, 1}.allowed()), key) << octets;
  }
  EXPECT_TRUE(TuakChoice{}.allowed());
  EXPECT_FALSE((TuakChoice{8, 8, 16, 16, 0}.allowed()));
  EXPECT_TRUE((TuakChoice{8, 8, 16, 16, 255}.allowed()));
  EXPECT_FALSE((TuakChoice{8, 8, 16, 16, 256}.allowed()));
}

// SHA3-256 over keccak_f1600: rate of 136 octets, domain bits 01, pad 10*1.
Bytes sha3_256(ByteView message) {
  constexpr std::size_t rate = 136;
  Bytes padded(message.begin(), message.end());
  padded.push_back(0x06);
  padded.resize((padded.size() + rate - 1) / rate * rate, 0);
  padded.back() |= 0x80;
  KeccakState state{};
  for (std::size_t from = 0; from < padded.size(); from += rate) {
    for (std::size_t i = 0; i < rate; ++i) state[i / 8] ^= std::uint64_t{padded[from + i]} << i % 8 * 8;
    keccak_f1600(state);
  }
  Bytes digest;
  for (std::size_t i = 0; i < 32; ++i) digest.push_back(static_cast<std::uint8_t>(state[i / 8] >> i % 8 * 8));
  return digest;
}

TEST(CardKeccak, makes_the_sha_3_of_openssl) {
  Bytes message;
  for (unsigned length = 0; length <= 1000; ++length) {
    Bytes expected(32);
    unsigned size = 0;
    ASSERT_EQ(EVP_Digest(message.data(), message.size(), expected.data(), &size, EVP_sha3_256(), nullptr), 1);
    ASSERT_EQ(to_hex(sha3_256(message)), to_hex(expected)) << length;
    message.push_back(static_cast<std::uint8_t>(length * 37 + length / 256));
  }
}

}  // namespace
}  // namespace simbiont::usim

// TUAK, XOR and GSM-Milenage against what is published of them.
#include <gtest/gtest.h>

#include "aka/functions.h"
#include "aka/milenage.h"
#include "aka/tuak.h"
#include "aka/vector.h"
#include "aka/xor.h"
#include "tests/support/vec_file.h"

namespace simbiont::aka {
namespace {

using test::VecSet;

std::vector<VecSet> read(const char* name) {
  return test::read_vec_file(std::string(TEST_DATA) + "/" + name);
}

Bytes out(const KeccakState& state, std::size_t place, std::size_t size) {
  Bytes octets(size);
  tuak::out(state, place, octets);
  return octets;
}

TEST(Keccak, of_zeros_is_that_of_its_authors) {
  KeccakState state{};
  keccak_f1600(state);
  EXPECT_EQ(to_hex(ByteView(state).first(16)), "e7dde140798f25f18a47c033f9ccd584");
}

TEST(Tuak, every_published_set_of_every_size_holds) {
  const auto sets = read("tuak_ts35233.vec");
  ASSERT_EQ(sets.size(), 3U);
  for (const VecSet& set : sets) {
    SCOPED_TRACE(set.title);
    const Secret k = set.secret("K"), topc = set.secret("TOPc");
    const PlainRand rand{set.block("RAND")};
    const Sqn sqn = Sqn::from_octets(set.array<6>("SQN"));
    const Amf amf = set.array<2>("AMF");
    TuakProfile profile;
    profile.iterations = static_cast<unsigned>(std::stoul(set.text("iterations")));
    profile.mac = set.bytes("f1").size();
    profile.res = set.bytes("f2").size();
    profile.ck = set.bytes("f3").size();
    profile.ik = set.bytes("f4").size();
    EXPECT_EQ(out(tuak::topc(k, set.secret("TOP"), profile.iterations), 0, 32), set.bytes("TOPc"));
    EXPECT_EQ(out(tuak::f1(k, topc, rand, sqn, amf, false, profile), 0, profile.mac), set.bytes("f1"));
    EXPECT_EQ(out(tuak::f1(k, topc, rand, sqn, amf, true, profile), 0, profile.mac), set.bytes("f1star"));
    const KeccakState f2345 = tuak::f2345(k, topc, rand, profile);
    EXPECT_EQ(out(f2345, 0, profile.res), set.bytes("f2"));
    EXPECT_EQ(out(f2345, 32, profile.ck), set.bytes("f3"));
    EXPECT_EQ(out(f2345, 64, profile.ik), set.bytes("f4"));
    EXPECT_EQ(out(f2345, 96, 6), set.bytes("f5"));
    EXPECT_EQ(out(tuak::f5_star(k, topc, rand, profile.iterations), 96, 6), set.bytes("f5star"));
  }
}

TEST(Tuak, the_functions_of_the_hss_are_those_of_the_first_published_set) {
  const VecSet set = read("tuak_ts35233.vec").front();
  EXPECT_TRUE(opc_from_op(Algorithm::tuak, set.secret("K"), set.secret("TOP")) == set.secret("TOPc"));
  const auto functions = make_functions(Algorithm::tuak, set.secret("K"), set.secret("TOPc"));
  const PlainRand rand{set.block("RAND")};
  const Sqn sqn = Sqn::from_octets(set.array<6>("SQN"));
  EXPECT_EQ(functions->f1(rand, sqn, set.array<2>("AMF")), set.array<8>("f1"));
  EXPECT_EQ(functions->f1_star(rand, sqn, set.array<2>("AMF")), set.array<8>("f1star"));
  EXPECT_EQ(functions->f5_star(rand), set.array<6>("f5star"));
}

TEST(Xor, has_the_numbers_of_ts_34108_reckoned_by_hand) {
  // XDOUT = K xor RAND = 00 11 22 .. ff
  const Secret k = *Secret::from_hex("0123456789abcdeffedcba9876543210");
  const auto functions = make_functions(Algorithm::xor_test, k, Secret());
  PlainRand rand;
  const Bytes xdout = *from_hex("00112233445566778899aabbccddeeff");
  for (std::size_t i = 0; i < 16; ++i) rand.octets[i] = xdout[i] ^ k.reveal()[i];
  const auto f = functions->f2345(rand);
  EXPECT_EQ(to_hex(f.res), "0011223344556677");
  EXPECT_EQ(to_hex(f.ck), "112233445566778899aabbccddeeff00");
  EXPECT_EQ(to_hex(f.ik), "2233445566778899aabbccddeeff0011");
  EXPECT_EQ(to_hex(f.ak), "334455667788");
  const Sqn sqn{0x010203040506};
  EXPECT_EQ(to_hex(functions->f1(rand, sqn, {0x80, 0x01})), "011321374153e676");
  EXPECT_EQ(functions->f1_star(rand, sqn, {0x80, 0x01}), functions->f1(rand, sqn, {0x80, 0x01}));
  EXPECT_EQ(functions->f5_star(rand), f.ak);
}

TEST(GsmMilenage, sres_by_the_first_derivation_and_kc_are_those_of_ts_55205) {
  const auto sets = read("gsm_milenage_ts55205.vec");
  ASSERT_GE(sets.size(), 6U);
  for (const VecSet& set : sets) {
    const auto functions = make_functions(Algorithm::gsm_milenage, set.secret("Ki"), set.secret("OPc"));
    const GsmQuantities q = make_gsm_quantities(*functions, {set.block("RAND")});
    EXPECT_EQ(q.sres, set.array<4>("SRES1")) << set.title;
    EXPECT_EQ(q.kc, set.array<8>("Kc")) << set.title;
  }
}

struct Kind {
  Algorithm algorithm;
  const char *k, *opc;
};
const Kind kinds[] = {
    {Algorithm::milenage, "465b5ce8b199b49faa5f0a2ee238a6bc", "cd63cb71954a9f4e48a5994e37a02baf"},
    {Algorithm::tuak, "abababababababababababababababab",
     "bd04d9530e87513c5d837ac2ad954623a8e2330c115305a73eb45d1f40cccbff"},
    {Algorithm::tuak, "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0",
     "305425427e18c503c8a4b294ea72c95d0c36c6c6b29d0c65de5974d5977f8524"},
    {Algorithm::xor_test, "0123456789abcdeffedcba9876543210", ""}};

std::unique_ptr<Functions> functions_of(const Kind& kind) {
  const Secret opc = *kind.opc != 0 ? *Secret::from_hex(kind.opc) : Secret();
  return make_functions(kind.algorithm, *Secret::from_hex(kind.k), opc);
}

TEST(EveryAlgorithm, an_auts_is_understood_and_a_changed_one_refused) {
  for (const Kind& kind : kinds) {
    SCOPED_TRACE(name(kind.algorithm));
    const auto functions = functions_of(kind);
    const PlainRand rand{{1, 2, 3}};
    const Sqn sqn_ms{0xff9bb4d0b607};
    const Mac mac = functions->f1_star(rand, sqn_ms, {0, 0});
    const Ak ak = functions->f5_star(rand);
    Auts auts{};
    for (std::size_t i = 0; i < 6; ++i) auts[i] = sqn_ms.octets()[i] ^ ak[i];
    std::copy(mac.begin(), mac.end(), auts.begin() + 6);
    ASSERT_TRUE(verify_auts(*functions, rand, auts));
    EXPECT_EQ(verify_auts(*functions, rand, auts)->value, sqn_ms.value);
    for (std::size_t bit = 0; bit < auts.size() * 8; ++bit) {
      Auts wrong = auts;
      wrong[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      EXPECT_FALSE(verify_auts(*functions, rand, wrong)) << "bit " << bit;
    }
    if (kind.algorithm == Algorithm::xor_test) continue;  // its MAC does not depend on RAND as a whole
    EXPECT_FALSE(verify_auts(*functions, {{1, 2, 3, 4}}, auts));
  }
}

TEST(EveryAlgorithm, the_separation_bit_follows_what_the_vector_is_for) {
  for (const Kind& kind : kinds) {
    SCOPED_TRACE(name(kind.algorithm));
    const auto functions = functions_of(kind);
    const PlainRand rand{{7}};
    const Sqn sqn{0x1234567};
    for (const Amf given : {Amf{0x00, 0x07}, Amf{0x80, 0x07}}) {
      const auto eps = make_eps_quantities(*functions, rand, sqn, given, *Plmn::parse("00101"));
      const auto utran = make_utran_quantities(*functions, rand, sqn, given);
      const auto eap = make_eap_quantities(*functions, rand, sqn, given);
      EXPECT_EQ(eps.autn[6], 0x80);
      EXPECT_EQ(utran.autn[6], 0x00);
      EXPECT_EQ(eap.autn, eps.autn);
      EXPECT_EQ(eap.ck, utran.ck);
      const Mac mac = functions->f1(rand, sqn, {0x80, 0x07});
      EXPECT_TRUE(std::equal(mac.begin(), mac.end(), eap.autn.begin() + 8));
    }
  }
}

TEST(Algorithm, names_go_both_ways_and_sizes_are_those_of_the_standards) {
  for (const char* text : {"milenage", "gsm-milenage", "tuak", "xor"})
    EXPECT_EQ(name(*algorithm(text)), text);
  EXPECT_FALSE(algorithm("comp128v1"));
  EXPECT_FALSE(algorithm(""));
  EXPECT_TRUE(fits_k(Algorithm::tuak, 32) && fits_k(Algorithm::tuak, 16));
  for (const Algorithm each : {Algorithm::milenage, Algorithm::gsm_milenage, Algorithm::xor_test})
    EXPECT_FALSE(fits_k(each, 32));
}

}  // namespace
}  // namespace simbiont::aka

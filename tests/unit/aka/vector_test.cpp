#include "aka/vector.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "aka/milenage.h"
#include "tests/support/vec_file.h"

namespace simbiont::aka {
namespace {

using test::VecSet;

std::string data(const std::string& name) { return std::string(TEST_DATA) + "/" + name; }

// One published set with what the tests of this file ask of it.
struct Card {
  explicit Card(const VecSet& set)
      : functions(set.secret("K"), set.secret("OPc")),
        rand{set.block("RAND")},
        sqn(Sqn::from_octets(set.array<6>("SQN"))),
        amf(set.array<2>("AMF")),
        ak(set.array<6>("f5")) {}

  // AUTS as a card makes it, TS 33.102 6.3.3.
  Auts auts(Sqn sqn_ms, Amf amf_star = {}) const {
    const Ak ak_star = functions.f5_star(rand);
    const Mac mac_s = functions.f1_star(rand, sqn_ms, amf_star);
    Auts out{};
    for (std::size_t i = 0; i < 6; ++i) out[i] = sqn_ms.octets()[i] ^ ak_star[i];
    std::copy(mac_s.begin(), mac_s.end(), out.begin() + 6);
    return out;
  }

  Milenage functions;
  PlainRand rand;
  Sqn sqn;
  Amf amf;
  Ak ak;
};

Card card() { return Card(test::read_vec_file(data("milenage_ts35208.vec")).front()); }

TEST(Kasme, is_the_number_computed_elsewhere) {
  const auto sets = test::read_vec_file(data("kasme.vec"));
  ASSERT_EQ(sets.size(), 2U);
  for (const VecSet& set : sets) {
    EXPECT_EQ(derive_kasme(set.block("CK"), set.block("IK"), Plmn{set.array<3>("plmn")},
                           set.array<6>("sqn_xor_ak")),
              set.array<32>("KASME"))
        << set.title;
  }
}

TEST(EpsVector, autn_hides_sqn_under_ak_and_carries_the_mac_over_the_amf_it_shows) {
  const Card c = card();
  const EpsQuantities q = make_eps_quantities(c.functions, c.rand, c.sqn, c.amf, *Plmn::parse("26201"));
  ByteArray<6> sqn{};
  for (std::size_t i = 0; i < 6; ++i) sqn[i] = q.autn[i] ^ c.ak[i];
  EXPECT_EQ(Sqn::from_octets(sqn).value, c.sqn.value);
  const Amf amf{q.autn[6], q.autn[7]};
  const Mac mac = c.functions.f1(c.rand, c.sqn, amf);
  EXPECT_TRUE(std::equal(mac.begin(), mac.end(), q.autn.begin() + 8));
  EXPECT_EQ(q.xres, c.functions.f2345(c.rand).res);
}

TEST(EpsVector, separation_bit_is_set_whatever_amf_the_subscriber_has) {
  const Card c = card();
  const struct {
    Amf given, sent;
  } cases[] = {{{0x00, 0x00}, {0x80, 0x00}},
               {{0x80, 0x00}, {0x80, 0x00}},
               {{0x7F, 0xFF}, {0xFF, 0xFF}},
               {{0x01, 0x23}, {0x81, 0x23}}};
  for (const auto& [given, sent] : cases) {
    const EpsQuantities q = make_eps_quantities(c.functions, c.rand, c.sqn, given, *Plmn::parse("26201"));
    EXPECT_EQ((Amf{q.autn[6], q.autn[7]}), sent) << to_hex(given);
  }
}

TEST(EpsVector, kasme_follows_the_serving_network_as_received) {
  const Card c = card();
  const auto f = c.functions.f2345(c.rand);
  const auto of = [&](Plmn plmn) { return make_eps_quantities(c.functions, c.rand, c.sqn, c.amf, plmn); };
  const Plmn odd{{0xAB, 0xCD, 0xEF}};  // no digits: still exactly these octets
  const EpsQuantities q = of(odd);
  ByteArray<6> sqn_xor_ak{};
  std::copy_n(q.autn.begin(), 6, sqn_xor_ak.begin());
  EXPECT_EQ(q.kasme, derive_kasme(f.ck, f.ik, odd, sqn_xor_ak));
  EXPECT_NE(q.kasme, of(*Plmn::parse("26201")).kasme);
}

TEST(UtranVector, has_the_numbers_of_ts_35208) {
  const auto sets = test::read_vec_file(data("milenage_ts35208.vec"));
  ASSERT_FALSE(sets.empty());
  for (const VecSet& set : sets) {
    const Card c(set);
    const UtranQuantities q = make_utran_quantities(c.functions, c.rand, c.sqn, c.amf);
    EXPECT_EQ(q.xres, set.array<8>("f2")) << set.title;
    EXPECT_EQ(q.ck, set.block("f3")) << set.title;
    EXPECT_EQ(q.ik, set.block("f4")) << set.title;
    if ((c.amf[0] & 0x80) != 0) continue;  // f1 of the set is over another AMF
    const auto mac = set.array<8>("f1");
    EXPECT_TRUE(std::equal(mac.begin(), mac.end(), q.autn.begin() + 8)) << set.title;
  }
}

TEST(UtranVector, separation_bit_is_clear_and_under_the_mac_whatever_amf_the_subscriber_has) {
  const Card c = card();
  const struct {
    Amf given, sent;
  } cases[] = {{{0x00, 0x00}, {0x00, 0x00}},
               {{0x80, 0x00}, {0x00, 0x00}},
               {{0xFF, 0xFF}, {0x7F, 0xFF}},
               {{0x81, 0x23}, {0x01, 0x23}}};
  for (const auto& [given, sent] : cases) {
    const UtranQuantities q = make_utran_quantities(c.functions, c.rand, c.sqn, given);
    EXPECT_EQ((Amf{q.autn[6], q.autn[7]}), sent) << to_hex(given);
    const Mac mac = c.functions.f1(c.rand, c.sqn, sent);
    EXPECT_TRUE(std::equal(mac.begin(), mac.end(), q.autn.begin() + 8)) << to_hex(given);
  }
}

TEST(Auts, a_cards_sqn_is_recovered) {
  const Card c = card();
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{32}, (std::uint64_t{1} << 48) - 1}) {
    const auto sqn = verify_auts(c.functions, c.rand, c.auts(Sqn{value}));
    ASSERT_TRUE(sqn);
    EXPECT_EQ(sqn->value, value);
  }
}

TEST(Auts, is_refused_when_any_bit_of_it_is_wrong) {
  const Card c = card();
  for (unsigned bit = 0; bit < 14 * 8; ++bit) {
    Auts auts = c.auts(Sqn{0x123456789ABC});
    auts[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_FALSE(verify_auts(c.functions, c.rand, auts)) << "bit " << bit;
  }
}

TEST(Auts, is_refused_over_another_rand_and_under_another_amf) {
  const Card c = card();
  PlainRand other = c.rand;
  other.octets[0] ^= 1;
  EXPECT_FALSE(verify_auts(c.functions, other, c.auts(c.sqn)));
  EXPECT_FALSE(verify_auts(c.functions, c.rand, c.auts(c.sqn, Amf{0x80, 0x00})));
}

TEST(Sqn, seq_and_ind_share_48_bits) {
  const Sqn sqn = Sqn::make(seq_max, 31);
  EXPECT_EQ(to_hex(sqn.octets()), "ffffffffffff");
  EXPECT_EQ(Sqn::make(5, 3).value, 5U * 32 + 3);
  EXPECT_EQ(Sqn::from_octets(Sqn::make(77, 9).octets()).seq(), 77U);
  EXPECT_EQ(Sqn::from_octets(Sqn::make(77, 9).octets()).ind(), 9U);
}

// FNV-1a (32 bits) of "", "a" and "foobar" is published: 811c9dc5, e40c292c, bf9cf968.
TEST(Sqn, ind_of_a_node_is_fnv_1a_of_the_folded_name) {
  EXPECT_EQ(ind_of_node(""), 0x811C9DC5U % 32);
  EXPECT_EQ(ind_of_node("a"), 0xE40C292CU % 32);
  EXPECT_EQ(ind_of_node("FooBar"), 0xBF9CF968U % 32);
  EXPECT_EQ(ind_of_node("MME01.epc.example"), ind_of_node("mme01.EPC.example"));
}

TEST(Sqn, nodes_of_a_pool_do_not_share_one_ind) {
  unsigned used = 0;
  for (char digit = '0'; digit <= '9'; ++digit) {
    used |= 1U << ind_of_node(std::string("mme") + digit + ".epc.mnc001.mcc001.3gppnetwork.org");
  }
  EXPECT_EQ(__builtin_popcount(used), 10);
}

}  // namespace
}  // namespace simbiont::aka

// hostapd's datagrams: quintets and triplets from the one AuC, AUTS on its way back.
#include <iterator>
#include <set>
#include <sstream>

#include "hss/eap_message.h"
#include "operator_fixture.h"
#include "usim/milenage.h"

namespace simbiont::test {
namespace {

class EapTest : public OperatorTest {
 protected:
  static Bytes frame(const std::string& text, const std::string& client = "/run/hostapd") {
    const std::string all = client + '\0' + text;
    return {all.begin(), all.end()};
  }
  // What goes back, without the client's address; "" for nothing.
  std::string ask(const std::string& text) {
    hss.sent[hss::eap_link].clear();
    hss.core().on_eap(frame(text));
    hss.settle();
    const auto& sent = hss.sent[hss::eap_link];
    if (sent.empty()) return "";
    EXPECT_EQ(sent.size(), 1U);
    const std::string all(as_text(sent.front()));
    EXPECT_EQ(all.substr(0, all.find('\0')), "/run/hostapd");
    return all.substr(all.find('\0') + 1);
  }
  static std::vector<std::string> words(const std::string& text) {
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
  }
  static Block block(const std::string& digits) {
    Block out{};
    EXPECT_TRUE(from_hex(digits, out)) << digits;
    return out;
  }

  struct Quintet {
    diameter::EutranVector vector{};  // RAND, AUTN, XRES
    Block ik{}, ck{};
  };
  Quintet quintet(const char* digits = imsi) {
    const auto answer = words(ask(std::string("AKA-REQ-AUTH ") + digits));
    EXPECT_EQ(answer.size(), 7U);
    if (answer.size() != 7) return {};
    EXPECT_EQ(answer[0], "AKA-RESP-AUTH");
    EXPECT_EQ(answer[1], digits);
    Quintet out;
    out.vector.rand = block(answer[2]);
    out.vector.autn = block(answer[3]);
    out.ik = block(answer[4]);
    out.ck = block(answer[5]);
    EXPECT_TRUE(from_hex(answer[6], out.vector.xres));
    return out;
  }
  static bool agrees(const Bytes& response, const Quintet& q) {
    return is_success(response) &&
           std::equal(q.vector.xres.begin(), q.vector.xres.end(), response.begin() + 2) &&
           std::equal(q.ck.begin(), q.ck.end(), response.begin() + 11) &&
           std::equal(q.ik.begin(), q.ik.end(), response.begin() + 28);
  }
  static std::string auts(const Quintet& q, const Bytes& response) {
    const Bytes info = resync_info(q.vector, response);
    return std::string("AKA-AUTS ") + imsi + " " + to_hex(ByteView(info).subspan(16)) + " " +
           to_hex(ByteView(info).first(16));
  }
};

TEST_F(EapTest, a_quintet_is_accepted_by_the_card_and_separated) {
  for (int i = 0; i < 3; ++i) {
    const Quintet q = quintet();
    EXPECT_TRUE(agrees(present(q.vector.rand, q.vector), q));
    EXPECT_NE(q.vector.autn[6] & 0x80, 0) << "EAP-AKA' insists on it";
  }
}

TEST_F(EapTest, a_bound_quintet_is_accepted_only_through_its_key) {
  bind_to_a();
  const Quintet q = quintet();
  EXPECT_TRUE(is_mac_failure(present(q.vector.rand, q.vector)));
  EXPECT_TRUE(is_mac_failure(present(decrypt(q.vector.rand, key_b), q.vector)));
  EXPECT_TRUE(agrees(present(decrypt(q.vector.rand, key_a), q.vector), q));
}

TEST_F(EapTest, what_cannot_be_served_fails_and_is_never_plain) {
  bind(binding::Mode::enforce, {});
  const std::string id = imsi;
  EXPECT_EQ(ask("AKA-REQ-AUTH " + id), "AKA-RESP-AUTH " + id + " FAILURE");
  EXPECT_EQ(ask("SIM-REQ-AUTH " + id + " 3"), "SIM-RESP-AUTH " + id + " FAILURE");
  EXPECT_EQ(ask("AKA-REQ-AUTH 001019999999999"), "AKA-RESP-AUTH 001019999999999 FAILURE");
  EXPECT_EQ(ask("SIM-REQ-AUTH x 1"), "SIM-RESP-AUTH x FAILURE");
}

TEST_F(EapTest, a_card_that_is_ahead_resynchronises) {
  for (const bool bound : {false, true}) {
    if (bound) bind_to_a();
    const auto plain = [&](const Quintet& q) {
      return bound ? decrypt(q.vector.rand, key_a) : q.vector.rand;
    };
    card.accepted_seq().fill(bound ? 2'000'000 : 1'000'000);
    const Quintet stale = quintet();
    const std::string report = auts(stale, present(plain(stale), stale.vector));
    EXPECT_EQ(ask(report), "") << "no answer is wanted";
    const Quintet fresh = quintet();
    EXPECT_TRUE(agrees(present(plain(fresh), fresh.vector), fresh)) << "bound: " << bound;
    const std::uint64_t next = stored().subscriber.seq_high;
    EXPECT_EQ(ask(report), "");
    EXPECT_EQ(stored().subscriber.seq_high, next) << "a second time it changes nothing";
  }
}

TEST_F(EapTest, a_request_behind_an_auts_waits_for_its_commit) {
  card.accepted_seq().fill(1'000'000);
  const Quintet stale = quintet();
  const Bytes report = frame(auts(stale, present(stale.vector.rand, stale.vector)));
  hss.sent[hss::eap_link].clear();
  hss.core().on_eap(report);
  hss.core().on_eap(frame(std::string("AKA-REQ-AUTH ") + imsi));
  EXPECT_TRUE(hss.sent[hss::eap_link].empty());
  hss.settle();
  ASSERT_EQ(hss.sent[hss::eap_link].size(), 1U);
  const auto answer = words(std::string(as_text(hss.sent[hss::eap_link][0])).substr(13));
  const diameter::EutranVector vector{block(answer.at(2)), block(answer.at(3)), {}, {}};
  EXPECT_TRUE(is_success(present(vector.rand, vector)));
}

TEST_F(EapTest, a_forged_auts_changes_nothing) {
  const Quintet q = quintet();
  const std::uint64_t before = stored().subscriber.seq_high;
  EXPECT_EQ(ask(std::string("AKA-AUTS ") + imsi + " " + std::string(28, 'a') + " " + to_hex(q.vector.rand)),
            "");
  EXPECT_EQ(stored().subscriber.seq_high, before);
  EXPECT_THAT(hss.events(), ::testing::Contains("resync-failed"));
}

TEST_F(EapTest, no_seq_is_used_twice_by_an_mme_and_an_eap_server) {
  std::set<std::uint64_t> seqs;
  for (int i = 0; i < 200; ++i) {
    const diameter::EutranVector vector = i % 2 == 0 ? quintet().vector : hss.air("mme1", imsi).vectors.at(0);
    seqs.insert(sqn_of(vector, vector.rand).seq());
  }
  EXPECT_EQ(seqs.size(), 200U);
  const std::uint64_t last = *seqs.rbegin();
  hss.restart();
  EXPECT_GT(sqn_of(quintet().vector, {}).value, 0U);
  EXPECT_GE(stored().subscriber.seq_high, last);
}

TEST_F(EapTest, triplets_are_the_cards_and_a_bound_ones_come_through_its_key) {
  for (const bool bound : {false, true}) {
    if (bound) bind_to_a();
    const auto answer = words(ask(std::string("SIM-REQ-AUTH ") + imsi + " 3"));
    ASSERT_EQ(answer.size(), 5U);
    EXPECT_EQ(answer[0] + " " + answer[1], std::string("SIM-RESP-AUTH ") + imsi);
    std::set<std::string> rands;
    for (std::size_t i = 2; i < answer.size(); ++i) {
      ASSERT_EQ(answer[i].size(), 16U + 1 + 8 + 1 + 32);
      const std::string digits = answer[i].substr(26);
      rands.insert(digits);
      const usim::Milenage milenage(k, opc, bound ? decrypt(block(digits), key_a) : block(digits));
      const auto res = milenage.f2_f5().res;
      ByteArray<4> sres{};
      for (std::size_t j = 0; j < 4; ++j) sres[j] = res[j] ^ res[j + 4];
      EXPECT_EQ(answer[i].substr(17, 8), to_hex(sres));
    }
    EXPECT_EQ(rands.size(), 3U);
  }
}

TEST_F(EapTest, what_is_no_request_is_not_answered) {
  for (const char* const text :
       {"", "AKA-REQ-AUTH", "AKA-REQ-AUTH 001010000000001 1", "SIM-REQ-AUTH 001010000000001",
        "SIM-REQ-AUTH 001010000000001 0", "SIM-REQ-AUTH 001010000000001 10", "SIM-REQ-AUTH 001010000000001 x",
        "AKA-AUTS 001010000000001 00 00", "AKA-AUTS 001010000000001", "aka-req-auth 001010000000001",
        "AKA-REQ-AUTH  001010000000001", "a b c d e f"})
    EXPECT_EQ(ask(text), "") << text;
  hss.core().on_eap(Bytes{});
  hss.core().on_eap(Bytes(10, 'a'));
  hss.core().on_eap(frame("AKA-REQ-AUTH " + std::string(600, '1')));
  EXPECT_TRUE(hss.sent[hss::eap_link].empty());
}

// TS 55.205, set 1: the conversions over TS 35.208's.
TEST(GsmQuantities, are_the_standards) {
  const aka::Milenage functions(*Secret::from_hex("465b5ce8b199b49faa5f0a2ee238a6bc"),
                                *Secret::from_hex("cd63cb71954a9f4e48a5994e37a02baf"));
  aka::PlainRand rand;
  ASSERT_TRUE(from_hex("23553cbe9637a89d218ae64dae47bf35", rand.octets));
  const aka::GsmQuantities made = aka::make_gsm_quantities(functions, rand);
  EXPECT_EQ(to_hex(made.sres), "46f8416a");
  EXPECT_EQ(to_hex(made.kc), "eae4be823af9a08b");
}

}  // namespace
}  // namespace simbiont::test

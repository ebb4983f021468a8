// PUR: what the serving MME forgot is noted, and what others say changes nothing.
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

class PurTest : public OperatorTest {
 protected:
  Bytes pur_frame(const std::string& host, std::string_view digits) {
    diameter::Pur pur;
    const std::string session = host + ";3;1";
    pur.routing = {session, host, "visited.example", {}, "example"};
    pur.user_name = digits;
    Bytes frame;
    diameter::encode_pur(pur, hss.next_ids(0), frame);
    return frame;
  }
  diameter::Pua pur(const std::string& host, std::string_view digits) {
    const Bytes frame = hss.ask(host, pur_frame(host, digits));
    const auto decoded = frame.empty() ? diameter::Decoded<diameter::Pua>{} : diameter::decode_pua(frame);
    return decoded.message ? *decoded.message : diameter::Pua{{}, {0, false}, 0};
  }
};

using diameter::pua_flag::freeze_m_tmsi;

TEST_F(PurTest, of_the_serving_mme_is_noted_and_freezes_the_m_tmsi) {
  (void)hss.ulr("mme1", imsi);
  const diameter::Pua answer = pur("MME1", imsi);
  EXPECT_EQ(answer.code, success);
  EXPECT_EQ(answer.flags, freeze_m_tmsi);
  EXPECT_EQ(stored().registration->purged_at, hss.clock.unix_ms());
  EXPECT_EQ(stored().registration->host, "mme1");
}

TEST_F(PurTest, is_answered_once_it_is_durable) {
  (void)hss.ulr("mme1", imsi);
  hss.deliver("mme1", pur_frame("mme1", imsi));
  EXPECT_TRUE(hss.sent[hss.link("mme1")].empty());
  hss.settle();
  EXPECT_EQ(hss.sent[hss.link("mme1")].size(), 1U);
}

TEST_F(PurTest, again_has_the_same_answer_and_writes_nothing) {
  (void)hss.ulr("mme1", imsi);
  (void)pur("mme1", imsi);
  const UnixMs at = stored().registration->purged_at;
  hss.clock.advance_ms(5000);
  const std::size_t before = hss.committer.batches;
  EXPECT_EQ(pur("mme1", imsi).flags, freeze_m_tmsi);
  EXPECT_EQ(hss.committer.batches, before);
  EXPECT_EQ(stored().registration->purged_at, at);
}

TEST_F(PurTest, of_another_node_changes_nothing) {
  (void)hss.ulr("mme1", imsi);
  const diameter::Pua answer = pur("mme2", imsi);
  EXPECT_EQ(answer.code, success);
  EXPECT_EQ(answer.flags, 0U);
  EXPECT_EQ(stored().registration->purged_at, 0);
}

TEST_F(PurTest, without_a_registration_or_subscriber) {
  EXPECT_EQ(pur("mme1", imsi).flags, 0U);
  EXPECT_FALSE(stored().registration);
  EXPECT_EQ(pur("mme1", "001019999999999").code, unknown_user);
  EXPECT_EQ(pur("mme1", "rubbish").code, unknown_user);
}

TEST_F(PurTest, a_ulr_after_it_is_news_and_ends_it) {
  (void)hss.ulr("mme1", imsi);
  (void)hss.ulr("mme1", imsi);
  (void)pur("mme1", imsi);
  ASSERT_EQ(hss.ulr("mme1", imsi).code, success);
  EXPECT_EQ(stored().registration->purged_at, 0);
  (void)pur("mme1", imsi);
  hss.restart();
  (void)hss.air("mme1", imsi);
  ASSERT_EQ(hss.ulr("mme1", imsi).code, success);
  EXPECT_EQ(stored().registration->purged_at, 0)
      << "the quick path does not take it for what is stored already";
}

TEST_F(PurTest, the_mme_left_behind_is_told_though_it_purged) {
  (void)hss.ulr("mme1", imsi);
  (void)pur("mme1", imsi);
  (void)hss.ulr("mme2", imsi);
  EXPECT_EQ(hss.take_clrs("mme1").size(), 1U);
  EXPECT_EQ(stored().registration->host, "mme2");
}

}  // namespace
}  // namespace simbiont::test

// What comes again with the T bit (RFC 6733 3) gets the same answer and changes nothing.
#include "node_fixture.h"

namespace simbiont::test {
namespace {

using Duplicates = NodeTest;

TEST_F(Duplicates, a_ulr_that_comes_again_after_another_node_took_over_takes_nothing_back) {
  const Bytes first = ulr_of("mme1", ulr_flag::s6a);
  const auto before = update("mme1", first);
  (void)update("mme2", ulr_flag::s6a);
  ASSERT_EQ(hss.take_clrs("mme1").size(), 1U);
  const auto after = update("mme1", again(first));
  EXPECT_EQ(after.code, before.code);
  EXPECT_EQ(after.flags, before.flags);
  EXPECT_EQ(after.data->apns.size(), before.data->apns.size());
  EXPECT_EQ(stored().registration->host, "mme2");
  EXPECT_TRUE(hss.take_clrs("mme2").empty());
  (void)update("mme1", ulr_of("mme1", ulr_flag::s6a));
  EXPECT_EQ(stored().registration->host, "mme1") << "a new request counts";
}

TEST_F(Duplicates, a_ulr_of_the_fast_path_is_remembered) {
  hss.restart();
  (void)hss.air("mme1", imsi);
  const Bytes first = hss.ulr_frame("mme1", imsi);
  (void)update("mme1", first);
  (void)update("mme2", ulr_flag::s6a);
  (void)update("mme1", again(first));
  EXPECT_EQ(stored().registration->host, "mme2");
}

TEST_F(Duplicates, a_ulr_that_never_came_counts_though_it_has_the_t_bit) {
  (void)update("mme2", ulr_flag::s6a);
  (void)update("mme1", again(ulr_of("mme1", ulr_flag::s6a)));
  EXPECT_EQ(stored().registration->host, "mme1");
}

TEST_F(Duplicates, another_node_with_the_same_identifier_is_no_duplicate) {
  const Bytes first = ulr_of("mme1", ulr_flag::s6a);
  (void)update("mme1", first);
  Bytes other = again(ulr_of("mme2", ulr_flag::s6a));
  std::copy_n(first.begin() + 16, 4, other.begin() + 16);
  (void)update("mme2", other);
  EXPECT_EQ(stored().registration->host, "mme2");
}

TEST_F(Duplicates, is_forgotten_once_end_to_end_identifiers_may_repeat) {
  const Bytes first = ulr_of("mme1", ulr_flag::s6a);
  (void)update("mme1", first);
  (void)update("mme2", ulr_flag::s6a);
  hss.clock.advance_ms(300'000);
  (void)update("mme1", again(first));
  EXPECT_EQ(stored().registration->host, "mme1");
}

TEST_F(Duplicates, a_ulr_in_flight_is_answered_twice_and_owes_one_clr) {
  (void)update("mme1", ulr_flag::s6a);
  const Bytes frame = ulr_of("mme2", ulr_flag::s6a);
  hss.deliver("mme2", frame);
  hss.deliver("mme2", again(frame));
  hss.settle();
  std::size_t answers = 0;
  for (const Bytes& sent : hss.sent[hss.link("mme2")])
    answers += diameter::read_header(sent).is_request() ? 0U : 1U;
  EXPECT_EQ(answers, 2U);
  EXPECT_EQ(hss.owed().size(), 1U);
}

TEST_F(Duplicates, a_pur_gets_the_same_flags_though_its_node_was_left) {
  (void)update("mme1", ulr_flag::s6a);
  diameter::Pur pur;
  pur.routing = {"s", "mme1", "visited.example", {}, "example"};
  pur.user_name = imsi;
  Bytes frame;
  diameter::encode_pur(pur, hss.next_ids(0), frame);
  EXPECT_EQ(diameter::decode_pua(hss.ask("mme1", frame)).message->flags, diameter::pua_flag::freeze_m_tmsi);
  (void)update("mme2", ulr_flag::s6a);
  EXPECT_EQ(diameter::decode_pua(hss.ask("mme1", again(frame))).message->flags,
            diameter::pua_flag::freeze_m_tmsi);
  EXPECT_EQ(stored().registration->purged_at, 0);
}

TEST_F(Duplicates, a_nor_is_answered_as_before_and_reports_nothing_anew) {
  bind_to_a_and_b();
  (void)update("mme1", ulr_flag::s6a);
  diameter::Nor nor;
  nor.routing = {"s", "mme1", "visited.example", {}, "example"};
  nor.user_name = imsi;
  nor.terminal = diameter::TerminalInformation{imei_b, {}};
  Bytes frame;
  diameter::encode_nor(nor, hss.next_ids(0), frame);
  EXPECT_EQ(diameter::decode_noa(hss.ask("mme1", frame)).message->code, success);
  (void)hss.ulr("mme2", imsi, imei_a);
  EXPECT_EQ(diameter::decode_noa(hss.ask("mme1", again(frame))).message->code, success);
  EXPECT_EQ(stored().binding.reported->imei, imei_of(imei_a));
}

TEST_F(Duplicates, an_air_may_get_new_vectors_and_never_an_sqn_twice) {
  const Bytes frame = hss.air_frame("mme1", imsi, 2);
  std::vector<std::uint64_t> sqns;
  for (const Bytes& each : {frame, again(frame), again(frame)})
    for (const auto& vector : hss.read_air_answer(hss.ask("mme1", each)).vectors)
      sqns.push_back(sqn_of(vector, vector.rand).value);
  ASSERT_EQ(sqns.size(), 6U);
  for (std::size_t i = 1; i < sqns.size(); ++i) EXPECT_GT(sqns[i], sqns[i - 1]);
}

TEST_F(Duplicates, an_auts_that_comes_again_changes_nothing) {
  card.accepted_seq().fill(9000);
  const auto vector = hss.air("mme1", imsi).vectors.at(0);
  const Bytes resync = resync_info(vector, present(vector.rand, vector));
  const Bytes frame = hss.air_frame("mme1", imsi, 1, resync);
  ASSERT_EQ(hss.read_air_answer(hss.ask("mme1", frame)).code, success);
  const std::uint64_t high = stored().subscriber.seq_high;
  EXPECT_GE(high, 9000U);
  ASSERT_EQ(hss.read_air_answer(hss.ask("mme1", again(frame))).code, success);
  EXPECT_EQ(stored().subscriber.seq_high, high);
}

}  // namespace
}  // namespace simbiont::test

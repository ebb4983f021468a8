// AIR: result codes, bound and plain vectors, SQNs.
#include <set>

#include "diameter/avp_table.h"
#include "diameter/scan.h"
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

using AirTest = OperatorTest;

TEST_F(AirTest, as_many_vectors_as_asked_but_at_most_five) {
  for (const auto& [asked, given] : {std::pair(1U, 1U), {3U, 3U}, {5U, 5U}, {6U, 5U}, {4'000'000'000U, 5U}}) {
    const auto answer = hss.air("mme1", imsi, asked);
    EXPECT_EQ(answer.code, success);
    EXPECT_EQ(answer.vectors.size(), given) << asked;
  }
}

TEST_F(AirTest, refusals_have_the_codes_of_the_standard) {
  EXPECT_EQ(hss.air("mme1", imsi, 0).code, diameter::result::invalid_avp_value);
  EXPECT_EQ(hss.air("mme1", "001010000000009").code, unknown_user);
  EXPECT_EQ(hss.air("mme1", "not an imsi").code, unknown_user);
  EXPECT_EQ(hss.air("mme1", "").code, unknown_user);

  diameter::Air air;
  air.routing = {"s", "mme1", "visited.example", {}, "example"};
  air.user_name = imsi;
  Bytes neither;
  diameter::encode_air(air, {1, 1}, neither);
  EXPECT_EQ(hss.read_air_answer(hss.ask("mme1", neither)).code, diameter::result::missing_avp);
}

TEST_F(AirTest, foreign_applications_commands_and_destinations_are_refused) {
  const auto with_header = [&](std::uint32_t command, std::uint32_t application) {
    Bytes frame = hss.air_frame("mme1", imsi);
    store_be(command, std::span(frame).subspan(5, 3));
    store_be(application, std::span(frame).subspan(8, 4));
    return hss.read_air_answer(hss.ask("mme1", frame)).code;
  };
  EXPECT_EQ(with_header(318, 16777253), diameter::result::application_unsupported);
  EXPECT_EQ(with_header(318, 16777251 + 100), diameter::result::application_unsupported);
  EXPECT_EQ(with_header(319, diameter::app_s6a), diameter::result::command_unsupported);
  EXPECT_EQ(with_header(317, diameter::app_s6a), diameter::result::command_unsupported);

  diameter::Air air;
  air.routing = {"s", "mme1", "visited.example", "another.example", "example"};
  air.user_name = imsi;
  air.eutran = diameter::Air::Requested{};
  Bytes elsewhere;
  diameter::encode_air(air, {7, 7}, elsewhere);
  EXPECT_EQ(hss.read_air_answer(hss.ask("mme1", elsewhere)).code, diameter::result::unable_to_deliver);
}

TEST_F(AirTest, no_plain_vector_leaves_for_a_node_that_could_not_be_noted) {
  for (std::size_t i = 0; i < store::vector_node_limit; ++i)
    ASSERT_EQ(hss.air("mme" + std::to_string(i), imsi).code, success);
  EXPECT_EQ(hss.air("one-more", imsi).code, no_data);
  EXPECT_EQ(hss.store().events(0, 9)->at(0).kind, "too-many-nodes");
  EXPECT_EQ(hss.air("mme0", imsi).code, success) << "a node that is noted";
  hss.clock.advance_ms(hss.config.vector_life_ms + store::node_note_life_ms + 1);
  EXPECT_EQ(hss.air("one-more", imsi).code, success) << "what the others held has ended";
}

TEST_F(AirTest, a_plain_vector_is_accepted_by_the_card) {
  const auto answer = hss.air("mme1", imsi);
  const Bytes response = present(answer.vectors[0].rand, answer.vectors[0]);
  ASSERT_TRUE(is_success(response));
  EXPECT_TRUE(std::equal(answer.vectors[0].xres.begin(), answer.vectors[0].xres.end(), response.begin() + 2));
}

TEST_F(AirTest, a_bound_vector_is_accepted_only_through_its_key) {
  bind_to_a();
  for (const auto& vector : hss.air("mme1", imsi, 5).vectors) {
    EXPECT_TRUE(is_mac_failure(present(vector.rand, vector)));
    EXPECT_TRUE(is_mac_failure(present(decrypt(vector.rand, key_b), vector)));
    EXPECT_TRUE(is_success(present(decrypt(vector.rand, key_a), vector)));
  }
}

TEST_F(AirTest, the_amf_separation_bit_is_set_whatever_the_subscriber_has) {
  store::Subscriber plain{
      imsi_of("001010000000002"), aka::Algorithm::milenage, k, opc, {0x00, 0x07}, 0, "", {"internet"}};
  hss.admin({store::PutSubscriber{plain, false}});
  const auto vector = hss.air("mme1", "001010000000002").vectors.at(0);
  EXPECT_EQ(vector.autn[6], 0x80);
  EXPECT_EQ(vector.autn[7], 0x07);
}

TEST_F(AirTest, off_and_observe_give_plain_vectors_though_associations_exist) {
  for (const auto mode : {binding::Mode::off, binding::Mode::observe}) {
    bind_to_a(mode);
    const auto vector = hss.air("mme1", imsi).vectors.at(0);
    EXPECT_TRUE(is_success(present(vector.rand, vector)));
  }
}

TEST_F(AirTest, enforce_without_a_usable_key_gets_no_vector) {
  bind(binding::Mode::enforce, {});
  EXPECT_EQ(hss.air("mme1", imsi).code, no_data);

  for (const auto state :
       {binding::EpochState::staged, binding::EpochState::retired, binding::EpochState::revoked}) {
    add_device(imei_a, "kme-a", key_a);
    bind(binding::Mode::enforce, {{imei_a, "kme-a"}});
    hss.admin({store::PutKme{{"kme-a", binding::TransformAlgorithm::aes128, {{1, state, key_a}}}, true}});
    const auto answer = hss.air("mme1", imsi);
    EXPECT_EQ(answer.code, no_data);
    EXPECT_TRUE(answer.vectors.empty());
  }
  hss.settle();
  EXPECT_THAT(hss.events(), testing::Contains("key-unusable"));
  EXPECT_EQ(stored().subscriber.seq_high, 0U) << "a refused request reserves nothing";
}

TEST_F(AirTest, sqns_are_unique_and_rise_over_interleaved_requests_of_several_nodes) {
  const std::vector<std::string> nodes{"mme1", "mme2", "mme3"};
  for (std::uint32_t round = 0; round < 40; ++round) {
    for (const std::string& mme : nodes) hss.deliver(mme, hss.air_frame(mme, imsi, 1 + round % 5));
    if (round % 7 == 0) hss.settle();
  }
  hss.settle();
  std::set<std::uint64_t> seqs;
  std::set<Block> rands;
  for (const std::string& mme : nodes) {
    std::uint64_t last = 0;
    ASSERT_EQ(hss.sent[hss.link(mme)].size(), 40U);
    for (const Bytes& frame : hss.sent[hss.link(mme)]) {
      for (const auto& vector : hss.read_air_answer(frame).vectors) {
        const aka::Sqn sqn = sqn_of(vector, vector.rand);
        EXPECT_TRUE(seqs.insert(sqn.seq()).second) << "SEQ given twice";
        EXPECT_TRUE(rands.insert(vector.rand).second) << "RAND given twice";
        EXPECT_EQ(sqn.ind(), aka::ind_of_node(mme));
        EXPECT_GT(sqn.value, last);
        last = sqn.value;
      }
    }
  }
  EXPECT_EQ(seqs.size(), 3U * 8 * (1 + 2 + 3 + 4 + 5));
  EXPECT_LE(*seqs.rbegin(), stored().subscriber.seq_high);
}

TEST_F(AirTest, most_answers_need_no_commit) {
  (void)hss.air("mme1", imsi);
  const std::size_t before = hss.committer.batches;
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(hss.air("mme1", imsi).code, success);
  EXPECT_LE(hss.committer.batches - before, 12U) << "blocks grow to 256";
}

TEST_F(AirTest, a_new_process_never_gives_a_seq_again) {
  std::uint64_t highest = 0;
  for (int life = 0; life < 5; ++life) {
    for (int i = 0; i < 50; ++i) {
      const auto vector = hss.air("mme1", imsi).vectors.at(0);
      const std::uint64_t seq = sqn_of(vector, vector.rand).seq();
      EXPECT_GT(seq, highest);
      highest = seq;
    }
    hss.restart();
  }
}

TEST_F(AirTest, nothing_leaves_before_its_reservation_is_durable) {
  const Bytes frame = hss.air_frame("mme1", imsi);
  hss.deliver("mme1", frame);
  EXPECT_TRUE(hss.sent[hss.link("mme1")].empty());
  hss.settle();
  EXPECT_EQ(hss.sent[hss.link("mme1")].size(), 1U);
}

TEST_F(AirTest, the_last_seq_is_given_and_none_beyond_it) {
  add_subscriber("001010000000003", aka::seq_max - 2);
  const auto last = hss.air("mme1", "001010000000003", 2);
  ASSERT_EQ(last.vectors.size(), 2U);
  EXPECT_EQ(sqn_of(last.vectors[1], last.vectors[1].rand).seq(), aka::seq_max);
  EXPECT_EQ(hss.air("mme1", "001010000000003").code, no_data);
  hss.settle();
  EXPECT_THAT(hss.events(), testing::Contains("sqn-exhausted"));
}

TEST_F(AirTest, a_node_is_noted_with_the_kind_of_its_vectors_before_they_leave) {
  (void)hss.air("mme1", imsi);
  bind_to_a();
  (void)hss.air("mme1", imsi);
  (void)hss.air("mme2", imsi);
  const auto nodes = *hss.store().vector_nodes(imsi_of(imsi));
  ASSERT_EQ(nodes.size(), 2U);
  for (const auto& node : nodes) {
    EXPECT_EQ(node.plain_at != 0, node.host == "mme1") << node.host;
    EXPECT_NE(node.bound_at, 0) << node.host;
    EXPECT_EQ(node.realm, "visited.example");
  }
}

TEST_F(AirTest, a_bind_between_reservation_and_answer_lets_no_plain_vector_leave) {
  const Bytes frame = hss.air_frame("mme1", imsi);
  hss.deliver("mme1", frame);
  bind_to_a();
  hss.settle();
  const auto answer =
      hss.read_air_answer(hss.take_answer(hss.link("mme1"), diameter::read_header(frame).hop_by_hop));
  ASSERT_EQ(answer.vectors.size(), 1U);
  EXPECT_TRUE(is_mac_failure(present(answer.vectors[0].rand, answer.vectors[0])));
  EXPECT_TRUE(is_success(present(decrypt(answer.vectors[0].rand, key_a), answer.vectors[0])));
}

TEST_F(AirTest, a_subscriber_removed_between_reservation_and_answer_is_unknown) {
  const Bytes frame = hss.air_frame("mme1", imsi);
  hss.deliver("mme1", frame);
  hss.admin({store::RemoveSubscriber{imsi_of(imsi)}});
  hss.settle();
  const auto answer =
      hss.read_air_answer(hss.take_answer(hss.link("mme1"), diameter::read_header(frame).hop_by_hop));
  EXPECT_EQ(answer.code, unknown_user);
  EXPECT_EQ(hss.air("mme1", imsi).code, unknown_user);
}

TEST_F(AirTest, a_store_that_cannot_commit_means_no_vector_and_recovers) {
  hss.committer.broken = true;
  EXPECT_EQ(hss.air("mme1", imsi).code, no_data);
  hss.committer.broken = false;
  EXPECT_EQ(hss.air("mme1", imsi).code, success);
}

TEST_F(AirTest, requests_beyond_the_bound_of_waiting_ones_are_told_that_it_is_too_busy) {
  hss.config.max_parked = 4;
  hss.restart();
  for (int i = 0; i < 6; ++i) hss.deliver("mme1", hss.air_frame("mme1", imsi));
  ASSERT_EQ(hss.sent[hss.link("mme1")].size(), 2U);
  for (const Bytes& frame : hss.sent[hss.link("mme1")])
    EXPECT_EQ(hss.read_air_answer(frame).code.value, 3004U);
  hss.settle();
  EXPECT_EQ(hss.sent[hss.link("mme1")].size(), 6U);
}

TEST_F(AirTest, a_small_cache_gives_the_same_answers) {
  hss.config.cached_subscribers = 2;
  hss.restart();
  std::map<int, std::uint64_t> highest;
  for (int i = 0; i < 60; ++i) {
    const std::string digits = "00101000000010" + std::to_string(i % 5);
    if (i < 5) add_subscriber(digits.c_str());
    const auto vector = hss.air("mme1", digits).vectors.at(0);
    const std::uint64_t seq = sqn_of(vector, vector.rand).seq();
    EXPECT_GT(seq, highest[i % 5]);
    highest[i % 5] = seq;
  }
}

// RFC 6733 7.1.3 and 7.2: a protocol error, by the general grammar, back the way it came.
TEST_F(AirTest, commands_that_are_not_served_are_answered_as_protocol_errors) {
  const Bytes proxy = diameter::minimum_form(diameter::avp::proxy_info);
  for (const std::uint32_t command : {317U, 319U, 320U, 322U, 324U, 999U}) {
    Bytes frame = hss.air_frame("mme1", imsi);
    frame.insert(frame.end(), proxy.begin(), proxy.end());
    store_be(frame.size(), std::span(frame).subspan(1, 3));
    store_be(command, std::span(frame).subspan(5, 3));
    const Bytes answer = hss.ask("mme1", frame);
    const diameter::Header header = diameter::read_header(answer);
    EXPECT_EQ(header.flags, diameter::Header::error_bit | diameter::Header::proxiable_bit) << command;
    EXPECT_EQ(header.command, command);
    std::vector<std::uint32_t> codes;
    diameter::AvpReader reader(ByteView(answer).subspan(diameter::header_size));
    while (const auto avp = reader.next()) {
      codes.push_back(avp->code);
      if (avp->code == 268) {
        EXPECT_EQ(load_be(avp->data), 3001U);
      }
    }
    // Session-Id, Origin-Host, Origin-Realm, Result-Code, Proxy-Info: nothing of the command's own grammar.
    EXPECT_THAT(codes, testing::ElementsAre(263, 264, 296, 268, 284));
  }
}

}  // namespace
}  // namespace simbiont::test

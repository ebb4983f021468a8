// What a peer may ask for: its own Origin-Host, its IMSIs, its networks; and how often anybody may.
#include "hss/peer_policy.h"

#include "operator_fixture.h"

namespace simbiont::test {
namespace {

using diameter::ResultCode;
namespace result = diameter::result;

const ResultCode too_many_of_imsi = result::authentication_data_unavailable;

class PeerPolicyTest : public OperatorTest {
 protected:
  static constexpr hss::LinkId listed = 1000;

  void connect(const hss::PeerRule& rule_) {
    rule = rule_;
    hss.core().link_up(listed, rule.origin_host, &rule);
  }
  static hss::PeerRule rule_of(const char* host) {
    hss::PeerRule out;
    out.origin_host = host;
    return out;
  }
  // Over the listed peer's connection, whatever host the frame names.
  Bytes ask(const Bytes& frame) {
    hss.core().on_request(listed, frame);
    hss.settle();
    return hss.take_answer(listed, diameter::read_header(frame).hop_by_hop);
  }
  ResultCode air(const std::string& host, const char* digits = imsi) {
    return HssHarness::read_air_answer(ask(hss.air_frame(host, digits))).code;
  }
  ResultCode ulr(const std::string& host, std::string_view imei = {}) {
    return diameter::decode_ula(ask(hss.ulr_frame(host, imsi, imei))).message->code;
  }
  ResultCode nor(const std::string& host, std::string_view imei) {
    diameter::Nor request;
    const std::string session = host + ";nor";
    request.routing = {session, host, "visited.example", {}, "example"};
    request.user_name = imsi;
    request.terminal = diameter::TerminalInformation{imei, "01"};
    Bytes frame;
    diameter::encode_nor(request, hss.next_ids(listed), frame);
    return diameter::decode_noa(ask(frame)).message->code;
  }
  ResultCode pur(const std::string& host) {
    diameter::Pur request;
    const std::string session = host + ";pur";
    request.routing = {session, host, "visited.example", {}, "example"};
    request.user_name = imsi;
    Bytes frame;
    diameter::encode_pur(request, hss.next_ids(listed), frame);
    return diameter::decode_pua(ask(frame)).message->code;
  }
  // A connection without a rule, as of a peer when there is no list.
  void settle_at(const char* host) { EXPECT_EQ(hss.ulr(host, imsi, imei_a).code, result::success); }

  hss::PeerRule rule;
};

TEST_F(PeerPolicyTest, a_peer_that_is_no_relay_brings_only_its_own_requests) {
  connect(rule_of("mme1"));
  EXPECT_EQ(air("mme1"), result::success);
  EXPECT_EQ(air("MME1"), result::success);
  EXPECT_EQ(air("mme2"), result::unknown_peer);
  EXPECT_EQ(ulr("mme2"), result::unknown_peer);
  EXPECT_FALSE(stored().registration) << "nothing was written";
  EXPECT_THAT(hss.core().reachable_hosts(), testing::Not(testing::Contains("mme2")))
      << "and no CLR of that host would go there";
}

TEST_F(PeerPolicyTest, a_refused_origin_host_is_a_protocol_error) {
  connect(rule_of("mme1"));
  const Bytes answer = ask(hss.air_frame("mme2", imsi));
  EXPECT_NE(answer.at(4) & diameter::Header::error_bit, 0);
}

TEST_F(PeerPolicyTest, a_relay_brings_others_requests) {
  hss::PeerRule relay = rule_of("relay1");
  relay.relay = true;
  connect(relay);
  EXPECT_EQ(air("mme1"), result::success);
  EXPECT_EQ(ulr("mme2"), result::success);
}

TEST_F(PeerPolicyTest, an_imsi_outside_of_the_peers_prefixes_is_unknown_to_it) {
  hss::PeerRule mvno = rule_of("mme1");
  mvno.imsi_prefixes = {"26202", "0010100"};
  connect(mvno);
  EXPECT_EQ(air("mme1"), result::success);
  rule.imsi_prefixes = {"26202"};
  EXPECT_EQ(air("mme1"), result::user_unknown);
  EXPECT_EQ(ulr("mme1"), result::user_unknown);
  EXPECT_EQ(pur("mme1"), result::user_unknown);
}

TEST_F(PeerPolicyTest, a_network_that_the_peer_does_not_serve_is_refused_and_overwrites_nothing) {
  settle_at("mme9");
  hss::PeerRule abroad = rule_of("mme1");
  abroad.plmns = {*Plmn::parse("262-01")};
  connect(abroad);
  EXPECT_EQ(air("mme1"), result::roaming_not_allowed);
  EXPECT_EQ(ulr("mme1", imei_b), result::roaming_not_allowed);
  EXPECT_EQ(stored().registration->host, "mme9");
  EXPECT_EQ(stored().binding.reported->imei, imei_of(imei_a));
  rule.plmns.push_back(*Plmn::parse("001-01"));
  EXPECT_EQ(ulr("mme1", imei_b), result::success);
  EXPECT_EQ(stored().registration->host, "mme1");
}

TEST_F(PeerPolicyTest, a_relay_that_may_not_serve_the_network_cannot_speak_for_the_mme_that_is_there) {
  settle_at("mme9");
  hss::PeerRule relay = rule_of("relay1");
  relay.relay = true;
  relay.plmns = {*Plmn::parse("262-01")};
  connect(relay);
  EXPECT_EQ(nor("mme9", imei_b), result::roaming_not_allowed);
  EXPECT_EQ(stored().binding.reported->imei, imei_of(imei_a));
  EXPECT_EQ(pur("mme9"), result::roaming_not_allowed);
  EXPECT_EQ(stored().registration->purged_at, 0);
  rule.plmns = {};
  EXPECT_EQ(nor("mme9", imei_b), result::success);
  EXPECT_EQ(stored().binding.reported->imei, imei_of(imei_b));
  EXPECT_EQ(pur("mme9"), result::success);
  EXPECT_NE(stored().registration->purged_at, 0);
}

TEST_F(PeerPolicyTest, an_avp_that_comes_twice_hides_nothing) {
  connect(rule_of("mme1"));
  Bytes frame = hss.air_frame("mme2", imsi);  // and the right Origin-Host behind it
  Bytes tail;
  diameter::MessageWriter writer(tail, {});
  writer.text(diameter::avp::origin_host, "mme1");
  writer.finish();
  frame.insert(frame.end(), tail.begin() + diameter::header_size, tail.end());
  store_be(frame.size(), std::span(frame).subspan(1, 3));
  EXPECT_EQ(HssHarness::read_air_answer(ask(frame)).code, result::unknown_peer);
}

TEST_F(PeerPolicyTest, ordinary_requests_of_a_listed_peer_still_take_the_fast_path_and_get_the_same_answers) {
  connect(rule_of("mme1"));
  ASSERT_EQ(air("mme1"), result::success);
  const auto before = hss.committer.batches;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(air("mme1"), result::success) << i;
  EXPECT_EQ(hss.committer.batches, before) << "one reservation serves them";
}

TEST_F(PeerPolicyTest, airs_of_a_peer_beyond_its_rate_are_answered_too_busy) {
  hss.config.limits.air_per_peer_s = 5;
  hss.restart();
  connect(rule_of("mme1"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(air("mme1"), result::success) << i;
  EXPECT_EQ(air("mme1"), result::too_busy);
  EXPECT_EQ(ulr("mme1"), result::success) << "AIRs are counted, nothing else";
  EXPECT_EQ(hss.air("mme2", imsi).code, result::success) << "nor another peer's";
  hss.clock.advance_ms(200);
  EXPECT_EQ(air("mme1"), result::success);
  EXPECT_EQ(air("mme1"), result::too_busy);
}

TEST_F(PeerPolicyTest, a_peer_gains_nothing_by_connecting_again_and_a_rule_may_have_its_own_rate) {
  hss.config.limits.air_per_peer_s = 5;
  hss.restart();
  hss::PeerRule slow = rule_of("mme1");
  slow.air_per_s = 1;
  connect(slow);
  EXPECT_EQ(air("mme1"), result::success);
  EXPECT_EQ(air("mme1"), result::too_busy);
  hss.core().link_down(listed);
  connect(slow);
  EXPECT_EQ(air("mme1"), result::too_busy);
}

TEST_F(PeerPolicyTest, airs_for_an_imsi_beyond_its_rate_get_4181_whoever_asks) {
  add_subscriber("001010000000002");
  hss.config.limits.air_per_imsi_min = 3;
  hss.restart();
  connect(rule_of("mme1"));
  EXPECT_EQ(air("mme1"), result::success);
  EXPECT_EQ(air("mme1"), result::success);
  EXPECT_EQ(hss.air("mme2", imsi).code, result::success);
  EXPECT_EQ(hss.air("mme2", imsi).code, too_many_of_imsi);
  EXPECT_EQ(air("mme1"), too_many_of_imsi);
  EXPECT_EQ(air("mme1", "001010000000002"), result::success);
  hss.clock.advance_ms(20'000);
  EXPECT_EQ(air("mme1"), result::success);
}

class AutsLimitTest : public PeerPolicyTest {
 protected:
  ResultCode resync() { return HssHarness::read_air_answer(ask(frame())).code; }
  Bytes frame() { return hss.air_frame("mme1", imsi, 1, Bytes(30, 0x55)); }
  static std::string reason(const Bytes& answer) {
    diameter::AvpReader reader(ByteView(answer).subspan(diameter::header_size));
    while (const auto each = reader.next())
      if (each->code == diameter::avp::error_message.code) return std::string(as_text(each->data));
    return {};
  }
};

TEST_F(AutsLimitTest, resynchronisations_of_an_imsi_beyond_its_rate_are_not_tried) {
  hss.config.limits.auts_per_imsi_min = 2;
  hss.restart();
  connect(rule_of("mme1"));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(resync(), result::authentication_data_unavailable);
  hss.clock.advance_ms(1);
  const Bytes answer = ask(frame());
  EXPECT_THAT(reason(answer), testing::HasSubstr("too many resynchronisations"));
  EXPECT_EQ(HssHarness::read_air_answer(answer).code, too_many_of_imsi);
  EXPECT_EQ(air("mme1"), result::success) << "an AIR without an AUTS is none";
}

TEST_F(AutsLimitTest, resynchronisations_of_a_peer_beyond_its_rate_are_answered_too_busy) {
  hss.config.limits.auts_per_peer_s = 1;
  hss.restart();
  connect(rule_of("mme1"));
  EXPECT_EQ(resync(), result::authentication_data_unavailable);
  EXPECT_EQ(resync(), result::too_busy);
  hss.clock.advance_ms(1000);
  EXPECT_EQ(resync(), result::authentication_data_unavailable);
}

TEST_F(AutsLimitTest, are_limited_by_default_to_what_no_honest_card_comes_near) {
  connect(rule_of("mme1"));
  for (int i = 0; i < 60; ++i) ASSERT_EQ(reason(ask(frame())), "resync-failed") << i;
  EXPECT_THAT(reason(ask(frame())), testing::HasSubstr("too many resynchronisations"));
}

}  // namespace
}  // namespace simbiont::test

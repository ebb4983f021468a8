#include <gmock/gmock.h>

#include "samples.h"

namespace simbiont::diameter::test {
namespace {

using ::testing::ElementsAre;

void expect_routing(const Routing& is, const Routing& expected) {
  EXPECT_EQ(is.session_id, expected.session_id);
  EXPECT_EQ(is.origin_host, expected.origin_host);
  EXPECT_EQ(is.origin_realm, expected.origin_realm);
  EXPECT_EQ(is.destination_host, expected.destination_host);
  EXPECT_EQ(is.destination_realm, expected.destination_realm);
}

TEST(S6a, air_round_trip) {
  const Bytes frame = air_frame();
  const auto decoded = decode_air(frame);
  ASSERT_TRUE(decoded.message) << decoded.refusal.code.value;
  expect_routing(decoded.message->routing, mme_routing);
  EXPECT_EQ(decoded.message->user_name, "001010000000001");
  EXPECT_EQ(decoded.message->visited_plmn, (ByteArray<3>{0x62, 0xf2, 0x10}));
  ASSERT_TRUE(decoded.message->eutran);
  EXPECT_EQ(decoded.message->eutran->vectors, 3U);
  EXPECT_TRUE(decoded.message->eutran->immediate_response_preferred);
  EXPECT_EQ(to_hex(decoded.message->eutran->resync), to_hex(resync));
  EXPECT_FALSE(decoded.message->utran_geran);
}

TEST(S6a, air_without_a_number_asks_one_vector) {
  Bytes frame = replaced(air_frame(), avp::requested_eutran_authentication_info,
                         plain_avp(avp::requested_eutran_authentication_info, {}));
  const auto decoded = decode_air(frame);
  ASSERT_TRUE(decoded.message);
  EXPECT_EQ(decoded.message->eutran->vectors, 1U);
  EXPECT_FALSE(decoded.message->eutran->immediate_response_preferred);
  EXPECT_TRUE(decoded.message->eutran->resync.empty());
}

TEST(S6a, requests_carry_the_avps_of_ts_29272_in_order) {
  EXPECT_THAT(avp_names(air_frame()),
              ElementsAre("Session-Id", "Vendor-Specific-Application-Id", "Auth-Session-State", "Origin-Host",
                          "Origin-Realm", "Destination-Host", "Destination-Realm", "User-Name",
                          "Requested-EUTRAN-Authentication-Info", "Visited-PLMN-Id"));
  EXPECT_THAT(avp_names(ulr_frame()),
              ElementsAre("Session-Id", "Vendor-Specific-Application-Id", "Auth-Session-State", "Origin-Host",
                          "Origin-Realm", "Destination-Host", "Destination-Realm", "User-Name",
                          "Terminal-Information", "RAT-Type", "ULR-Flags", "Visited-PLMN-Id"));
  EXPECT_THAT(avp_names(clr_frame()),
              ElementsAre("Session-Id", "Vendor-Specific-Application-Id", "Auth-Session-State", "Origin-Host",
                          "Origin-Realm", "Destination-Host", "Destination-Realm", "User-Name",
                          "Cancellation-Type", "CLR-Flags"));
  EXPECT_THAT(avp_names(pur_frame()),
              ElementsAre("Session-Id", "Vendor-Specific-Application-Id", "Auth-Session-State", "Origin-Host",
                          "Origin-Realm", "Destination-Host", "Destination-Realm", "User-Name", "PUR-Flags"));
  EXPECT_THAT(avp_names(nor_frame()),
              ElementsAre("Session-Id", "Vendor-Specific-Application-Id", "Auth-Session-State", "Origin-Host",
                          "Origin-Realm", "Destination-Host", "Destination-Realm", "User-Name",
                          "Terminal-Information", "NOR-Flags"));
  for (const Bytes& frame : {air_frame(), ulr_frame(), clr_frame(), pur_frame(), nor_frame()}) {
    const Header header = read_header(frame);
    EXPECT_EQ(header.flags, Header::request_bit | Header::proxiable_bit);
    EXPECT_EQ(header.length, frame.size());
    EXPECT_EQ(header.application, app_s6a);
    EXPECT_EQ(header.hop_by_hop, 0x11U);
    EXPECT_EQ(header.end_to_end, 0x22U);
  }
}

TEST(S6a, aia_round_trip_keeps_the_order_of_vectors) {
  Aia aia;
  for (std::uint8_t i = 0; i < 5; ++i) {
    EutranVector vector;
    vector.rand.fill(i);
    vector.autn.fill(static_cast<std::uint8_t>(0x10 + i));
    vector.xres.fill(static_cast<std::uint8_t>(0x20 + i));
    vector.kasme.fill(static_cast<std::uint8_t>(0x30 + i));
    aia.vectors.push_back(vector);
  }
  Bytes out;
  encode_aia(air_frame(), hss, aia, out);
  const auto decoded = decode_aia(out);
  ASSERT_TRUE(decoded.message) << decoded.refusal.code.value;
  EXPECT_EQ(decoded.message->code, result::success);
  expect_routing(decoded.message->routing, {mme_routing.session_id, hss.host, hss.realm, "", ""});
  ASSERT_EQ(decoded.message->vectors.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(decoded.message->vectors[i].rand, aia.vectors[i].rand);
    EXPECT_EQ(decoded.message->vectors[i].autn, aia.vectors[i].autn);
    EXPECT_EQ(decoded.message->vectors[i].xres, aia.vectors[i].xres);
    EXPECT_EQ(decoded.message->vectors[i].kasme, aia.vectors[i].kasme);
  }
}

TEST(S6a, aia_round_trip_keeps_vectors_of_both_kinds_apart) {
  Aia aia;
  aia.vectors.resize(1);
  aia.vectors[0].rand.fill(0x01);
  for (std::uint8_t i = 0; i < 3; ++i) {
    UtranVector vector;
    vector.rand.fill(static_cast<std::uint8_t>(0x10 + i));
    vector.autn.fill(static_cast<std::uint8_t>(0x20 + i));
    vector.xres.fill(static_cast<std::uint8_t>(0x30 + i));
    vector.ck.fill(static_cast<std::uint8_t>(0x40 + i));
    vector.ik.fill(static_cast<std::uint8_t>(0x50 + i));
    aia.utran.push_back(vector);
  }
  Bytes out;
  encode_aia(air_frame(), hss, aia, out);
  const auto decoded = decode_aia(out);
  ASSERT_TRUE(decoded.message) << decoded.refusal.code.value;
  ASSERT_EQ(decoded.message->vectors.size(), 1U);
  EXPECT_EQ(decoded.message->vectors[0].rand, aia.vectors[0].rand);
  ASSERT_EQ(decoded.message->utran.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(decoded.message->utran[i].rand, aia.utran[i].rand);
    EXPECT_EQ(decoded.message->utran[i].autn, aia.utran[i].autn);
    EXPECT_EQ(decoded.message->utran[i].xres, aia.utran[i].xres);
    EXPECT_EQ(decoded.message->utran[i].ck, aia.utran[i].ck);
    EXPECT_EQ(decoded.message->utran[i].ik, aia.utran[i].ik);
  }
}

TEST(S6a, a_utran_vector_of_a_wrong_size_is_refused) {
  for (const AvpDef* wrong :
       {&avp::rand, &avp::xres, &avp::autn, &avp::confidentiality_key, &avp::integrity_key}) {
    Bytes inner;
    for (const AvpDef* def :
         {&avp::rand, &avp::xres, &avp::autn, &avp::confidentiality_key, &avp::integrity_key}) {
      const Bytes avp = plain_avp(*def, Bytes((def == &avp::xres ? 8U : 16U) + (def == wrong ? 1U : 0U), 1));
      inner.insert(inner.end(), avp.begin(), avp.end());
    }
    Bytes out;
    encode_aia(air_frame(), hss, {}, out);
    const Bytes frame = with(out, plain_avp(avp::authentication_info, plain_avp(avp::utran_vector, inner)));
    EXPECT_FALSE(decode_aia(frame).message) << wrong->name;
  }
}

TEST(S6a, vectors_are_ordered_by_item_number_whatever_their_place) {
  const auto vector = [](std::uint32_t item, std::uint8_t fill) {
    Bytes inner;
    for (const Bytes& avp : {u32_avp(avp::item_number, item), plain_avp(avp::rand, Bytes(16, fill)),
                             plain_avp(avp::xres, Bytes(8, fill)), plain_avp(avp::autn, Bytes(16, fill)),
                             plain_avp(avp::kasme, Bytes(32, fill))}) {
      inner.insert(inner.end(), avp.begin(), avp.end());
    }
    return plain_avp(avp::e_utran_vector, inner);
  };
  Bytes both = vector(2, 0xbb);
  const Bytes first = vector(1, 0xaa);
  both.insert(both.end(), first.begin(), first.end());
  Bytes out;
  encode_aia(air_frame(), hss, {}, out);
  const Bytes frame = with(out, plain_avp(avp::authentication_info, both));
  const auto decoded = decode_aia(frame);
  ASSERT_TRUE(decoded.message);
  ASSERT_EQ(decoded.message->vectors.size(), 2U);
  EXPECT_EQ(decoded.message->vectors[0].rand[0], 0xaa);
  EXPECT_EQ(decoded.message->vectors[1].rand[0], 0xbb);
}

TEST(S6a, ulr_round_trip) {
  const Bytes frame = ulr_frame();
  const auto decoded = decode_ulr(frame);
  ASSERT_TRUE(decoded.message) << decoded.refusal.code.value;
  expect_routing(decoded.message->routing, mme_routing);
  EXPECT_EQ(decoded.message->user_name, "001010000000001");
  EXPECT_EQ(decoded.message->rat_type, 1004U);
  EXPECT_EQ(decoded.message->flags, 34U);
  EXPECT_EQ(decoded.message->visited_plmn, (ByteArray<3>{0x62, 0xf2, 0x10}));
  ASSERT_TRUE(decoded.message->terminal);
  EXPECT_EQ(decoded.message->terminal->imei, "490154203237510");
  EXPECT_EQ(decoded.message->terminal->software_version, "01");
}

TEST(S6a, ulr_with_a_malformed_imei_or_none_is_taken) {
  const Bytes bare = without(ulr_frame(), avp::terminal_information);
  ASSERT_TRUE(decode_ulr(bare).message);
  EXPECT_FALSE(decode_ulr(bare).message->terminal);
  const Bytes odd = replaced(ulr_frame(), avp::terminal_information,
                             plain_avp(avp::terminal_information, plain_avp(avp::imei, as_bytes("x"))));
  ASSERT_TRUE(decode_ulr(odd).message);
  EXPECT_EQ(decode_ulr(odd).message->terminal->imei, "x");
}

TEST(S6a, ula_round_trip_reads_back_msisdn_ambr_and_apns) {
  Ula ula;
  ula.flags = 1;
  ula.data = subscription();
  Bytes out;
  encode_ula(ulr_frame(), hss, ula, out);
  const auto decoded = decode_ula(out);
  ASSERT_TRUE(decoded.message) << decoded.refusal.code.value;
  EXPECT_EQ(decoded.message->code, result::success);
  EXPECT_EQ(decoded.message->flags, 1U);
  ASSERT_TRUE(decoded.message->data);
  const SubscriptionData &is = *decoded.message->data, expected = subscription();
  EXPECT_EQ(is.msisdn, expected.msisdn);
  EXPECT_EQ(is.ambr_uplink, expected.ambr_uplink);
  EXPECT_EQ(is.ambr_downlink, expected.ambr_downlink);
  ASSERT_EQ(is.apns.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(is.apns[i].context_identifier, expected.apns[i].context_identifier);
    EXPECT_EQ(is.apns[i].name, expected.apns[i].name);
    EXPECT_EQ(is.apns[i].ambr_uplink, expected.apns[i].ambr_uplink);
    EXPECT_EQ(is.apns[i].ambr_downlink, expected.apns[i].ambr_downlink);
  }
}

TEST(S6a, msisdn_is_tbcd_with_filler_for_an_odd_digit) {
  Ula ula;
  ula.data = subscription();
  ula.data->msisdn = "12345";
  Bytes out;
  encode_ula(ulr_frame(), hss, ula, out);
  const auto msisdn = find_in(find(out, avp::subscription_data)->data, avp::msisdn);
  ASSERT_TRUE(msisdn);
  EXPECT_EQ(to_hex(msisdn->data), "2143f5");
  EXPECT_EQ(decode_ula(out).message->data->msisdn, "12345");
}

TEST(S6a, pur_and_pua_round_trip) {
  const Bytes request = pur_frame();
  const auto decoded = decode_pur(request);
  ASSERT_TRUE(decoded.message);
  expect_routing(decoded.message->routing, pur().routing);
  EXPECT_EQ(decoded.message->user_name, "001010000000001");
  EXPECT_EQ(decoded.message->flags, 1U);
  EXPECT_FALSE(decode_pur(without(request, avp::pur_flags)).message->flags);

  Bytes answer;
  encode_pua(request, hss, {{}, result::success, pua_flag::freeze_m_tmsi}, answer);
  EXPECT_THAT(avp_names(answer),
              ElementsAre("Session-Id", "Vendor-Specific-Application-Id", "Result-Code", "Auth-Session-State",
                          "Origin-Host", "Origin-Realm", "PUA-Flags"));
  const auto answered = decode_pua(answer);
  ASSERT_TRUE(answered.message);
  EXPECT_EQ(answered.message->code, result::success);
  EXPECT_EQ(answered.message->flags, pua_flag::freeze_m_tmsi);
}

TEST(S6a, nor_and_noa_round_trip) {
  const Bytes request = nor_frame();
  const auto decoded = decode_nor(request);
  ASSERT_TRUE(decoded.message);
  expect_routing(decoded.message->routing, nor().routing);
  ASSERT_TRUE(decoded.message->terminal);
  EXPECT_EQ(decoded.message->terminal->imei, "490154203237510");
  EXPECT_EQ(decoded.message->terminal->software_version, "01");
  EXPECT_EQ(decoded.message->flags, 0x100U);
  EXPECT_FALSE(decode_nor(without(request, avp::terminal_information)).message->terminal);

  Bytes answer;
  encode_noa(request, hss, {{}, result::unknown_serving_node}, answer);
  const auto answered = decode_noa(answer);
  ASSERT_TRUE(answered.message);
  EXPECT_EQ(answered.message->code, result::unknown_serving_node);
  expect_routing(answered.message->routing, {mme_routing.session_id, hss.host, hss.realm, {}, {}});
}

TEST(S6a, clr_and_cla_round_trip) {
  const Bytes request = clr_frame();
  const auto decoded = decode_clr(request);
  ASSERT_TRUE(decoded.message) << decoded.refusal.code.value;
  expect_routing(decoded.message->routing, clr().routing);
  EXPECT_EQ(decoded.message->user_name, "001010000000001");
  EXPECT_EQ(decoded.message->cancellation_type, 2U);
  EXPECT_EQ(decoded.message->flags, 2U);
  Bytes out;
  encode_cla(request, {"mme.visited.net", "visited.net"}, {{}, result::user_unknown}, out);
  const auto answer = decode_cla(out);
  ASSERT_TRUE(answer.message);
  EXPECT_EQ(answer.message->code, result::user_unknown);
  EXPECT_EQ(answer.message->routing.origin_host, "mme.visited.net");
}

TEST(S6a, answer_copies_what_the_request_says_and_clears_the_t_bit) {
  const Bytes proxy_1 = plain_avp(avp::proxy_info, plain_avp(avp::user_name, as_bytes("first")));
  const Bytes proxy_2 = plain_avp(avp::proxy_info, plain_avp(avp::user_name, as_bytes("second!")));
  const Bytes route = plain_avp(avp::route_record, as_bytes("relay.example"));
  Bytes request = with(with(with(air_frame(), proxy_1), route), proxy_2);
  request[4] |= Header::retransmit_bit;
  Bytes out;
  encode_aia(request, hss, {}, out);
  const Header header = read_header(out);
  EXPECT_EQ(header.flags, Header::proxiable_bit);
  EXPECT_EQ(header.length, out.size());
  EXPECT_EQ(header.command, 318U);
  EXPECT_EQ(header.application, app_s6a);
  EXPECT_EQ(header.hop_by_hop, 0x11U);
  EXPECT_EQ(header.end_to_end, 0x22U);
  EXPECT_THAT(avp_names(out),
              ElementsAre("Session-Id", "Vendor-Specific-Application-Id", "Result-Code", "Auth-Session-State",
                          "Origin-Host", "Origin-Realm", "Proxy-Info", "Proxy-Info"));
  const Bytes tail = [&] {
    Bytes both = proxy_1;
    both.insert(both.end(), proxy_2.begin(), proxy_2.end());
    return both;
  }();
  EXPECT_EQ(to_hex(ByteView(out).last(tail.size())), to_hex(tail));
}

TEST(S6a, answers_append_to_what_is_in_the_buffer) {
  Bytes out = hex("c0ffee00");
  encode_aia(air_frame(), hss, {}, out);
  Bytes alone;
  encode_aia(air_frame(), hss, {}, alone);
  EXPECT_EQ(to_hex(out), "c0ffee00" + to_hex(alone));
}

TEST(S6a, judge_header_refuses_bits_before_the_application) {
  Header header = read_header(air_frame());
  EXPECT_EQ(judge_header(header), result::success);
  header.application = 4;
  EXPECT_EQ(judge_header(header), result::application_unsupported);
  for (const int bit : {1, 2, 4, 8, 0x20}) {
    header.flags = static_cast<std::uint8_t>(Header::request_bit | bit);
    EXPECT_EQ(judge_header(header), result::invalid_hdr_bits) << bit;
  }
}

}  // namespace
}  // namespace simbiont::diameter::test

// Every code a request can be refused with, and the Failed-AVP that goes with it.
#include <gmock/gmock.h>

#include "samples.h"

namespace simbiont::diameter::test {
namespace {

using ::testing::ElementsAre;

struct Refused {
  const char* what;
  Bytes frame;
  std::uint32_t code;
  std::string failed_avp;
};

template <class Message>
void expect_refused(Decoded<Message> (*decode)(ByteView), const std::vector<Refused>& cases) {
  for (const Refused& each : cases) {
    SCOPED_TRACE(each.what);
    const auto decoded = decode(each.frame);
    EXPECT_FALSE(decoded.message);
    EXPECT_EQ(decoded.refusal.code, (ResultCode{each.code, false}));
    EXPECT_EQ(to_hex(decoded.refusal.failed_avp), each.failed_avp);
  }
}

Bytes header_bit(Bytes frame, std::uint8_t bit) {
  frame[4] |= bit;
  return frame;
}

Bytes two(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// The air sample with its 1408 group holding these octets.
Bytes asking(const Bytes& inner) {
  const AvpDef& def = avp::requested_eutran_authentication_info;
  return replaced(air_frame(), def, plain_avp(def, inner));
}

TEST(Refusal, air) {
  const Bytes plain = air_frame();
  const Bytes last = plain_avp(avp::visited_plmn_id, hex("62f210"));
  Bytes cut = without(plain, avp::visited_plmn_id);
  const Bytes too_long = hex("0000057f c0000010 000028af 62f210");
  Bytes twice = with(with(plain, u32_avp(avp::auth_session_state, 1)), last);
  expect_refused<Air>(
      decode_air,
      {
          {"reserved header bit", header_bit(plain, 0x01), 3008, ""},
          {"E bit in a request", header_bit(plain, Header::error_bit), 3008, ""},
          {"reserved AVP bit", with(plain, any_avp(282, 0x41, 0, as_bytes("r"))), 3009, "0000011a4100000972"},
          {"reserved bit of an unknown AVP", with(plain, any_avp(9999, 0x10, 0, {})), 3009,
           "0000270f10000008"},
          {"length beyond the end", with(cut, too_long), 5014, "0000057fc000000c000028af"},
          {"length below a header", with(plain, hex("00000001 40000007")), 5014, "0000000140000008"},
          {"length below a header with vendor", with(plain, hex("00000580 c000000b 000028af")), 5014,
           "00000580c000000c000028af"},
          {"half a header", with(plain, hex("0000010a")), 5014, "0000010a0000000c00000000"},
          {"Auth-Session-State of 5 octets",
           replaced(plain, avp::auth_session_state, any_avp(277, 0x40, 0, hex("0000000100"))), 5014,
           "000001154000000d0000000100"},
          {"PLMN of two octets",
           replaced(plain, avp::visited_plmn_id, plain_avp(avp::visited_plmn_id, hex("62f2"))), 5014,
           "0000057fc000000e000028af62f2"},
          {"no Session-Id", without(plain, avp::session_id), 5005, "0000010740000008"},
          {"no Auth-Session-State", without(plain, avp::auth_session_state), 5005,
           "000001154000000c00000000"},
          {"no Origin-Host", without(plain, avp::origin_host), 5005, "0000010840000008"},
          {"no Origin-Realm", without(plain, avp::origin_realm), 5005, "0000012840000008"},
          {"no Destination-Realm", without(plain, avp::destination_realm), 5005, "0000011b40000008"},
          {"no User-Name", without(plain, avp::user_name), 5005, "0000000140000008"},
          {"no PLMN", without(plain, avp::visited_plmn_id), 5005, "0000057fc000000c000028af"},
          {"neither 1408 nor 1409", without(plain, avp::requested_eutran_authentication_info), 5005,
           "00000580c000000c000028af"},
          {"a second Auth-Session-State and PLMN", twice, 5009, "000001154000000c00000001"},
          {"unknown mandatory AVP", with(plain, any_avp(9999, 0x40, 0, hex("aa"))), 5001,
           "0000270f40000009aa"},
          {"unknown mandatory AVP of a vendor", with(plain, any_avp(1, 0xc0, 9, {})), 5001,
           "00000001c000000c00000009"},
          {"Auth-Session-State of no meaning",
           replaced(plain, avp::auth_session_state, u32_avp(avp::auth_session_state, 2)), 5004,
           "000001154000000c00000002"},
          {"Origin-Host with a control character",
           replaced(plain, avp::origin_host, plain_avp(avp::origin_host, as_bytes("a\nb"))), 5004,
           "000001084000000b610a62"},
      });
}

TEST(Refusal, air_names_the_offender_inside_its_group) {
  const Bytes number = u32_avp(avp::number_of_requested_vectors, 1);
  expect_refused<Air>(
      decode_air,
      {
          {"zero vectors", asking(u32_avp(avp::number_of_requested_vectors, 0)), 5004,
           "00000580c000001c000028af00000582c0000010000028af00000000"},
          {"number of two octets", asking(plain_avp(avp::number_of_requested_vectors, hex("0001"))), 5014,
           "00000580c000001c000028af00000582c000000e000028af00010000"},
          {"two numbers", asking(two(number, number)), 5009,
           "00000580c000001c000028af00000582c0000010000028af00000001"},
          {"29 octets of resynchronisation", asking(plain_avp(avp::re_synchronization_info, Bytes(29))), 5014,
           "00000580c0000038000028af00000583c0000029000028af" + std::string(64, '0')},
          {"length beyond the group", asking(hex("00000582 c0000014 000028af 00000001")), 5014,
           "00000580c000001c000028af00000582c0000010000028af00000000"},
          {"unknown mandatory AVP", asking(any_avp(9999, 0x40, 0, {})), 5001,
           "00000580c0000014000028af0000270f40000008"},
      });
}

TEST(Refusal, ulr_and_clr) {
  expect_refused<Ulr>(
      decode_ulr,
      {
          {"no RAT-Type", without(ulr_frame(), avp::rat_type), 5005, "0000040880000010000028af00000000"},
          {"no ULR-Flags", without(ulr_frame(), avp::ulr_flags), 5005, "0000057dc0000010000028af00000000"},
          {"two IMEIs",
           replaced(ulr_frame(), avp::terminal_information,
                    plain_avp(avp::terminal_information, two(plain_avp(avp::imei, as_bytes("1234")),
                                                             plain_avp(avp::imei, as_bytes("5678"))))),
           5009, "00000579c000001c000028af0000057ac0000010000028af35363738"},
          {"unknown mandatory AVP", with(ulr_frame(), any_avp(9999, 0x40, 0, {})), 5001, "0000270f40000008"},
      });
  expect_refused<Clr>(
      decode_clr,
      {
          {"no Destination-Host", without(clr_frame(), avp::destination_host), 5005, "0000012540000008"},
          {"no Cancellation-Type", without(clr_frame(), avp::cancellation_type), 5005,
           "0000058cc0000010000028af00000000"},
          {"Cancellation-Type of no meaning",
           replaced(clr_frame(), avp::cancellation_type, u32_avp(avp::cancellation_type, 5)), 5004,
           "0000058cc0000010000028af00000005"},
      });
}

TEST(Refusal, pur_and_nor) {
  expect_refused<Pur>(
      decode_pur,
      {
          {"no User-Name", without(pur_frame(), avp::user_name), 5005, "0000000140000008"},
          {"PUR-Flags of two octets",
           replaced(pur_frame(), avp::pur_flags, plain_avp(avp::pur_flags, hex("0001"))), 5014,
           "000006638000000e000028af0001"},
          {"unknown mandatory AVP", with(pur_frame(), any_avp(9999, 0x40, 0, {})), 5001, "0000270f40000008"},
      });
  expect_refused<Nor>(
      decode_nor,
      {
          {"no User-Name", without(nor_frame(), avp::user_name), 5005, "0000000140000008"},
          {"two IMEIs",
           replaced(nor_frame(), avp::terminal_information,
                    plain_avp(avp::terminal_information, two(plain_avp(avp::imei, as_bytes("1234")),
                                                             plain_avp(avp::imei, as_bytes("5678"))))),
           5009, "00000579c000001c000028af0000057ac0000010000028af35363738"},
          {"two NOR-Flags", with(nor_frame(), u32_avp(avp::nor_flags, 7)), 5009,
           "000005a3c0000010000028af00000007"},
      });
}

TEST(Refusal, codes_have_an_order) {
  Bytes frame = with(with(without(air_frame(), avp::user_name), any_avp(9999, 0x40, 0, {})),
                     u32_avp(avp::auth_session_state, 1));
  const auto code = [&] { return decode_air(frame).refusal.code.value; };
  EXPECT_EQ(code(), 5005U);
  frame = with(frame, plain_avp(avp::user_name, as_bytes("001010000000001")));
  EXPECT_EQ(code(), 5009U);
  frame = with(without(frame, avp::auth_session_state), u32_avp(avp::auth_session_state, 7));
  EXPECT_EQ(code(), 5001U);
  EXPECT_EQ(decode_air(with(frame, hex("00"))).refusal.code.value, 5014U);
  frame[4] |= 8;
  EXPECT_EQ(code(), 3008U);
}

TEST(Refusal, what_rfc_6733_lets_pass_passes) {
  const Bytes route = plain_avp(avp::route_record, as_bytes("relay.example"));
  const Bytes features = plain_avp(avp::supported_features, u32_avp(avp::feature_list_id, 1));
  Bytes frame = with(with(with(with(air_frame(), route), route), features), features);
  frame = with(frame, any_avp(9999, 0x00, 0, hex("00")));
  frame = with(frame, any_avp(9999, 0x80, 77, hex("00")));
  frame = with(frame, any_avp(1679, 0xc0, vendor_3gpp, hex("ffffffff")));  // AIR-Flags, M set, undefined bits
  frame = replaced(frame, avp::origin_host, any_avp(264, 0x20, 0, as_bytes("mme.visited.net")));
  frame[4] = Header::request_bit | Header::retransmit_bit;
  EXPECT_TRUE(decode_air(frame).message) << decode_air(frame).refusal.code.value;
  EXPECT_TRUE(
      decode_ulr(replaced(ulr_frame(), avp::rat_type, any_avp(1032, 0xc0, vendor_3gpp, hex("000003ec"))))
          .message);
}

TEST(Refusal, answer_of_a_protocol_error_uses_the_general_grammar) {
  Bytes out;
  encode_refusal(air_frame(), hss, {result::application_unsupported, {}, "S6a only"}, out);
  EXPECT_EQ(read_header(out).flags, Header::error_bit | Header::proxiable_bit);
  EXPECT_THAT(avp_names(out),
              ElementsAre("Session-Id", "Origin-Host", "Origin-Realm", "Result-Code", "Error-Message"));
}

TEST(Refusal, answer_of_s6a_carries_its_grammar_and_the_offender) {
  const Bytes proxy = plain_avp(avp::proxy_info, hex("00000118 40000009 70000000"));
  const Bytes bad = with(air_frame(), proxy);
  Bytes out;
  encode_refusal(bad, hss, {result::avp_unsupported, hex("0000270f40000009aa"), ""}, out);
  EXPECT_EQ(read_header(out).flags, Header::proxiable_bit);
  EXPECT_THAT(avp_names(out),
              ElementsAre("Session-Id", "Vendor-Specific-Application-Id", "Result-Code", "Auth-Session-State",
                          "Origin-Host", "Origin-Realm", "Failed-AVP", "Proxy-Info"));
  EXPECT_EQ(to_hex(find(out, avp::failed_avp)->data), "0000270f40000009aa000000");
  out.clear();
  encode_refusal(bad, hss, {result::user_unknown, {}, ""}, out);
  const auto experimental = find(out, avp::experimental_result);
  ASSERT_TRUE(experimental);
  EXPECT_EQ(to_hex(experimental->data), "0000010a4000000c000028af0000012a4000000c00001389");
  EXPECT_FALSE(find(out, avp::result_code));
  EXPECT_EQ(decode_aia(out).message->code, result::user_unknown);
}

TEST(Refusal, request_without_session_id_or_of_broken_avps_is_answered) {
  const Bytes whole = air_frame();
  const Bytes bare(whole.begin(), whole.begin() + header_size);
  for (const Bytes& frame : {without(whole, avp::session_id), with(bare, hex("00000107 40ffffff"))}) {
    const auto decoded = decode_air(frame);
    ASSERT_FALSE(decoded.message);
    Bytes out;
    encode_refusal(frame, hss, decoded.refusal, out);
    EXPECT_EQ(avp_names(out).back(), "Failed-AVP");
    EXPECT_FALSE(find(out, avp::session_id));
    EXPECT_EQ(read_header(out).length, out.size());
    EXPECT_EQ(read_header(out).hop_by_hop, 0x11U);
  }
}

}  // namespace
}  // namespace simbiont::diameter::test

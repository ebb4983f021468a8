#include "diameter/s6a_updates.h"

#include <gmock/gmock.h>

#include "samples.h"

namespace simbiont::diameter::test {
namespace {

using ::testing::ElementsAre;

const Routing to_node{"hss.example.net;1;7", hss.host, hss.realm, "mme.visited.net", "visited.net"};
const std::string imsi = "001010000000001";

SubscriptionData changed() {
  SubscriptionData data;
  data.msisdn = "491700000001";
  data.apns = {{2, "internet", 1, 2}, {7, "meter", 3, 4}};
  data.default_context = 2;
  data.all_apns = false;
  data.pdp_contexts = {{2, "internet"}};
  data.whole = false;
  return data;
}
Bytes idr_frame() {
  Bytes out;
  encode_idr({to_node, imsi, changed(), our_features}, {0x11, 0x22}, out);
  return out;
}
Bytes dsr_frame() {
  Bytes out;
  encode_dsr({to_node, imsi, dsr_flag::pdn_contexts, {2, 7}, our_features}, {0x11, 0x22}, out);
  return out;
}
Bytes rsr_frame() {
  Bytes out;
  encode_rsr({to_node, our_features}, {0x11, 0x22}, out);
  return out;
}

TEST(S6aUpdates, requests_carry_the_avps_of_ts_29272_in_order) {
  const std::vector<std::string> head{"Session-Id",         "Vendor-Specific-Application-Id",
                                      "Auth-Session-State", "Origin-Host",
                                      "Origin-Realm",       "Destination-Host",
                                      "Destination-Realm",  "Supported-Features",
                                      "Supported-Features"};
  const auto with_head = [&](std::vector<std::string> more) {
    std::vector<std::string> all = head;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  EXPECT_EQ(avp_names(idr_frame()), with_head({"User-Name", "Subscription-Data"}));
  EXPECT_EQ(avp_names(dsr_frame()),
            with_head({"User-Name", "DSR-Flags", "Context-Identifier", "Context-Identifier"}));
  EXPECT_EQ(avp_names(rsr_frame()), head);
  EXPECT_EQ(read_header(idr_frame()).command, 319U);
  EXPECT_EQ(read_header(dsr_frame()).command, 320U);
  EXPECT_EQ(read_header(rsr_frame()).command, 322U);
}

TEST(S6aUpdates, idr_round_trip) {
  const Bytes frame = idr_frame();
  const auto decoded = decode_idr(frame);
  ASSERT_TRUE(decoded.message) << decoded.refusal.code.value;
  EXPECT_EQ(decoded.message->user_name, imsi);
  EXPECT_EQ(decoded.message->features, our_features);
  const SubscriptionData& data = decoded.message->data;
  EXPECT_EQ(data.msisdn, "491700000001");
  EXPECT_FALSE(data.whole);
  EXPECT_FALSE(data.all_apns);
  EXPECT_EQ(data.default_context, 2U);
  ASSERT_EQ(data.apns.size(), 2U);
  EXPECT_EQ(data.apns[1].context_identifier, 7U);
  ASSERT_EQ(data.pdp_contexts.size(), 1U);
  EXPECT_EQ(data.pdp_contexts[0].name, "internet");
}

TEST(S6aUpdates, dsr_and_rsr_round_trip) {
  const Bytes dsr = dsr_frame(), rsr = rsr_frame();
  const auto deleted = decode_dsr(dsr);
  ASSERT_TRUE(deleted.message);
  EXPECT_EQ(deleted.message->flags, dsr_flag::pdn_contexts);
  EXPECT_THAT(deleted.message->contexts, ElementsAre(2U, 7U));
  const auto reset = decode_rsr(rsr);
  ASSERT_TRUE(reset.message);
  EXPECT_EQ(reset.message->routing.destination_host, "mme.visited.net");
  EXPECT_EQ(reset.message->features, our_features);
}

TEST(S6aUpdates, answers_say_how_it_went) {
  Bytes ida, dsa, rsa;
  encode_ida(idr_frame(), {"mme", "visited"}, {{}, result::user_unknown, our_features}, ida);
  encode_dsa(dsr_frame(), {"mme", "visited"}, {{}, result::success}, dsa);
  encode_rsa(rsr_frame(), {"mme", "visited"}, {{}, result::success}, rsa);
  EXPECT_EQ(decode_ida(ida).message->code, result::user_unknown);
  EXPECT_EQ(decode_ida(ida).message->features, our_features);
  EXPECT_EQ(decode_dsa(dsa).message->code, result::success);
  EXPECT_EQ(decode_rsa(rsa).message->code, result::success);
}

TEST(S6aUpdates, an_update_without_what_it_is_about_is_refused) {
  for (const AvpDef* missing : {&avp::destination_host, &avp::user_name, &avp::subscription_data}) {
    const auto decoded = decode_idr(without(idr_frame(), *missing));
    ASSERT_FALSE(decoded.message) << missing->name;
    EXPECT_EQ(decoded.refusal.code, result::missing_avp);
  }
  EXPECT_FALSE(decode_dsr(without(dsr_frame(), avp::dsr_flags)).message);
  EXPECT_FALSE(decode_rsr(without(rsr_frame(), avp::destination_host)).message);
}

TEST(S6aUpdates, ulr_of_an_sgsn_round_trip) {
  Ulr message = ulr();
  message.flags = ulr_flag::gprs_subscription_data;
  message.sgsn_number = "491700000002";
  message.features = Features{0xffffffff, 5};
  Bytes frame;
  encode_ulr(message, {1, 2}, frame);
  const auto decoded = decode_ulr(frame);
  ASSERT_TRUE(decoded.message) << decoded.refusal.code.value;
  EXPECT_EQ(decoded.message->sgsn_number, "491700000002");
  EXPECT_EQ(*decoded.message->features, (Features{0xffffffff, 5}));
  EXPECT_FALSE(decode_ulr(ulr_frame()).message->features);
}

TEST(S6aUpdates, an_sgsn_number_that_is_no_number_is_refused_with_it) {
  for (const Bytes& wrong : {hex("1a2b"), Bytes(9, 0x11)}) {
    const auto decoded = decode_ulr(with(ulr_frame(), plain_avp(avp::sgsn_number, wrong)));
    ASSERT_FALSE(decoded.message);
    EXPECT_EQ(decoded.refusal.code, result::invalid_avp_value);
    EXPECT_FALSE(decoded.refusal.failed_avp.empty());
  }
}

TEST(S6aUpdates, feature_lists_of_others_are_passed_over_and_broken_ones_refused) {
  const auto list = [](std::uint32_t vendor, std::uint32_t id, std::uint32_t bits) {
    Bytes inner = u32_avp(avp::vendor_id, vendor);
    for (const Bytes& avp : {u32_avp(avp::feature_list_id, id), u32_avp(avp::feature_list, bits)})
      inner.insert(inner.end(), avp.begin(), avp.end());
    return plain_avp(avp::supported_features, inner);
  };
  Bytes frame = with(ulr_frame(), list(vendor_3gpp, 1, 0x20000000));
  frame = with(frame, list(vendor_3gpp, 3, 0xff));
  frame = with(frame, list(9, 2, 0xff));
  const auto decoded = decode_ulr(frame);
  ASSERT_TRUE(decoded.message);
  EXPECT_EQ(*decoded.message->features, (Features{0x20000000, 0}));
  EXPECT_EQ(decode_ulr(with(ulr_frame(), plain_avp(avp::supported_features, {}))).refusal.code,
            result::missing_avp);
}

}  // namespace
}  // namespace simbiont::diameter::test

// The quick reader and writer of ordinary ULRs against their oracles, decode_ulr and encode_ula.
#include "diameter/ulr_fast.h"

#include <gtest/gtest.h>

#include <random>

#include "diameter/tbcd.h"
#include "samples.h"

namespace simbiont::diameter::test {
namespace {

Ulr ordinary() {
  Ulr message = ulr();
  message.terminal = TerminalInformation{"35693803564380", "01"};
  return message;
}

Bytes encoded(const Ulr& message) {
  Bytes frame;
  encode_ulr(message, {0x01020304, 0xf1f2f3f4}, frame);
  return frame;
}

void expect_same(ByteView frame, const OrdinaryUlr& quick) {
  const auto slow = decode_ulr(frame);
  ASSERT_TRUE(slow.message) << to_hex(frame);
  const Ulr& message = *slow.message;
  EXPECT_EQ(judge_header(read_header(frame)), result::success);
  EXPECT_EQ(quick.session_id, message.routing.session_id);
  EXPECT_EQ(quick.origin_host, message.routing.origin_host);
  EXPECT_EQ(quick.origin_realm, message.routing.origin_realm);
  EXPECT_EQ(quick.destination_host, message.routing.destination_host);
  EXPECT_EQ(quick.user_name, message.user_name);
  EXPECT_EQ(quick.visited_plmn, message.visited_plmn);
  EXPECT_EQ(quick.rat_type, message.rat_type);
  EXPECT_EQ(quick.flags, message.flags);
  ASSERT_EQ(quick.terminal.has_value(), message.terminal.has_value());
  if (!quick.terminal) return;
  EXPECT_EQ(quick.terminal->imei, message.terminal->imei);
  EXPECT_EQ(quick.terminal->software_version, message.terminal->software_version);
}

TEST(UlrFast, ordinary_ulrs_are_read_as_decode_ulr_reads_them) {
  for (std::size_t length = 0; length < 12; ++length) {
    for (const bool with_terminal : {false, true}) {
      Ulr message = ordinary();
      const std::string session(length, 's'), host(length + 1, 'h'), imei(length, '7');
      message.routing.session_id = session;
      message.routing.origin_host = host;
      message.terminal = std::nullopt;
      if (with_terminal) message.terminal = TerminalInformation{imei, length % 2 == 0 ? "01" : ""};
      message.flags = static_cast<std::uint32_t>(length);
      const Bytes frame = encoded(message);
      OrdinaryUlr quick;
      ASSERT_TRUE(read_ordinary_ulr(frame, quick)) << length;
      expect_same(frame, quick);
    }
  }
}

TEST(UlrFast, what_is_not_ordinary_is_left) {
  const Bytes plain = encoded(ordinary());
  std::vector<std::pair<const char*, Bytes>> cases{
      {"Proxy-Info", with(plain, any_avp(284, avp_m, 0, {}))},
      {"unknown AVP", with(plain, any_avp(9999, 0, 0, {}))},
      {"repeated User-Name", with(plain, any_avp(1, avp_m, 0, {}))}};
  Ulr message = ordinary();
  message.terminal->imei = "35693803564380x";
  cases.emplace_back("an IMEI that is no number", encoded(message));
  message = ordinary();
  const std::string long_session(1025, 's');
  message.routing.session_id = long_session;
  cases.emplace_back("a long Session-Id", encoded(message));
  Air air;
  air.routing = message.routing;
  air.eutran = Air::Requested{};
  Bytes other;
  encode_air(air, {}, other);
  cases.emplace_back("another command", other);
  for (const auto& [name, frame] : cases) {
    OrdinaryUlr quick;
    EXPECT_FALSE(read_ordinary_ulr(frame, quick)) << name;
  }
}

TEST(UlrFast, whatever_it_takes_of_damaged_frames_decode_ulr_takes_too) {
  std::mt19937 engine(7);
  const Bytes plain = encoded(ordinary());
  int taken = 0;
  for (int round = 0; round < 60'000; ++round) {
    Bytes frame = plain;
    for (auto flips = 1 + engine() % 3; flips > 0; --flips)
      frame[4 + engine() % (frame.size() - 4)] ^= static_cast<std::uint8_t>(1U << engine() % 8);
    OrdinaryUlr quick;
    if (!read_ordinary_ulr(frame, quick)) continue;
    ++taken;
    expect_same(frame, quick);
    if (HasFailure()) return;
  }
  EXPECT_GT(taken, 1000);
}

TEST(UlrFast, answers_are_octet_for_octet_those_of_encode_ula) {
  const Identity self{"hss.example", "example"};
  for (const char* msisdn : {"", "4", "49170", "491700000001234"}) {
    for (std::size_t session_size = 0; session_size < 6; ++session_size) {
      for (const bool data : {true, false}) {
        Ula ula;
        ula.code = result::success;
        ula.flags = 1;
        if (data) ula.data = SubscriptionData{msisdn, 1, 2, {{1, "internet", 1, 2}, {2, "ims", 1, 2}}};
        Ula like = ula;
        if (data) like.data->msisdn.assign(ula.data->msisdn.size(), '0');
        Ulr message = ordinary();
        const std::string session(session_size, 's');
        message.routing.session_id = session;
        const Bytes frame = encoded(message);
        OrdinaryUlr quick;
        ASSERT_TRUE(read_ordinary_ulr(frame, quick));
        Bytes octets = encode_tbcd(msisdn), answer, expected;
        octets.resize(8);
        UlaTemplate(self, like).write(frame, quick, octets, answer);
        encode_ula(frame, self, ula, expected);
        EXPECT_EQ(to_hex(answer), to_hex(expected)) << msisdn << ' ' << session_size;
      }
    }
  }
}

}  // namespace
}  // namespace simbiont::diameter::test

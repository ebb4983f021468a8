// The quick reader and writer of ordinary AIRs against their oracles, decode_air and encode_aia.
#include "diameter/air_fast.h"

#include <gtest/gtest.h>

#include <random>

#include "samples.h"

namespace simbiont::diameter::test {
namespace {

Air ordinary() {
  Air message = air();
  message.eutran = Air::Requested{3, false, {}};
  return message;
}

Bytes encoded(const Air& message) {
  Bytes frame;
  encode_air(message, {0x01020304, 0xf1f2f3f4}, frame);
  return frame;
}

// What must hold of every frame that the quick reader takes.
void expect_same(ByteView frame, const OrdinaryAir& quick) {
  const auto slow = decode_air(frame);
  ASSERT_TRUE(slow.message) << to_hex(frame);
  const Air& message = *slow.message;
  EXPECT_EQ(judge_header(read_header(frame)), result::success);
  EXPECT_EQ(quick.session_id, message.routing.session_id);
  EXPECT_EQ(quick.origin_host, message.routing.origin_host);
  EXPECT_EQ(quick.origin_realm, message.routing.origin_realm);
  EXPECT_EQ(quick.destination_host, message.routing.destination_host);
  EXPECT_EQ(quick.user_name, message.user_name);
  EXPECT_EQ(quick.visited_plmn, message.visited_plmn);
  ASSERT_TRUE(message.eutran);
  EXPECT_EQ(quick.vectors, message.eutran->vectors);
  EXPECT_TRUE(message.eutran->resync.empty());
  EXPECT_FALSE(message.utran_geran);
}

std::vector<EutranVector> some_vectors(std::size_t count) {
  std::vector<EutranVector> vectors(count);
  std::uint8_t octet = 0;
  for (EutranVector& vector : vectors) {
    for (auto& each : vector.rand) each = ++octet;
    for (auto& each : vector.xres) each = ++octet;
    for (auto& each : vector.autn) each = ++octet;
    for (auto& each : vector.kasme) each = ++octet;
  }
  return vectors;
}

TEST(AirFast, ordinary_airs_are_read_as_decode_air_reads_them) {
  for (std::size_t length = 0; length < 12; ++length) {
    for (const bool with_host : {false, true}) {
      Air message = ordinary();
      const std::string session(length, 's'), host(length + 1, 'h');
      message.routing.session_id = session;
      message.routing.origin_host = host;
      if (!with_host) message.routing.destination_host = {};
      message.eutran->vectors = static_cast<std::uint32_t>(length + 1);
      message.eutran->immediate_response_preferred = with_host;
      const Bytes frame = encoded(message);
      OrdinaryAir quick;
      ASSERT_TRUE(read_ordinary_air(frame, quick)) << length;
      expect_same(frame, quick);
    }
  }
}

TEST(AirFast, what_a_relay_and_an_mme_add_without_effect_is_taken) {
  Bytes frame = with(encoded(ordinary()), any_avp(282, avp_m, 0, as_bytes("relay.example")));
  frame = with(frame, any_avp(282, avp_m, 0, as_bytes("relay2.example")));
  frame = with(frame, any_avp(628, avp_v, vendor_3gpp, hex("0000010a4000000c000028af")));
  OrdinaryAir quick;
  ASSERT_TRUE(read_ordinary_air(frame, quick));
  expect_same(frame, quick);
}

TEST(AirFast, what_is_not_ordinary_is_left) {
  const Bytes plain = encoded(ordinary());
  std::vector<std::pair<const char*, Bytes>> cases{
      {"resynchronisation", encoded(air())},
      {"Proxy-Info", with(plain, any_avp(284, avp_m, 0, {}))},
      {"unknown AVP", with(plain, any_avp(9999, 0, 0, {}))},
      {"repeated User-Name", with(plain, any_avp(1, avp_m, 0, as_bytes("1")))},
      {"UTRAN vectors", with(plain, any_avp(1409, avp_v | avp_m, vendor_3gpp, {}))},
      {"reserved AVP flag", with(plain, any_avp(282, avp_m | 1, 0, as_bytes("r")))},
      {"empty identity", with(plain, any_avp(282 + 1, avp_m, 0, {}))},
  };
  for (const auto& [offset, value] :
       {std::pair{4, 0xd0}, {4, 0x40}, {4, 0xe0}, {4, 0xc1}, {7, 0x3c}, {11, 0}}) {
    Bytes frame = plain;
    frame[static_cast<std::size_t>(offset)] = static_cast<std::uint8_t>(value);
    cases.emplace_back("header", frame);
  }
  Air none = ordinary();
  none.eutran->vectors = 0;
  cases.emplace_back("no vectors", encoded(none));
  Air spaced = ordinary();
  spaced.routing.origin_host = "mme visited";
  cases.emplace_back("space in a host", encoded(spaced));
  spaced.routing.origin_host = "mme.visited\x7f";
  cases.emplace_back("DEL in a host", encoded(spaced));
  spaced.routing.origin_host = "mme.visite\xc3\xa9";
  cases.emplace_back("no ASCII in a host", encoded(spaced));
  OrdinaryAir quick;
  ASSERT_TRUE(read_ordinary_air(plain, quick));
  for (const auto& [what, frame] : cases) EXPECT_FALSE(read_ordinary_air(frame, quick)) << what;
}

TEST(AirFast, whatever_it_takes_of_damaged_frames_decode_air_takes_too) {
  std::mt19937 engine(20260101);
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(engine() % bound); };
  const std::vector<Bytes> originals{encoded(ordinary()), encoded(air()),
                                     with(encoded(ordinary()), any_avp(628, avp_v, vendor_3gpp, {})),
                                     with(encoded(ordinary()), any_avp(282, avp_m, 0, as_bytes("relay")))};
  std::size_t taken = 0;
  for (int round = 0; round < 300'000; ++round) {
    Bytes frame = originals[below(originals.size())];
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
      const std::size_t at = header_size + below(frame.size() - header_size);
      switch (below(4)) {
        case 0:
          frame[at] = static_cast<std::uint8_t>(engine());
          break;
        case 1:
          frame[at] ^= static_cast<std::uint8_t>(1U << below(8));
          break;
        case 2:
          frame.resize(at & ~std::size_t{3});
          break;
        default:
          frame[below(header_size - 4) + 4] ^= static_cast<std::uint8_t>(1U << below(8));
      }
      if (frame.size() < header_size + 4) frame = originals[0];
    }
    store_be(frame.size(), std::span(frame).subspan(1, 3));
    OrdinaryAir quick;
    if (!read_ordinary_air(frame, quick)) continue;
    ++taken;
    expect_same(frame, quick);
    if (testing::Test::HasFatalFailure()) return;
  }
  EXPECT_GT(taken, 10'000U) << "a test of nothing";
}

TEST(AirFast, answers_are_octet_for_octet_those_of_encode_aia) {
  const AiaWriter writer(hss);
  for (std::size_t session = 0; session < 9; ++session) {
    for (std::size_t count = 1; count <= AiaWriter::max_vectors; ++count) {
      Air message = ordinary();
      const std::string id(session, 'x');
      message.routing.session_id = id;
      Bytes request = encoded(message);
      if (count == 2) request[4] = 0x80;  // not proxiable
      const Aia aia{{}, result::success, some_vectors(count)};
      Bytes expected{1, 2, 3}, written{1, 2, 3};
      encode_aia(request, hss, aia, expected);
      OrdinaryAir quick;
      ASSERT_TRUE(read_ordinary_air(request, quick));
      writer.write(request, quick, aia.vectors, written);
      EXPECT_EQ(written, expected) << session << ' ' << count;
    }
  }
}

}  // namespace
}  // namespace simbiont::diameter::test

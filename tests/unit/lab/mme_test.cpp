#include "lab/mme.h"

#include <gtest/gtest.h>

#include "fake_hss.h"

namespace simbiont::lab {
namespace {

MmeConfig config() {
  MmeConfig out;
  out.visited_plmn = *Plmn::parse("001-01");
  out.timeout_ms = 60'000;
  return out;
}

std::unique_ptr<Mme> connect_to(FakeHss& hss, MmeConfig with = config()) {
  auto mme = Mme::connect({"127.0.0.1", hss.port()}, std::move(with));
  EXPECT_TRUE(mme.ok()) << (mme ? "" : mme.error().message);
  return mme ? std::move(*mme) : nullptr;
}

// Answers an AIR with a vector whose RAND begins with the User-Name's last digit.
Bytes aia_for(FakeHss& hss, ByteView request) {
  const auto air = diameter::decode_air(request);
  diameter::Aia aia;
  aia.code = diameter::result::success;
  diameter::EutranVector vector{};
  if (air.message) vector.rand[0] = static_cast<std::uint8_t>(air.message->user_name.back() - '0');
  aia.vectors.push_back(vector);
  Bytes out;
  diameter::encode_aia(request, hss.self(), aia, out);
  return out;
}

TEST(Mme, air_says_what_was_asked) {
  std::string seen;
  const Bytes resync(30, 0x5a);
  FakeHss hss([&](FakeHss& self, ByteView frame) {
    const auto air = diameter::decode_air(frame);
    ASSERT_TRUE(air.message);
    seen = std::string(air.message->user_name) + " " + to_hex(air.message->visited_plmn) + " " +
           std::to_string(air.message->eutran->vectors) + " " + to_hex(air.message->eutran->resync) + " " +
           std::string(air.message->routing.destination_realm);
    self.peer().send(aia_for(self, frame));
  });
  const auto mme = connect_to(hss);
  ASSERT_TRUE(mme);
  const auto answer = mme->air({"001010000000007", 3, resync});
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->vectors.at(0).rand[0], 7);
  EXPECT_EQ(seen, "001010000000007 00f110 3 " + to_hex(resync) + " fake.example");
}

TEST(Mme, answers_are_matched_to_their_requests_in_any_order) {
  std::vector<Bytes> kept;
  FakeHss hss([&](FakeHss& self, ByteView frame) {
    kept.emplace_back(frame.begin(), frame.end());
    if (kept.size() < 5) return;
    for (auto request = kept.rbegin(); request != kept.rend(); ++request)
      self.peer().send(aia_for(self, *request));
  });
  const auto mme = connect_to(hss);
  ASSERT_TRUE(mme);
  std::vector<Mme::Ticket> tickets;
  tickets.reserve(5);
  for (int i = 0; i < 5; ++i)
    tickets.push_back(*mme->send_air({"00101000000000" + std::to_string(i), 1, {}}));
  EXPECT_EQ(mme->in_flight(), 5U);
  for (int i = 0; i < 5; ++i) {
    const auto answer = mme->wait(tickets.at(static_cast<std::size_t>(i)));
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(diameter::decode_aia(answer->frame).message->vectors.at(0).rand[0], i);
  }
  EXPECT_EQ(mme->in_flight(), 0U);
  EXPECT_EQ(mme->unexpected_answers(), 0U);
}

TEST(Mme, answers_that_nobody_asked_for_are_counted_and_given_to_nobody) {
  FakeHss hss([&](FakeHss& self, ByteView frame) {
    for (const std::size_t octet : {std::size_t{15}, std::size_t{19}}) {  // Hop-by-Hop, End-to-End
      Bytes wrong = aia_for(self, frame);
      wrong[octet] ^= 1;
      self.peer().send(wrong);
    }
    self.peer().send(aia_for(self, frame));
    self.peer().send(aia_for(self, frame));  // once more
  });
  const auto mme = connect_to(hss);
  ASSERT_TRUE(mme);
  EXPECT_TRUE(mme->air({"001010000000001", 1, {}}).ok());
  EXPECT_TRUE(mme->air({"001010000000002", 1, {}}).ok());
  EXPECT_GE(mme->unexpected_answers(), 4U);
}

TEST(Mme, clr_is_kept_and_answered_with_2001) {
  FakeHss hss([&](FakeHss& self, ByteView frame) {
    diameter::Clr clr;
    clr.routing = {"s;1;1", self.self().host, self.self().realm, "mme1.lab.example", "lab.example"};
    clr.user_name = "001010000000001";
    clr.cancellation_type = diameter::cancellation::subscription_withdrawal;
    clr.flags = diameter::clr_flag::reattach_required;
    Bytes out;
    diameter::encode_clr(clr, self.peer().next_ids(), out);
    self.peer().send(out);
    self.peer().send(aia_for(self, frame));
  });
  const auto mme = connect_to(hss);
  ASSERT_TRUE(mme);
  ASSERT_TRUE(mme->air({"001010000000001", 1, {}}).ok());
  ASSERT_TRUE(mme->wait_clr(1, 1'000).ok());
  EXPECT_EQ(mme->cancelled()[0].imsi, "001010000000001");
  EXPECT_EQ(mme->cancelled()[0].type, 2U);
  EXPECT_EQ(mme->cancelled()[0].flags, 2U);
  ASSERT_TRUE(mme->disconnect().ok());
  ASSERT_EQ(hss.answers.size(), 1U);
  EXPECT_EQ(diameter::decode_cla(hss.answers[0]).message->code, diameter::result::success);
}

TEST(Mme, broken_framing_ends_the_connection_with_its_reason) {
  FakeHss hss([](FakeHss& self, ByteView) {
    self.peer().send(Bytes{1, 0, 0, 19, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  });
  const auto mme = connect_to(hss);
  ASSERT_TRUE(mme);
  const auto answer = mme->air({"001010000000001", 1, {}});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().message, "broken framing");
  EXPECT_FALSE(mme->air({"001010000000001", 1, {}}).ok());
}

TEST(Mme, an_answer_that_is_no_aia_is_an_error) {
  FakeHss hss([](FakeHss& self, ByteView frame) {
    Bytes out = aia_for(self, frame);
    out[21] ^= 0xff;  // the first AVP's code: no Session-Id, and an AVP nobody knows
    out[24] = 0x40;
    self.peer().send(out);
  });
  const auto mme = connect_to(hss);
  ASSERT_TRUE(mme);
  const auto answer = mme->air({"001010000000001", 1, {}});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, Errc::corrupt);
}

TEST(Mme, silence_is_an_error_after_the_time_given) {
  FakeHss hss([](FakeHss&, ByteView) {});
  MmeConfig quick = config();
  quick.timeout_ms = 2'000;  // the connection is made within it, too
  const auto mme = connect_to(hss, quick);
  ASSERT_TRUE(mme);
  const auto answer = mme->air({"001010000000001", 1, {}});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().message, "no answer in time");
  EXPECT_EQ(mme->in_flight(), 0U);
}

TEST(Mme, a_lost_connection_gives_what_came_before_and_then_errors) {
  FakeHss hss([](FakeHss& self, ByteView frame) {
    self.peer().send(aia_for(self, frame));
    self.hang_up();
  });
  const auto mme = connect_to(hss);
  ASSERT_TRUE(mme);
  const auto answered = *mme->send_air({"001010000000001", 1, {}});
  EXPECT_TRUE(mme->wait(answered).ok());
  const auto lost = mme->air({"001010000000002", 1, {}});
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().code, Errc::unavailable);
}

TEST(Mme, nobody_listening_is_an_error_that_names_the_place) {
  std::uint16_t port = 0;
  {
    port = FakeHss([](FakeHss&, ByteView) {}).port();
  }
  const auto mme = Mme::connect({"127.0.0.1", port}, config());
  ASSERT_FALSE(mme.ok());
  EXPECT_NE(mme.error().message.find("127.0.0.1:" + std::to_string(port)), std::string::npos);
}

TEST(HostPort, forms) {
  EXPECT_EQ(parse_host_port("127.0.0.1:3868")->port, 3868);
  EXPECT_EQ(parse_host_port("[::1]:3868")->host, "::1");
  for (const char* bad : {"", "host", ":3868", "host:", "host:0", "host:65536", "host:38x", "host:-1"}) {
    EXPECT_FALSE(parse_host_port(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace simbiont::lab

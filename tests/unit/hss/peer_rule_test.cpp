// Who is on the list, from where, with which certificate; and the buckets of the rate limits.
#include "hss/peer_rule.h"

#include <gmock/gmock.h>

#include "hss/rate_table.h"

namespace simbiont::hss {
namespace {

Bytes v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) { return {a, b, c, d}; }

TEST(AddressRange, holds_what_its_prefix_says) {
  const auto holds = [](const char* range, const Bytes& address) {
    return AddressRange::parse(range)->contains(address);
  };
  EXPECT_TRUE(holds("192.0.2.7", v4(192, 0, 2, 7)));
  EXPECT_FALSE(holds("192.0.2.7", v4(192, 0, 2, 6)));
  EXPECT_TRUE(holds("192.0.2.0/24", v4(192, 0, 2, 255)));
  EXPECT_FALSE(holds("192.0.2.0/24", v4(192, 0, 3, 0)));
  EXPECT_TRUE(holds("192.0.2.128/25", v4(192, 0, 2, 128)));
  EXPECT_FALSE(holds("192.0.2.128/25", v4(192, 0, 2, 127)));
  EXPECT_TRUE(holds("0.0.0.0/0", v4(203, 0, 113, 1)));
  Bytes v6(16);
  v6[0] = 0x20, v6[1] = 0x01, v6[2] = 0x0d, v6[3] = 0xb8, v6[15] = 1;
  EXPECT_TRUE(holds("2001:db8::/32", v6));
  EXPECT_FALSE(holds("2001:db9::/32", v6));
  EXPECT_FALSE(holds("0.0.0.0/0", v6)) << "the other family";
}

TEST(AddressRange, what_is_none_is_refused) {
  for (const char* wrong : {"", "192.0.2", "192.0.2.1/33", "192.0.2.1/24", "192.0.2.0/", "192.0.2.0/2x",
                            "2001:db8::/129", "host.example", "192.0.2.0/-1", "/24"})
    EXPECT_FALSE(AddressRange::parse(wrong).ok()) << wrong;
}

PeerRule rule(const char* host) {
  PeerRule out;
  out.origin_host = host;
  return out;
}

TEST(PeerList, without_one_everybody_is_admitted_but_over_tls_only_whom_the_certificate_names) {
  PeerClaim claim{"mme1.example", "example", false, {}, {}, {}};
  EXPECT_EQ(admit({}, claim, false).why_not, "");
  EXPECT_NE(admit({}, claim, true).why_not, "");
  claim.certificate_names = {"mme2.example"};
  EXPECT_NE(admit({}, claim, true).why_not, "");
  claim.certificate_names = {"mme2.example", "MME1.example"};
  EXPECT_EQ(admit({}, claim, true).why_not, "");
}

TEST(PeerList, each_thing_that_a_rule_names_is_asked_for) {
  PeerRule listed = rule("mme1.example");
  listed.realm = "example";
  listed.addresses = {*AddressRange::parse("192.0.2.0/24"), *AddressRange::parse("198.51.100.1")};
  const Bytes home = v4(198, 51, 100, 1);
  const PeerClaim right{"MME1.example", "Example", false, home, {}, {}};
  const std::vector<PeerRule> list{rule("other.example"), listed};
  ASSERT_EQ(admit(list, right, false).why_not, "");
  EXPECT_EQ(admit(list, right, false).rule, &list[1]);

  PeerClaim claim = right;
  claim.origin_host = "mme2.example";
  EXPECT_EQ(admit(list, claim, false).why_not, "not in the list");
  claim = right;
  claim.origin_realm = "elsewhere";
  EXPECT_EQ(admit(list, claim, false).why_not, "of another realm");
  claim = right;
  const Bytes elsewhere = v4(198, 51, 100, 2);
  claim.address = elsewhere;
  EXPECT_EQ(admit(list, claim, false).why_not, "from another address");
}

TEST(PeerList, a_rule_without_relay_forbids_the_relay_application_only_when_it_says_so) {
  PeerRule listed = rule("r");
  const Bytes home = v4(127, 0, 0, 1);
  const PeerClaim offers{"r", "x", true, home, {}, {}}, does_not{"r", "x", false, home, {}, {}};
  for (const auto& [relay, with, without] :
       {std::tuple(std::optional<bool>(), true, true), std::tuple(std::optional(true), true, true),
        std::tuple(std::optional(false), false, true)}) {
    listed.relay = relay;
    EXPECT_EQ(admit({listed}, offers, false).why_not.empty(), with);
    EXPECT_EQ(admit({listed}, does_not, false).why_not.empty(), without) << "a proxy names what it forwards";
    EXPECT_EQ(listed.may_bring_others(), relay == true);
  }
}

TEST(PeerList, a_certificate_is_wanted_where_the_rule_names_one_and_is_matched_by_name_or_digest) {
  PeerRule listed = rule("mme1");
  const std::string digest = "sha256:" + std::string(64, 'a');
  const Bytes home = v4(127, 0, 0, 1);
  const PeerClaim bare{"mme1", "x", false, home, {}, {}};
  const PeerClaim own{"mme1", "x", false, home, {"mme1"}, digest};
  const PeerClaim pool{"mme1", "x", false, home, {"pool"}, "sha256:" + std::string(64, 'b')};
  const auto admits = [&](const char* certificate, const PeerClaim& claim, bool tls) {
    listed.certificate = certificate;
    return admit({listed}, claim, tls).why_not.empty();
  };
  EXPECT_TRUE(admits("", bare, false));
  EXPECT_TRUE(admits("", own, true));
  EXPECT_FALSE(admits("", pool, true));
  EXPECT_FALSE(admits("pool", bare, false)) << "plain TCP shows none";
  EXPECT_FALSE(admits("pool", own, true));
  EXPECT_TRUE(admits("pool", pool, true));
  EXPECT_TRUE(admits(("sha256:" + std::string(64, 'A')).c_str(), own, true));
  EXPECT_FALSE(admits(digest.c_str(), pool, true));
}

TEST(RateTable, gives_what_the_rate_allows_and_no_more) {
  RateTable table(64, 1);
  const Rate three_a_second{3, 1000};
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(table.take(7, three_a_second, 1000)) << i;
  EXPECT_FALSE(table.take(7, three_a_second, 1000));
  EXPECT_TRUE(table.take(8, three_a_second, 1000)) << "another key";
  EXPECT_FALSE(table.take(7, three_a_second, 1333));
  EXPECT_TRUE(table.take(7, three_a_second, 1334));
  EXPECT_FALSE(table.take(7, three_a_second, 1334)) << "a refusal and a token cost one each";
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(table.take(7, three_a_second, 9000)) << "no more than three are kept";
  EXPECT_FALSE(table.take(7, three_a_second, 9000));
}

TEST(RateTable, without_a_rate_takes_no_memory_and_refuses_nothing) {
  RateTable table(64, 1);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(table.take(7, {0, 1000}, 5));
  EXPECT_EQ(table.places(), 0U);
}

TEST(RateTable, is_bounded_and_pressing_others_out_gains_no_token) {
  RateTable table(64, 1);
  const Rate one_a_minute{1, 60'000};
  std::size_t given = 0;
  for (std::uint64_t key = 1; key <= 100'000; ++key) given += table.take(key, one_a_minute, 1000) ? 1 : 0;
  EXPECT_EQ(table.places(), 64U);
  EXPECT_EQ(given, 64U) << "as many as there are places";
  EXPECT_TRUE(table.take(1, one_a_minute, 61'000));
}

}  // namespace
}  // namespace simbiont::hss

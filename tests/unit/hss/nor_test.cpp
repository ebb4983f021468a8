// NOR: ADD without a new registration, believed of the serving MME alone.
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

class NorTest : public OperatorTest {
 protected:
  Bytes nor_frame(const std::string& host, std::string_view digits, std::string_view imei) {
    diameter::Nor nor;
    const std::string session = host + ";4;1";
    nor.routing = {session, host, "visited.example", {}, "example"};
    nor.user_name = digits;
    if (!imei.empty()) nor.terminal = diameter::TerminalInformation{imei, "02"};
    Bytes frame;
    diameter::encode_nor(nor, hss.next_ids(0), frame);
    return frame;
  }
  diameter::ResultCode nor(const std::string& host, std::string_view digits, std::string_view imei = {}) {
    const Bytes frame = hss.ask(host, nor_frame(host, digits, imei));
    const auto decoded = frame.empty() ? diameter::Decoded<diameter::Noa>{} : diameter::decode_noa(frame);
    return decoded.message ? decoded.message->code : diameter::ResultCode{0, false};
  }
};

using diameter::result::unknown_serving_node;

TEST_F(NorTest, its_terminal_information_is_recorded_as_that_of_a_ulr) {
  bind_to_a();
  (void)hss.ulr("mme1", imsi, imei_a);
  EXPECT_EQ(nor("mme1", imsi, stranger), success);
  EXPECT_EQ(stored().binding.reported->imei, imei_of(stranger));
  const auto history = *hss.store().history(imsi_of(imsi));
  ASSERT_EQ(history.size(), 2U);
  for (const auto& entry : history) EXPECT_EQ(entry.authorised, entry.imei == imei_a);
  EXPECT_THAT(hss.events(), testing::Contains("imei-mismatch"));
}

TEST_F(NorTest, of_a_node_that_does_not_serve_is_refused_and_changes_nothing) {
  bind_to_a();
  EXPECT_EQ(nor("mme1", imsi, stranger), unknown_serving_node);
  (void)hss.ulr("mme1", imsi, imei_a);
  EXPECT_EQ(nor("mme2", imsi, stranger), unknown_serving_node);
  EXPECT_EQ(stored().binding.reported->imei, imei_of(imei_a));
  EXPECT_EQ(hss.store().history(imsi_of(imsi))->size(), 1U);
  EXPECT_EQ(nor("mme1", "001019999999999", imei_a), unknown_user);
}

TEST_F(NorTest, without_terminal_information_writes_nothing) {
  (void)hss.ulr("mme1", imsi);
  const std::size_t before = hss.committer.batches;
  EXPECT_EQ(nor("mme1", imsi), success);
  EXPECT_EQ(hss.committer.batches, before);
}

TEST_F(NorTest, is_answered_once_it_is_durable) {
  (void)hss.ulr("mme1", imsi);
  hss.deliver("mme1", nor_frame("mme1", imsi, imei_a));
  EXPECT_TRUE(hss.sent[hss.link("mme1")].empty());
  hss.settle();
  EXPECT_EQ(hss.sent[hss.link("mme1")].size(), 1U);
}

TEST_F(NorTest, a_malformed_imei_is_recorded_and_selects_nothing) {
  bind_to_a();
  (void)hss.ulr("mme1", imsi, imei_a);
  EXPECT_EQ(nor("mme1", imsi, "12"), success);
  EXPECT_EQ(stored().binding.reported->imei, imei_of(imei_a));
  EXPECT_THAT(hss.events(), testing::Contains("imei-malformed"));
}

}  // namespace
}  // namespace simbiont::test

// What time does to a binding: ends, with an event before; trials that prove nothing.
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

using binding::Mode;
using testing::Contains;
using testing::Not;

class DeadlinesTest : public OperatorTest {
 protected:
  void SetUp() override {
    OperatorTest::SetUp();
    add_device(imei_a, "kme-a", key_a);
    add_device(imei_b, "kme-b", key_b);
  }
  UnixMs now() { return hss.clock.unix_ms(); }
  // The first device's association ends in so many milliseconds.
  void bind_until(std::int64_t in_ms, const std::vector<std::pair<const char*, const char*>>& pairs) {
    bind(Mode::enforce, pairs);
    binding::Binding binding = stored().binding;
    binding.associations[0].until = now() + in_ms;
    hss.admin({store::PutBinding{imsi_of(imsi), binding}});
  }
  void pass(std::int64_t ms) {
    hss.clock.advance_ms(ms);
    hss.settle();
  }
};

TEST_F(DeadlinesTest, an_association_ends_by_itself_after_an_event_and_its_pair_becomes_a_former_one) {
  bind_until(hss.config.expiry_notice_ms + 5000, {{imei_a, "kme-a"}, {imei_b, "kme-b"}});
  hss.ulr("mme1", imsi, imei_a);
  pass(4000);
  EXPECT_THAT(hss.events(), Not(Contains("association-ends")));
  pass(2000);
  EXPECT_THAT(hss.events(), Contains("association-ends"));
  EXPECT_EQ(stored().binding.associations.size(), 2U);
  pass(hss.config.expiry_notice_ms);
  ASSERT_EQ(stored().binding.associations.size(), 1U);
  EXPECT_EQ(stored().binding.associations[0].imei, imei_of(imei_b));
  EXPECT_EQ(stored().binding.former, (std::vector<binding::KeyPair>{{"kme-a", 1}}));
  EXPECT_THAT(hss.events(), Contains("association-ended"));
  const auto vector = hss.air("mme1", imsi).vectors.at(0);
  EXPECT_FALSE(is_mac_failure(present(decrypt(vector.rand, key_b), vector)));
}

TEST_F(DeadlinesTest, each_event_comes_once) {
  bind_until(5000, {{imei_a, "kme-a"}, {imei_b, "kme-b"}});
  for (int i = 0; i < 10; ++i) pass(1000);
  EXPECT_THAT(hss.events(), testing::ElementsAre("association-ends", "association-ended"));
}

TEST_F(DeadlinesTest, without_its_last_device_an_imsi_gets_no_vector_and_that_was_said_before) {
  bind_until(1000, {{imei_a, "kme-a"}});
  pass(0);
  const auto said = *hss.store().events(0, 100);
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said[0].detail.find("0 devices"), std::string::npos) << said[0].detail;
  EXPECT_EQ(hss.air("mme1", imsi).code, success);
  pass(1500);
  EXPECT_EQ(hss.air("mme1", imsi).code, no_data);
}

TEST_F(DeadlinesTest, what_ended_while_no_hss_ran_ends_before_the_first_request) {
  bind_until(1000, {{imei_a, "kme-a"}, {imei_b, "kme-b"}});
  hss.clock.advance_ms(5000);
  hss.restart();
  ASSERT_TRUE(hss.core().catch_up().ok());
  EXPECT_EQ(stored().binding.associations.size(), 1U);
  EXPECT_THAT(hss.events(), testing::IsSupersetOf({"association-ends", "association-ended"}));
}

TEST_F(DeadlinesTest, many_ends_at_once_are_all_worked_off) {
  bind_until(1000, {{imei_a, "kme-a"}});
  const auto binding = stored().binding;
  for (int i = 0; i < 600; ++i) {
    const std::string digits = "00101" + std::to_string(2'000'000'000 + i);
    add_subscriber(digits.c_str());
    hss.admin({store::PutBinding{imsi_of(digits), binding}});
  }
  pass(2000);
  for (int i = 0; i < 5; ++i) pass(100);
  EXPECT_TRUE(hss.store().due_bindings({now(), now(), 0}, 9)->empty());
}

TEST_F(DeadlinesTest, a_sim_whose_key_changes_with_an_end_has_its_triplets_called_back) {
  store::Subscriber sim{imsi_of(imsi), aka::Algorithm::gsm_milenage, k, opc, {0, 0}, 0, "", {"internet"}};
  hss.admin({store::PutSubscriber{sim, true}});
  bind_until(1000, {{imei_a, "kme-a"}, {imei_b, "kme-b"}});
  hss.admin({store::PutVectorNode{{imsi_of(imsi), "sgsn1", "r", 0, now()}}});
  hss.link("sgsn1");
  pass(2000);
  EXPECT_EQ(hss.take_clrs("sgsn1").size(), 1U);
}

TEST_F(DeadlinesTest, a_trial_ends_without_a_request_too) {
  binding::Binding binding;
  binding.mode = Mode::learn;
  hss.admin({store::PutBinding{imsi_of(imsi), binding}});
  hss.ulr("mme1", imsi, imei_b);
  (void)hss.air("mme1", imsi);
  ASSERT_TRUE(stored().binding.learning.trial);
  pass(hss.config.learn_time_ms + 1000);
  EXPECT_FALSE(stored().binding.learning.trial);
  EXPECT_EQ(stored().binding.mode, Mode::learn);
  EXPECT_EQ(stored().binding.former, (std::vector<binding::KeyPair>{{"kme-b", 1}}));
  EXPECT_THAT(hss.events(), Contains("learn-failed"));
}

}  // namespace
}  // namespace simbiont::test

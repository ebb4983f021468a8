// ULR: registration, subscription data, automatic device detection, selection.
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

using UlrTest = OperatorTest;
using diameter::ulr_flag::s6a;
using diameter::ulr_flag::skip_subscriber_data;

TEST_F(UlrTest, the_answer_carries_the_subscription) {
  const auto answer = hss.ulr("mme1", imsi);
  EXPECT_EQ(answer.code, success);
  EXPECT_EQ(answer.flags & 1U, 1U) << "separation indication";
  ASSERT_TRUE(answer.data);
  EXPECT_EQ(answer.data->msisdn, "491700000001");
  EXPECT_EQ(answer.data->ambr_uplink, hss.config.ambr_uplink);
  EXPECT_EQ(answer.data->ambr_downlink, hss.config.ambr_downlink);
  ASSERT_EQ(answer.data->apns.size(), 2U);
  EXPECT_EQ(answer.data->apns[0].name, "internet");
  EXPECT_EQ(answer.data->apns[0].context_identifier, 1U);
  EXPECT_EQ(answer.data->apns[1].name, "ims");
  EXPECT_FALSE(hss.ulr("mme1", imsi, {}, s6a | skip_subscriber_data).data);
}

TEST_F(UlrTest, refusals_have_the_codes_of_the_standard) {
  EXPECT_EQ(hss.ulr("mme1", "001010000000009").code, unknown_user);
  EXPECT_EQ(hss.ulr("mme1", "nobody").code, unknown_user);
  EXPECT_EQ(hss.ulr("sgsn1", imsi, {}, 0).code, diameter::result::unable_to_comply);
  hss.committer.broken = true;
  EXPECT_EQ(hss.ulr("mme1", imsi).code, diameter::result::unable_to_comply);
  EXPECT_FALSE(stored().registration);
}

TEST_F(UlrTest, nothing_is_answered_before_the_registration_is_durable) {
  hss.deliver("mme1", hss.ulr_frame("mme1", imsi));
  EXPECT_TRUE(hss.sent[hss.link("mme1")].empty());
  hss.settle();
  ASSERT_TRUE(stored().registration);
  EXPECT_EQ(stored().registration->host, "mme1");
  EXPECT_EQ(stored().registration->realm, "visited.example");
  EXPECT_EQ(stored().registration->visited_plmn.str(), "001-01");
  EXPECT_EQ(hss.sent[hss.link("mme1")].size(), 1U);
}

TEST_F(UlrTest, what_is_stored_already_is_not_written_again) {
  bind_to_a();
  (void)hss.air("mme1", imsi);
  ASSERT_EQ(hss.ulr("mme1", imsi).code, success);
  ASSERT_TRUE(stored().binding.evidence);
  const std::size_t before = hss.committer.batches;
  ASSERT_EQ(hss.ulr("mme1", imsi).code, success);
  EXPECT_EQ(hss.committer.batches, before);
  hss.admin({store::RemoveRegistration{imsi_of(imsi), "mme1"}});
  ASSERT_EQ(hss.ulr("mme1", imsi).code, success);
  EXPECT_TRUE(stored().registration) << "but what went meanwhile is";
  ASSERT_EQ(hss.ulr("mme2", imsi).code, success);
  EXPECT_EQ(stored().registration->host, "mme2");
}

TEST_F(UlrTest, a_subscriber_removed_before_the_commit_or_the_answer_is_unknown) {
  const Bytes frame = hss.ulr_frame("mme1", imsi);
  hss.deliver("mme1", frame);
  hss.admin({store::RemoveSubscriber{imsi_of(imsi)}});
  hss.settle();
  const Bytes answer = hss.take_answer(hss.link("mme1"), diameter::read_header(frame).hop_by_hop);
  ASSERT_FALSE(answer.empty());
  EXPECT_EQ(diameter::decode_ula(answer).message->code, unknown_user);
}

TEST_F(UlrTest, what_add_reports_is_recorded_with_whether_it_is_authorised) {
  bind_to_a();
  (void)hss.ulr("mme1", imsi, imei_a);
  (void)hss.ulr("mme2", imsi, stranger);
  (void)hss.ulr("mme2", imsi, stranger);
  const auto history = *hss.store().history(imsi_of(imsi));
  ASSERT_EQ(history.size(), 2U);
  for (const auto& entry : history) {
    const bool own = entry.imei == imei_a;
    EXPECT_EQ(entry.authorised, own);
    EXPECT_EQ(entry.host, own ? "mme1" : "mme2");
    EXPECT_EQ(entry.count, own ? 1U : 2U);
    EXPECT_EQ(entry.plmn, "001-01");
    EXPECT_EQ(entry.software_version, "01");
  }
}

TEST_F(UlrTest, the_first_fourteen_digits_of_a_reported_imei_count) {
  bind_to_a();
  for (const char* form : {"35693803564380", "356938035643809", "356938035643800", "3569380356438012"}) {
    EXPECT_EQ(hss.ulr("mme1", imsi, form).code, success);
    EXPECT_EQ(stored().binding.reported->imei, imei_of(imei_a)) << form;
  }
  EXPECT_THAT(hss.events(), testing::IsEmpty());
}

TEST_F(UlrTest, a_malformed_imei_is_recorded_and_fails_nothing) {
  bind_to_a();
  for (const char* form : {"12345", "35693803564380901", "35693803564380x", "abcdefghijklmno", "\x1b[2J\n",
                           "123456789012345678901234567890123456789012345"}) {
    EXPECT_EQ(hss.ulr("mme1", imsi, form).code, success) << form;
  }
  const auto history = *hss.store().history(imsi_of(imsi));
  EXPECT_FALSE(stored().binding.reported) << "it selects nothing";
  for (const auto& entry : history) {
    EXPECT_FALSE(entry.authorised) << entry.imei;
    EXPECT_LE(entry.imei.size(), 32U);
    for (const char c : entry.imei) EXPECT_TRUE(c >= 0x20 && c <= 0x7e);
  }
  EXPECT_EQ(history.size(), 6U);
  EXPECT_THAT(hss.events(), testing::Contains("imei-malformed"));
}

// One transaction: a crash leaves neither the registration nor the event, or both.
TEST_F(UlrTest, the_event_of_a_report_is_committed_with_the_registration) {
  bind_to_a();
  hss.deliver("mme1", hss.ulr_frame("mme1", imsi, stranger));
  ASSERT_EQ(hss.committer.queued(), 1U);
  EXPECT_TRUE(hss.committer.pump());
  EXPECT_EQ(hss.committer.queued(), 0U) << "nothing follows that a crash could lose";
  EXPECT_TRUE(stored().registration);
  EXPECT_THAT(hss.events(), testing::ElementsAre("imei-mismatch"));
}

TEST_F(UlrTest, a_commit_that_fails_leaves_the_event_to_the_next_report) {
  bind_to_a();
  hss.committer.broken = true;
  EXPECT_NE(hss.ulr("mme1", imsi, stranger).code, success);
  EXPECT_THAT(hss.events(), testing::IsEmpty());
  hss.committer.broken = false;
  EXPECT_EQ(hss.ulr("mme1", imsi, stranger).code, success);
  EXPECT_THAT(hss.events(), testing::ElementsAre("imei-mismatch"));
}

TEST_F(UlrTest, a_stranger_raises_an_event_in_observe_and_enforce_but_not_in_off) {
  const auto events_in = [&](binding::Mode mode) {
    bind_to_a(mode);
    const std::size_t before = hss.events().size();
    hss.clock.advance_ms(120'000);
    EXPECT_EQ(hss.ulr("mme1", imsi, stranger).code, success);
    hss.settle();
    auto kinds = hss.events();
    return std::vector<std::string>(kinds.begin() + static_cast<std::ptrdiff_t>(before), kinds.end());
  };
  EXPECT_THAT(events_in(binding::Mode::off), testing::IsEmpty());
  EXPECT_THAT(events_in(binding::Mode::observe), testing::ElementsAre("imei-mismatch"));
  EXPECT_THAT(events_in(binding::Mode::enforce), testing::ElementsAre("imei-mismatch"));
  bind(binding::Mode::observe, {});
  hss.clock.advance_ms(120'000);
  EXPECT_EQ(hss.ulr("mme1", imsi, stranger).code, success);
  hss.settle();
  EXPECT_THAT(hss.events(), testing::Contains("imei-new"));
}

TEST_F(UlrTest, the_reported_device_selects_the_key_of_the_next_vector) {
  bind_to_a_and_b();
  const auto key_in_use = [&](const Secret& key) {
    const auto vector = hss.air("mme1", imsi).vectors.at(0);
    return is_success(present(decrypt(vector.rand, key), vector));
  };
  EXPECT_TRUE(key_in_use(key_a)) << "the first association";
  (void)hss.ulr("mme1", imsi, imei_b);
  EXPECT_TRUE(key_in_use(key_b));
  (void)hss.ulr("mme1", imsi, imei_a);
  EXPECT_TRUE(key_in_use(key_a));
  hss.restart();
  EXPECT_TRUE(key_in_use(key_a)) << "stored, not only remembered";
}

TEST_F(UlrTest, a_stranger_never_selects_and_evidence_decides) {
  bind_to_a_and_b();
  (void)hss.ulr("mme1", imsi, imei_b);
  (void)hss.air("mme1", imsi);
  (void)hss.ulr("mme1", imsi, imei_b);
  (void)hss.ulr("mme1", imsi, stranger);
  ASSERT_TRUE(stored().binding.evidence);
  EXPECT_EQ(stored().binding.evidence->imei, imei_of(imei_b));
  const auto vector = hss.air("mme1", imsi).vectors.at(0);
  EXPECT_TRUE(is_success(present(decrypt(vector.rand, key_b), vector)));
}

TEST_F(UlrTest, a_ulr_of_a_node_that_was_given_no_vector_is_no_evidence) {
  bind_to_a_and_b();
  (void)hss.air("mme1", imsi);
  (void)hss.ulr("mme2", imsi, imei_a);
  EXPECT_FALSE(stored().binding.evidence);
}

}  // namespace
}  // namespace simbiont::test

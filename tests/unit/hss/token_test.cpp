// Keys in a token: requests wait for it, within limits, and never get a plain RAND for want of it.
#include <deque>

#include "hss/token_desk.h"
#include "operator_fixture.h"

namespace simbiont::test {
namespace {

// A token whose work is done when the test says so.
class FakeDesk final : public hss::TokenDesk {
 public:
  explicit FakeDesk(const Secret& k_me) : k_me_(k_me) {}
  bool submit(hss::TokenJob job, Done done) override {
    if (jobs_.size() >= room) return false;
    jobs_.emplace_back(std::move(job), std::move(done));
    return true;
  }
  bool lost() const override { return is_lost; }
  std::int64_t timeout_ms() const override { return 2000; }

  std::size_t pump() {
    std::size_t count = 0;
    for (; !jobs_.empty(); ++count) {
      auto [job, done] = std::move(jobs_.front());
      jobs_.pop_front();
      const binding::Transform transform(binding::TransformAlgorithm::aes128, k_me_, job.imsi);
      for (auto& rand : job.rands) rand.wire = transform.apply(rand.plain);
      for (const auto& each : job.inversions)
        job.inverted.push_back({each.pair, transform.invert(each.rand)});
      if (fails) job.status = error(Errc::unavailable, "gone");
      done(std::move(job));
    }
    return count;
  }
  std::size_t waiting() const { return jobs_.size(); }
  bool is_lost = false, fails = false;
  std::size_t room = 100;

 private:
  const Secret k_me_;
  std::deque<std::pair<hss::TokenJob, Done>> jobs_;
};

class TokenTest : public OperatorTest {
 protected:
  static constexpr const char* free_imsi = "001010000000002";

  void SetUp() override {
    OperatorTest::SetUp();
    add_subscriber(free_imsi);
    binding::Kme kme{"vault", binding::TransformAlgorithm::aes128, {}, binding::KeyUse::token};
    kme.epochs.push_back({1, binding::EpochState::active, {}});
    kme.epochs.back().token = binding::TokenKey{Bytes(16, 7), {1, 2, 3}};
    hss.admin({store::PutKme{kme}, store::PutDevice{{imei_of(imei_a), "vault", 1}}});
    bind(binding::Mode::enforce, {{imei_a, "vault"}});
    hss.core().use_token(&desk);
  }
  Bytes begin(std::uint32_t vectors = 1, ByteView resync = {}) {
    const Bytes frame = hss.air_frame("mme1", imsi, vectors, resync);
    hss.deliver("mme1", frame);
    hss.settle();
    return frame;
  }
  HssHarness::AirAnswer answer_to(const Bytes& frame) {
    return hss.read_air_answer(hss.take_answer(hss.link("mme1"), diameter::read_header(frame).hop_by_hop));
  }
  HssHarness::AirAnswer ask(std::uint32_t vectors = 1, ByteView resync = {}) {
    const Bytes frame = begin(vectors, resync);
    while (desk.pump() > 0) hss.settle();
    return answer_to(frame);
  }
  bool accepts(const diameter::EutranVector& vector) {
    return is_success(present(decrypt(vector.rand, key_a), vector));
  }

  FakeDesk desk{key_a};
};

TEST_F(TokenTest, vectors_are_hidden_by_the_token_and_the_card_takes_them) {
  const auto answer = ask(3);
  ASSERT_EQ(answer.code, success);
  ASSERT_EQ(answer.vectors.size(), 3U);
  for (const auto& vector : answer.vectors) EXPECT_TRUE(accepts(vector));
  const auto next = ask().vectors.at(0);
  EXPECT_TRUE(is_mac_failure(present(next.rand, next)));
}

TEST_F(TokenTest, others_are_answered_while_the_token_is_slow) {
  const Bytes frame = begin();
  EXPECT_EQ(desk.waiting(), 1U);
  EXPECT_EQ(hss.air("mme1", free_imsi).code, success);
  EXPECT_TRUE(hss.take_answer(hss.link("mme1"), diameter::read_header(frame).hop_by_hop).empty());
}

TEST_F(TokenTest, a_token_that_is_too_slow_is_4181_and_its_late_word_changes_nothing) {
  const Bytes frame = begin();
  hss.clock.advance_ms(1999);
  hss.core().on_time();
  EXPECT_EQ(answer_to(frame).code.value, 0U);
  hss.clock.advance_ms(1);
  hss.core().on_time();
  const auto answer = answer_to(frame);
  EXPECT_EQ(answer.code, no_data);
  EXPECT_TRUE(answer.vectors.empty());
  desk.pump();
  EXPECT_TRUE(hss.sent[hss.link("mme1")].empty());
  hss.settle();
  EXPECT_THAT(hss.events(), testing::Contains("token-lost"));
}

TEST_F(TokenTest, lost_failing_full_and_absent_are_4181_and_never_plain) {
  desk.is_lost = true;
  EXPECT_EQ(ask().code, no_data);
  EXPECT_EQ(hss.air("mme1", free_imsi).code, success);
  desk.is_lost = false;
  desk.fails = true;
  EXPECT_EQ(ask().code, no_data);
  desk.fails = false;
  desk.room = 0;
  EXPECT_EQ(ask().code, no_data);
  desk.room = 1;
  EXPECT_EQ(ask().code, success);
  hss.core().use_token(nullptr);
  EXPECT_EQ(ask().code, no_data);
}

TEST_F(TokenTest, a_resynchronisation_is_inverted_by_the_token) {
  card.accepted_seq().fill(1'000'000);
  const auto vector = ask().vectors.at(0);
  const Bytes info = resync_info(vector, present(decrypt(vector.rand, key_a), vector));
  const auto answer = ask(1, info);
  ASSERT_EQ(answer.code, success);
  EXPECT_TRUE(accepts(answer.vectors.at(0)));
  Bytes wrong = info;
  wrong.back() ^= 1;
  EXPECT_EQ(ask(1, wrong).code, no_data);
}

TEST_F(TokenTest, a_binding_that_changes_while_a_request_waits_holds_for_its_answer) {
  const Bytes frame = begin();
  add_device(imei_b, "kme-b", key_b);
  bind(binding::Mode::enforce, {{imei_b, "kme-b"}});
  while (desk.pump() > 0) hss.settle();
  hss.settle();
  const auto answer = answer_to(frame);
  ASSERT_EQ(answer.code, success);
  EXPECT_TRUE(is_success(present(decrypt(answer.vectors.at(0).rand, key_b), answer.vectors.at(0))));
}

TEST_F(TokenTest, a_ulr_after_an_answer_under_a_tokens_key_is_evidence) {
  ASSERT_EQ(ask().code, success);
  EXPECT_EQ(hss.ulr("mme1", imsi, imei_a).code, success);
  hss.settle();
  ASSERT_TRUE(stored().binding.evidence);
  EXPECT_EQ(stored().binding.evidence->imei, imei_of(imei_a));
}

}  // namespace
}  // namespace simbiont::test

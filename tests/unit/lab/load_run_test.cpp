// The load generator over real TCP against a peer that does what the test tells it.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "fake_hss.h"
#include "lab/load.h"

namespace simbiont::lab {
namespace {

const std::atomic<bool> never{false};

LoadPlan plan_for(const FakeHss& hss) {
  LoadPlan plan;
  plan.where = {"127.0.0.1", hss.port()};
  plan.first_imsi = "001010000000000";
  plan.count = 1000;
  plan.warmup_ms = 0;
  plan.duration_ms = 200;
  plan.timeout_ms = 20'000;
  return plan;
}

void answer(FakeHss& hss, ByteView request, diameter::ResultCode code = diameter::result::success) {
  Bytes out;
  if (code == diameter::result::success) {
    diameter::Aia aia;
    aia.code = code;
    diameter::encode_aia(request, hss.self(), aia, out);
  } else {
    diameter::encode_refusal(request, hss.self(), {code, {}, {}}, out);
  }
  hss.peer().send(out);
}

TEST(LoadRun, closed_loop_keeps_the_window_full_and_no_fuller) {
  std::atomic<int> most{0};
  std::vector<Bytes> held;
  FakeHss hss([&](FakeHss& self, ByteView frame) {
    held.emplace_back(frame.begin(), frame.end());
    most = std::max<int>(most, static_cast<int>(held.size()));
    if (held.size() < 8) return;
    for (const Bytes& each : held) answer(self, each);
    held.clear();
  });
  LoadPlan plan = plan_for(hss);
  plan.window = 8;
  const auto result = run_load(plan, {}, never);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(most, 8);
  EXPECT_GT(result->tally.succeeded, 8U);
  EXPECT_EQ(result->tally.failed, 0U);
  EXPECT_TRUE(result->tally.lost.empty());
}

// The peer sleeps through the whole time of sending, and its buffers hold a part of the requests only: most
// leave late. Counted from when they were due, not one was faster than the sleep's rest.
TEST(LoadRun, open_loop_latency_counts_from_the_scheduled_time) {
  bool slept = false;
  FakeHss hss([&](FakeHss& self, ByteView frame) {
    if (!slept) std::this_thread::sleep_for(std::chrono::milliseconds(400));
    slept = true;
    answer(self, frame);
  });
  LoadPlan plan = plan_for(hss);
  plan.rate = 200'000;
  const auto result = run_load(plan, {}, never);
  ASSERT_TRUE(result.ok()) << result.error().message;
  const LoadHistogram& latency = result->tally.latency;
  EXPECT_NEAR(static_cast<double>(latency.count()), 40'000, 2);  // each one that was due, sent in time or not
  EXPECT_GE(latency.percentile(0.1), 150'000'000U);
  EXPECT_GE(latency.max(), 380'000'000U);
}

TEST(LoadRun, error_answers_count_for_nothing_in_the_rate) {
  unsigned number = 0;
  FakeHss hss([&](FakeHss& self, ByteView frame) {
    answer(self, frame, number++ % 2 == 0 ? diameter::result::success : diameter::result::user_unknown);
  });
  LoadPlan plan = plan_for(hss);
  plan.window = 4;
  const auto result = run_load(plan, {}, never);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_GT(result->tally.failed, 0U);
  EXPECT_NEAR(static_cast<double>(result->tally.succeeded), static_cast<double>(result->tally.failed), 4);
  EXPECT_DOUBLE_EQ(result->rate(), static_cast<double>(result->tally.succeeded) / result->seconds);
  EXPECT_EQ(result->tally.latency.count(), result->tally.succeeded);
  EXPECT_EQ(result->tally.codes.size(), 2U);
}

TEST(LoadRun, answers_to_nothing_and_requests_of_the_peer_disturb_nothing) {
  FakeHss hss([](FakeHss& self, ByteView frame) {
    answer(self, frame);
    answer(self, frame);  // once more: nobody waits for it
    Bytes clr;
    diameter::Clr message;
    message.routing = {"s;1", "hss.fake.example", "fake.example", "mme1.load.example", "load.example"};
    message.user_name = "001010000000001";
    diameter::encode_clr(message, self.peer().next_ids(), clr);
    self.peer().send(clr);
  });
  const auto result = run_load(plan_for(hss), {}, never);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_GT(result->tally.succeeded, 0U);
  EXPECT_GT(result->tally.unexpected, 0U);
  EXPECT_GT(result->tally.cancelled, 0U);
  EXPECT_TRUE(result->tally.lost.empty());
}

TEST(LoadRun, a_lost_connection_is_told) {
  FakeHss hss([](FakeHss& self, ByteView) { self.hang_up(); });
  const auto result = run_load(plan_for(hss), {}, never);
  ASSERT_TRUE(result.ok()) << result.error().message;
  ASSERT_EQ(result->tally.lost.size(), 1U);
  EXPECT_EQ(result->tally.lost.front(), "the peer closed the connection");
}

TEST(LoadRun, stop_ends_it_early) {
  FakeHss hss([](FakeHss& self, ByteView frame) { answer(self, frame); });
  LoadPlan plan = plan_for(hss);
  plan.duration_ms = 600'000;
  std::atomic<bool> stop{false};
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop = true;
  });
  const auto result = run_load(plan, {}, stop);
  later.join();
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_LT(result->seconds, 60);
  EXPECT_GT(result->tally.succeeded, 0U);
}

TEST(LoadRun, it_ends_after_as_many_requests_as_asked) {
  for (const double rate : {0.0, 20'000.0}) {
    std::atomic<unsigned> asked{0};
    FakeHss hss([&](FakeHss& self, ByteView frame) {
      ++asked;
      answer(self, frame);
    });
    LoadPlan plan = plan_for(hss);
    plan.window = 16;
    plan.rate = rate;
    plan.requests = 99;
    plan.duration_ms = 600'000;
    const auto result = run_load(plan, {}, never);
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(asked, 99U);
    EXPECT_EQ(result->tally.succeeded, 99U);
    EXPECT_EQ(result->tally.unsent, 0U);
    EXPECT_LT(result->seconds, 60);
  }
}

TEST(LoadRun, nobody_listening_is_an_error) {
  LoadPlan plan;
  plan.first_imsi = "001010000000000";
  plan.where = {"127.0.0.1", 1};
  EXPECT_FALSE(run_load(plan, {}, never).ok());
}

}  // namespace
}  // namespace simbiont::lab

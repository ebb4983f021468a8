// The committing thread: groups become one transaction, completions come on the caller's thread, drain leaves
// nothing.
#include "hss/committer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "support/manual_parts.h"

namespace simbiont::hss {
namespace {

using test::imsi_of;

store::Changes add(int number) {
  return {store::PutSubscriber{{imsi_of("00101" + std::to_string(1'000'000'000 + number)),
                                aka::Algorithm::milenage,
                                test::secret_of("00000000000000000000000000000001"),
                                test::secret_of("00000000000000000000000000000002"),
                                {},
                                0,
                                "",
                                {}},
                               false}};
}

TEST(ThreadCommitter, every_group_is_completed_on_the_caller_s_thread_with_its_own_status) {
  const auto store = store::make_memory_store();
  std::atomic<int> wakes = 0;
  auto committer = std::make_unique<ThreadCommitter>(*store, [&] { ++wakes; });
  const auto self = std::this_thread::get_id();
  int good = 0, bad = 0;
  for (int i = 0; i < 500; ++i)
    committer->submit(add(i % 400), [&](const Status& status) {
      EXPECT_EQ(std::this_thread::get_id(), self);
      ++(status.ok() ? good : bad);
    });
  committer->drain();
  EXPECT_EQ(good, 400);
  EXPECT_EQ(bad, 100) << "already there";
  EXPECT_EQ(store->counts()->subscribers, 400U);
  committer.reset();
  EXPECT_GE(wakes, 1);
}

TEST(ThreadCommitter, drain_waits_for_what_completions_submit) {
  const auto store = store::make_memory_store();
  ThreadCommitter committer(*store, [] {});
  int depth = 0;
  std::function<void(const Status&)> again = [&](const Status&) {
    if (++depth < 10) committer.submit(add(depth), again);
  };
  committer.submit(add(0), again);
  committer.drain();
  EXPECT_EQ(depth, 10);
  EXPECT_EQ(store->counts()->subscribers, 10U);
}

store::Changes evidence(int number, UnixMs at) {
  return {store::SetEvidence{imsi_of("00101" + std::to_string(1'000'000'000 + number)),
                             {test::imei_of("35693803564380"), at},
                             true}};
}

std::optional<binding::Hint> evidence_of(store::Store& store, int number) {
  const auto state = store.subscriber(imsi_of("00101" + std::to_string(1'000'000'000 + number)));
  return (*state)->binding.evidence;
}

TEST(ThreadCommitter, what_can_wait_is_written_at_the_end_at_the_latest) {
  const auto store = store::make_memory_store();
  {
    ThreadCommitter committer(*store, [] {});
    for (int i = 0; i < 1500; ++i) {
      committer.submit(add(i), nullptr);
      committer.submit_later(imsi_of("00101" + std::to_string(1'000'000'000 + i)), evidence(i, 1));
      committer.submit_later(imsi_of("00101" + std::to_string(1'000'000'000 + i)), evidence(i, 7));
    }
  }
  for (const int i : {0, 700, 1499}) EXPECT_EQ(evidence_of(*store, i)->at, 7) << i;
}

TEST(ThreadCommitter, what_can_wait_is_written_soon_without_anything_else_to_write) {
  const auto store = store::make_memory_store();
  ThreadCommitter committer(*store, [] {});
  committer.submit(add(1), nullptr);
  committer.drain();
  committer.submit_later(imsi_of("001011000000001"), evidence(1, 7));
  for (int i = 0; i < 600 && !evidence_of(*store, 1); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_TRUE(evidence_of(*store, 1));
}

TEST(ThreadCommitter, hurry_takes_one_out_of_what_can_wait) {
  const auto store = store::make_memory_store();
  ThreadCommitter committer(*store, [] {});
  for (const int i : {1, 2}) {
    committer.submit(add(i), nullptr);
    committer.submit_later(imsi_of("00101" + std::to_string(1'000'000'000 + i)), evidence(i, 7));
  }
  committer.hurry({imsi_of("001011000000003"), imsi_of("001011000000002")});
  committer.drain();
  EXPECT_TRUE(evidence_of(*store, 2));
}

TEST(ThreadCommitter, what_is_queued_is_committed_at_the_end) {
  const auto store = store::make_memory_store();
  {
    ThreadCommitter committer(*store, [] {});
    for (int i = 0; i < 50; ++i) committer.submit(add(i), nullptr);
  }
  EXPECT_EQ(store->counts()->subscribers, 50U);
}

}  // namespace
}  // namespace simbiont::hss

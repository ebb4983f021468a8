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

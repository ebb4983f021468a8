// Group commit: what many requests change becomes one durable transaction, made on a thread of its own so
// that the event loop goes on answering.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "store/store.h"

namespace simbiont::hss {

class Committer {
 public:
  virtual ~Committer() = default;
  using Done = std::function<void(const Status&)>;
  // `done` is called on the loop's thread after this returned: the group is durable, or nothing of it
  // happened.
  virtual void submit(store::Changes group, Done done) = 0;
};

class ThreadCommitter final : public Committer {
 public:
  // wake: called on the committer's thread when poll() has something to do.
  ThreadCommitter(store::Store& store, std::function<void()> wake);
  ThreadCommitter(const ThreadCommitter&) = delete;
  ThreadCommitter& operator=(const ThreadCommitter&) = delete;
  ~ThreadCommitter() override;  // commits what is queued; calls no more `done`

  // The rest is for the loop's thread.
  void submit(store::Changes group, Done done) override;
  void poll();   // calls `done` of the groups that are through
  void drain();  // waits until nothing is queued or under way, with every `done` called, also of groups
                 // submitted by them

 private:
  struct Job {
    Done done;
    Status status;
  };
  static constexpr std::size_t max_batch = 4096;  // groups of one transaction

  void work();

  store::Store& store_;
  std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable submitted_, completed_;
  std::vector<store::Changes> queue_;
  std::vector<Done> queue_done_;
  std::vector<Job> ready_;
  std::size_t unfinished_ = 0;  // submitted, and `done` not yet called
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace simbiont::hss

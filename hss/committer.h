// Group commit: what many requests change becomes one durable transaction, made on a thread of its own so
// that the event loop goes on answering.
#pragma once

#include <chrono>
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
  // For what a crash may lose, and what comes after it may overtake: written some seconds later, in the order
  // of the IMSIs, since neighbours share a page.
  virtual void submit_later(const Imsi& imsi, store::Changes group) = 0;
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
  void submit_later(const Imsi& imsi, store::Changes group) override;
  void hurry(std::vector<Imsi> imsis);  // what was submitted for later of these joins the queue
  void poll();                          // calls `done` of the groups that are through
  void drain();  // waits until nothing is queued or under way, with every `done` called, also of groups
                 // submitted by them

 private:
  struct Job {
    Done done;
    Status status;
  };
  struct Later {
    std::uint64_t imsi_key;
    store::Changes group;
  };
  static constexpr std::size_t max_batch = 4096;   // groups of one transaction
  static constexpr std::size_t later_batch = 512;  // of them, what nobody waits for
  static constexpr std::size_t later_full = 32768;
  static constexpr std::chrono::seconds later_life{2};

  void work();
  bool is_later_due() const;
  void wait(std::unique_lock<std::mutex>& lock);
  // What the next transaction is made of; nothing: the end. Under the lock.
  void take(std::vector<store::Changes>& groups, std::vector<Done>& done);

  store::Store& store_;
  std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable submitted_, completed_;
  std::vector<store::Changes> queue_;
  std::vector<Done> queue_done_;
  std::vector<Later> later_;
  std::vector<Later> run_;  // is being written, from its end
  std::chrono::steady_clock::time_point later_due_;
  std::vector<Job> ready_;
  std::size_t unfinished_ = 0;  // submitted, and `done` not yet called
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace simbiont::hss

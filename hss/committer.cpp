#include "hss/committer.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace simbiont::hss {

ThreadCommitter::ThreadCommitter(store::Store& store, std::function<void()> wake)
    : store_(store), wake_(std::move(wake)), thread_([this] { work(); }) {}

ThreadCommitter::~ThreadCommitter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  submitted_.notify_one();
  thread_.join();
}

void ThreadCommitter::submit(store::Changes group, Done done) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(group));
    queue_done_.push_back(std::move(done));
    ++unfinished_;
  }
  submitted_.notify_one();
}

void ThreadCommitter::poll() {
  std::vector<Job> jobs;
  {
    const std::lock_guard lock(mutex_);
    jobs.swap(ready_);
    unfinished_ -= jobs.size();
  }
  for (const Job& job : jobs)
    if (job.done) job.done(job.status);
}

void ThreadCommitter::drain() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (unfinished_ == 0) return;
      completed_.wait(lock, [this] { return !ready_.empty(); });
    }
    poll();
  }
}

void ThreadCommitter::work() {
  for (;;) {
    std::vector<store::Changes> groups;
    std::vector<Done> done;
    {
      std::unique_lock lock(mutex_);
      submitted_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), max_batch));
      std::move(queue_.begin(), queue_.begin() + count, std::back_inserter(groups));
      std::move(queue_done_.begin(), queue_done_.begin() + count, std::back_inserter(done));
      queue_.erase(queue_.begin(), queue_.begin() + count);
      queue_done_.erase(queue_done_.begin(), queue_done_.begin() + count);
    }
    std::vector<Status> statuses = store_.commit(groups);
    {
      const std::lock_guard lock(mutex_);
      for (std::size_t i = 0; i < done.size(); ++i)
        ready_.push_back({std::move(done[i]), std::move(statuses[i])});
    }
    completed_.notify_one();
    wake_();
  }
}

}  // namespace simbiont::hss

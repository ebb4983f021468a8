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

void ThreadCommitter::submit_later(const Imsi& imsi, store::Changes group) {
  bool due = false;
  {
    const std::lock_guard lock(mutex_);
    if (later_.empty()) later_due_ = std::chrono::steady_clock::now() + later_life;
    due = later_.empty() || later_.size() + 1 == later_full;
    later_.push_back({imsi.key(), std::move(group)});
  }
  if (due) submitted_.notify_one();
}

void ThreadCommitter::hurry(std::vector<Imsi> imsis) {
  std::vector<store::Changes> found;
  std::sort(imsis.begin(), imsis.end());
  const auto take = [&](Later& each) {
    if (!std::binary_search(imsis.begin(), imsis.end(), Imsi::from_key(each.imsi_key))) return false;
    found.push_back(std::move(each.group));
    return true;
  };
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(run_, take);
    std::erase_if(later_, take);
  }
  for (store::Changes& group : found) submit(std::move(group), nullptr);
}

bool ThreadCommitter::is_later_due() const {
  return !later_.empty() &&
         (stopping_ || later_.size() >= later_full || std::chrono::steady_clock::now() >= later_due_);
}

void ThreadCommitter::wait(std::unique_lock<std::mutex>& lock) {
  while (!stopping_ && queue_.empty() && run_.empty() && !is_later_due()) {
    if (later_.empty()) {
      submitted_.wait(lock);
    } else {
      submitted_.wait_until(lock, later_due_);
    }
  }
}

void ThreadCommitter::take(std::vector<store::Changes>& groups, std::vector<Done>& done) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(queue_.size(), max_batch));
  std::move(queue_.begin(), queue_.begin() + count, std::back_inserter(groups));
  std::move(queue_done_.begin(), queue_done_.begin() + count, std::back_inserter(done));
  queue_.erase(queue_.begin(), queue_.begin() + count);
  queue_done_.erase(queue_done_.begin(), queue_done_.begin() + count);
  if (run_.empty() && is_later_due()) {
    run_.swap(later_);
    std::stable_sort(run_.begin(), run_.end(),
                     [](const Later& a, const Later& b) { return b.imsi_key < a.imsi_key; });
  }
  for (std::size_t i = 0; i < later_batch && !run_.empty(); ++i) {
    groups.push_back(std::move(run_.back().group));
    run_.pop_back();
  }
}

void ThreadCommitter::work() {
  for (;;) {
    std::vector<store::Changes> groups;
    std::vector<Done> done;
    {
      std::unique_lock lock(mutex_);
      wait(lock);
      take(groups, done);
    }
    if (groups.empty()) return;
    std::vector<Status> statuses = store_.commit(groups);
    if (done.empty()) continue;
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

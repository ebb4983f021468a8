#include "admin/workers.h"

#include <utility>

namespace simbiont::admin {

void Workers::enqueue(std::function<void()> serve_connection) {
  std::unique_lock lock(mutex_);
  taken_.wait(lock, [this] { return stopping_ || waiting_.size() < max_waiting; });
  waiting_.push_back(std::move(serve_connection));
  if (idle_ < waiting_.size() && threads_.size() < max_threads) threads_.emplace_back([this] { work(); });
  lock.unlock();
  added_.notify_one();
}

void Workers::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  added_.notify_all();
  taken_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    added_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    --idle_;
    if (waiting_.empty()) return;
    const auto serve_connection = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    taken_.notify_one();
    serve_connection();
    lock.lock();
  }
}

}  // namespace simbiont::admin

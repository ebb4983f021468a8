// The threads that serve the admin socket: one a connection, so that a client that says nothing holds up
// nobody but itself.
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace simbiont::admin {

class Workers final : public httplib::TaskQueue {
 public:
  static constexpr std::size_t max_threads = 256, max_waiting = 256;

  // Waits while max_waiting connections wait: the next ones stay with the kernel.
  void enqueue(std::function<void()> serve_connection) override;
  // Serves what waits, then joins.
  void shutdown() override;

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable added_, taken_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace simbiont::admin

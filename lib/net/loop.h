// The event loop: one thread runs it, and everything of net/ happens on that thread unless it says otherwise.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

namespace asio {
class io_context;
}

namespace simbiont::net {

class Loop {
 public:
  Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  void run();                             // returns after stop()
  void stop();                            // from any thread
  void post(std::function<void()> work);  // from any thread; runs on the loop's thread
  // Calls `tick` about every `period_ms` for as long as the loop lives. Once per loop.
  void every_ms(std::int64_t period_ms, std::function<void()> tick);

  asio::io_context& context() { return *context_; }

 private:
  struct Ticker;
  std::unique_ptr<asio::io_context> context_;
  std::unique_ptr<Ticker> ticker_;
};

}  // namespace simbiont::net

#include "net/loop.h"

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <utility>

namespace simbiont::net {

struct Loop::Ticker {
  asio::steady_timer timer;
  std::chrono::milliseconds period;
  std::function<void()> tick;

  void arm() {
    timer.expires_after(period);
    timer.async_wait([this](const asio::error_code& failure) {
      if (failure) return;
      tick();
      arm();
    });
  }
};

Loop::Loop() : context_(std::make_unique<asio::io_context>(1)) {}
Loop::~Loop() = default;

void Loop::run() {
  const auto guard = asio::make_work_guard(*context_);
  context_->run();
}

void Loop::stop() { context_->stop(); }

void Loop::post(std::function<void()> work) { asio::post(*context_, std::move(work)); }

void Loop::every_ms(std::int64_t period_ms, std::function<void()> tick) {
  ticker_.reset(
      new Ticker{asio::steady_timer(*context_), std::chrono::milliseconds(period_ms), std::move(tick)});
  ticker_->arm();
}

}  // namespace simbiont::net

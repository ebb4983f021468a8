// The TokenDesk of a running HSS: a few threads, each with a session of its own in the token.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "crypto/token.h"
#include "hss/token_desk.h"

namespace simbiont::hss {

struct TokenLimits {
  std::size_t workers = 4;
  std::size_t queue = 4096;
  std::int64_t timeout_ms = 2000;
};

class TokenWorkers final : public TokenDesk {
 public:
  // wake: called on a worker's thread when poll() has something to do.
  TokenWorkers(crypto::Token& token, const TokenLimits& limits, std::function<void()> wake);
  TokenWorkers(const TokenWorkers&) = delete;
  TokenWorkers& operator=(const TokenWorkers&) = delete;
  ~TokenWorkers() override;  // calls no more `done`

  bool submit(TokenJob job, Done done) override;
  bool lost() const override { return !token_.connected(); }
  std::int64_t timeout_ms() const override { return limits_.timeout_ms; }
  void poll();  // on the loop's thread: calls `done` of what is through

 private:
  struct Item {
    TokenJob job;
    Done done;
  };
  void work();
  void perform(TokenJob& job);

  crypto::Token& token_;
  const TokenLimits limits_;
  std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable submitted_;
  std::deque<Item> queue_;
  std::vector<Item> ready_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace simbiont::hss

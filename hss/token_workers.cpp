#include "hss/token_workers.h"

#include <optional>
#include <utility>

#include "binding/token_transform.h"

namespace simbiont::hss {

void TokenJob::erase() {
  for (auto& each : rands) zeroise(each.plain.octets);
  for (auto& each : inverted) zeroise(each.rand.octets);
}

TokenWorkers::TokenWorkers(crypto::Token& token, const TokenLimits& limits, std::function<void()> wake)
    : token_(token), limits_(limits), wake_(std::move(wake)) {
  for (std::size_t i = 0; i < limits_.workers; ++i) threads_.emplace_back([this] { work(); });
}

TokenWorkers::~TokenWorkers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  submitted_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool TokenWorkers::submit(TokenJob job, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= limits_.queue) return false;
    queue_.push_back({std::move(job), std::move(done)});
  }
  submitted_.notify_one();
  return true;
}

void TokenWorkers::poll() {
  std::vector<Item> ready;
  {
    const std::lock_guard lock(mutex_);
    ready.swap(ready_);
  }
  for (Item& item : ready) item.done(std::move(item.job));
}

void TokenWorkers::perform(TokenJob& job) {
  if (!job.rands.empty())
    job.status = binding::TokenTransform(token_, job.algorithm, job.key, job.imsi).apply(job.rands);
  job.inverted.reserve(job.inversions.size());
  for (const TokenInversion& each : job.inversions) {
    auto rand = binding::TokenTransform(token_, each.algorithm, each.key, job.imsi).invert(each.rand);
    if (!rand) {
      job.status = rand.error();
      continue;
    }
    job.inverted.push_back({each.pair, *rand});
    zeroise(rand->octets);
  }
}

void TokenWorkers::work() {
  for (;;) {
    std::optional<Item> item;
    {
      std::unique_lock lock(mutex_);
      submitted_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (stopping_) return;
      item.emplace(std::move(queue_.front()));
      queue_.pop_front();
    }
    perform(item->job);
    {
      const std::lock_guard lock(mutex_);
      ready_.push_back(*std::move(item));
    }
    wake_();
  }
}

}  // namespace simbiont::hss

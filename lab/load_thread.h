// One thread of the load generator: its connections, its part of the subscribers, its counts.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "lab/load_link.h"

namespace simbiont::lab {

std::uint64_t monotonic_ns();

// The phases of a run, in monotonic_ns: requests leave from `start`, are measured from `from`, none leaves
// after `until`.
struct LoadPhases {
  std::uint64_t start = 0, from = 0, until = 0;
};

class LoadThread final : private LoadAnswers {
 public:
  LoadThread(const LoadPlan& plan, unsigned part, std::vector<std::unique_ptr<LoadLink>> links);
  ~LoadThread() override;
  LoadThread(const LoadThread&) = delete;
  LoadThread& operator=(const LoadThread&) = delete;

  // Until phases.until or stop, and then until all answers are there or a moment has passed.
  void run(const LoadPhases& phases, const std::atomic<bool>& stop);

  // While it runs, from any thread.
  std::uint64_t succeeded_so_far() const { return succeeded_.load(std::memory_order_relaxed); }
  std::uint64_t failed_so_far() const { return failed_.load(std::memory_order_relaxed); }

  // When it has run.
  const LoadTally& tally() const { return tally_; }
  std::uint64_t ended_ns() const { return ended_; }
  LoadSamples& samples() { return samples_; }
  std::vector<std::unique_ptr<LoadLink>>& links() { return links_; }

 private:
  void on_read() override;
  void on_answer(const LoadPending& request, ByteView frame) override;
  void begin(LoadLink& link, std::uint64_t due_ns);
  void fill(LoadLink& link);  // closed loop
  void send_due();            // open loop
  void poll(std::uint64_t until);
  std::uint64_t longest_wait(std::uint64_t until) const;
  void serve(LoadLink& link, bool readable);
  void flush(LoadLink& link);
  void lose(LoadLink& link, const Error& why);
  bool any_open() const;
  bool may_begin(const LoadLink& link) const { return begun_ < limit_ && link.may_request(); }
  bool finished() const;
  void drain(const std::atomic<bool>& stop);
  void finish();
  std::uint64_t due(std::uint64_t nth) const;
  bool measures(std::uint64_t when_ns) const { return when_ns >= phases_.from && when_ns < phases_.until; }

  const LoadPlan& plan_;
  std::vector<std::unique_ptr<LoadLink>> links_;
  LoadOrder order_;
  std::uint64_t sample_mask_;
  unsigned part_;
  double interval_ns_ = 0;           // open loop
  std::uint64_t begun_ = 0, limit_;  // requests
  std::size_t next_link_ = 0;        // open loop
  unsigned mix_ = 0;
  LoadPhases phases_;
  bool sending_ = true;
  std::uint64_t now_ = 0, ended_ = 0;
  int epoll_ = -1;
  Bytes scratch_;
  LoadTally tally_;
  LoadSamples samples_;
  std::uint64_t all_succeeded_ = 0, all_failed_ = 0;
  std::atomic<std::uint64_t> succeeded_{0}, failed_{0};
};

}  // namespace simbiont::lab

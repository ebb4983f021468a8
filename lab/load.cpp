#include "lab/load.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "lab/load_thread.h"

namespace simbiont::lab {
namespace {

constexpr std::uint64_t ns_per_ms = 1'000'000;

Error wrong(const std::string& what) { return error(Errc::invalid_argument, what); }

std::uint64_t highest_number(std::size_t digits) {
  std::uint64_t limit = 1;
  for (std::size_t i = 0; i < digits; ++i) limit *= 10;
  return limit - 1;
}

Result<std::vector<std::unique_ptr<LoadThread>>> open_threads(const LoadPlan& plan) {
  std::vector<std::vector<std::unique_ptr<LoadLink>>> shares(plan.threads);
  for (unsigned i = 0; i < plan.connections; ++i) {
    auto link = LoadLink::open(plan, i + 1);
    if (!link)
      return error(link.error().code, "connection " + std::to_string(i + 1) + ": " + link.error().message);
    shares[i % plan.threads].push_back(std::move(*link));
  }
  std::vector<std::unique_ptr<LoadThread>> threads;
  for (unsigned part = 0; part < plan.threads; ++part)
    threads.push_back(std::make_unique<LoadThread>(plan, part, std::move(shares[part])));
  return threads;
}

// Until all threads are through; reports each second.
void watch(const std::vector<std::unique_ptr<LoadThread>>& threads, const LoadProgress& progress,
           std::uint64_t start_ns, const std::atomic<unsigned>& running) {
  std::uint64_t next = start_ns + 1'000 * ns_per_ms;
  while (running.load(std::memory_order_acquire) != 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const std::uint64_t now = monotonic_ns();
    if (!progress || now < next) continue;
    next += 1'000 * ns_per_ms;
    std::uint64_t succeeded = 0, failed = 0;
    for (const auto& thread : threads) {
      succeeded += thread->succeeded_so_far();
      failed += thread->failed_so_far();
    }
    progress(static_cast<double>(now - start_ns) / 1e9, succeeded, failed);
  }
}

LoadResult gather(const std::vector<std::unique_ptr<LoadThread>>& threads, const LoadPhases& phases) {
  LoadResult result;
  result.peer_host = threads.front()->links().front()->peer_host();
  std::uint64_t ended = phases.from;
  for (const auto& thread : threads) {
    result.tally.merge(thread->tally());
    ended = std::max(ended, thread->ended_ns());
    const auto& samples = thread->samples().samples();
    result.samples.insert(result.samples.end(), samples.begin(), samples.end());
    result.samples_full = result.samples_full || thread->samples().full();
  }
  result.seconds = static_cast<double>(ended - phases.from) / 1e9;
  return result;
}

}  // namespace

Status check_plan(const LoadPlan& plan) {
  if (const auto imsi = Imsi::parse(plan.first_imsi); !imsi) return imsi.error();
  const std::uint64_t first = std::stoull(plan.first_imsi), highest = highest_number(plan.first_imsi.size());
  if (plan.count == 0 || plan.count - 1 > highest - first)
    return wrong("the IMSIs from " + plan.first_imsi + " on are not as many as asked");
  if (plan.connections == 0 || plan.connections > LoadPlan::max_connections)
    return wrong("1 to 4096 connections");
  if (plan.threads == 0 || plan.threads > std::min(plan.connections, LoadPlan::max_threads))
    return wrong("1 to 64 threads, and a connection for each");
  if (plan.threads > plan.count) return wrong("fewer IMSIs than threads");
  if (plan.window == 0 || plan.window > LoadPlan::max_window) return wrong("a window is 1 to 65536");
  if (plan.airs + plan.ulrs == 0) return wrong("neither AIR nor ULR is asked for");
  if (plan.origin_host.empty() || plan.origin_host.size() > 200)
    return wrong("Origin-Host: 1 to 200 characters");
  if (plan.rate < 0 || plan.rate > 1e9) return wrong("the rate is 0 to 10^9 a second");
  if (plan.duration_ms <= 0 || plan.warmup_ms < 0) return wrong("nothing would be measured");
  return {};
}

void LoadTally::count(const diameter::ResultCode& code) {
  const auto same = [&](const auto& entry) { return entry.first == code; };
  const auto found = std::find_if(codes.begin(), codes.end(), same);
  if (found != codes.end()) {
    ++found->second;
  } else if (codes.size() < max_codes) {
    codes.emplace_back(code, 1);
  } else {
    ++without_code;
  }
}

void LoadTally::merge(const LoadTally& other) {
  succeeded += other.succeeded;
  failed += other.failed;
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  unanswered += other.unanswered;
  unsent += other.unsent;
  unexpected += other.unexpected;
  without_code += other.without_code;
  cancelled += other.cancelled;
  latency.merge(other.latency);
  lost.insert(lost.end(), other.lost.begin(), other.lost.end());
  for (const auto& [code, number] : other.codes) {
    count(code);
    for (auto& entry : codes)
      if (entry.first == code) entry.second += number - 1;
  }
}

Result<LoadResult> run_load(const LoadPlan& plan, const LoadProgress& progress,
                            const std::atomic<bool>& stop) {
  if (Status right = check_plan(plan); !right) return right.error();
  auto opened = open_threads(plan);
  if (!opened) return opened.error();
  const auto& threads = *opened;
  LoadPhases phases;
  phases.start = monotonic_ns();
  phases.from = phases.start + static_cast<std::uint64_t>(plan.warmup_ms) * ns_per_ms;
  phases.until = phases.from + static_cast<std::uint64_t>(plan.duration_ms) * ns_per_ms;
  std::atomic<unsigned> running{plan.threads};
  std::vector<std::thread> workers;
  workers.reserve(threads.size());
  for (const auto& thread : threads) {
    workers.emplace_back([&thread, &phases, &stop, &running] {
      thread->run(phases, stop);
      running.fetch_sub(1, std::memory_order_release);
    });
  }
  watch(threads, progress, phases.start, running);
  for (std::thread& worker : workers) worker.join();
  for (const auto& thread : threads)
    for (const auto& link : thread->links()) link->close();
  return gather(threads, phases);
}

}  // namespace simbiont::lab

// Load on any S6a HSS: what is asked, and what came of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/digits.h"
#include "base/result.h"
#include "diameter/s6a.h"
#include "lab/load_histogram.h"
#include "lab/load_order.h"
#include "lab/load_sample.h"
#include "lab/socket.h"

namespace simbiont::lab {

struct LoadPlan {
  static constexpr unsigned max_connections = 4096, max_threads = 64, max_window = 65'536;

  HostPort where{"127.0.0.1", 3868};
  std::string origin_host = "mme{}.load.example";  // {}: the connection's number, from 1
  std::string origin_realm = "load.example";
  std::string destination_realm;  // empty: the peer's
  std::string destination_host;   // empty: not sent
  Plmn visited_plmn{{0x00, 0xf1, 0x10}};

  std::string first_imsi;  // 6 to 15 digits; all IMSIs have as many
  std::uint64_t count = 1;
  LoadOrder::Kind order = LoadOrder::Kind::random;
  std::uint64_t seed = 1;
  std::uint32_t vectors = 1;
  unsigned airs = 1, ulrs = 0;  // of each airs + ulrs requests

  unsigned connections = 1, threads = 1;
  unsigned window = 1;         // closed loop: requests in flight on each connection
  double rate = 0;             // above 0: open loop, requests a second of all connections together
  bool spin = false;           // poll the sockets instead of sleeping
  std::uint64_t requests = 0;  // it ends once as many are answered; 0: no limit
  std::int64_t warmup_ms = 1'000, duration_ms = 5'000, timeout_ms = 5'000;
  std::uint64_t sampled = 0;  // IMSIs whose vectors are kept, about; 0: none

  bool open_loop() const { return rate > 0; }
};

// invalid_argument when it cannot be run as it stands.
Status check_plan(const LoadPlan& plan);

using LoadCodes = std::vector<std::pair<diameter::ResultCode, std::uint64_t>>;

// Counted while measuring: after the warm-up, for the duration.
struct LoadTally {
  std::uint64_t succeeded = 0, failed = 0;  // answers with 2001, and others
  LoadCodes codes;
  std::uint64_t bytes_sent = 0, bytes_received = 0;  // warm-up included
  std::uint64_t unanswered = 0;                      // when all was over
  std::uint64_t unsent = 0;        // open loop: due while measuring and never sent, for want of free requests
  std::uint64_t unexpected = 0;    // answers to nothing we asked
  std::uint64_t without_code = 0;  // answers without Result-Code
  std::uint64_t cancelled = 0;     // CLRs taken
  // Of successes. Open loop: from the time a request was due, sent late or not; what never was answered
  // counts with the time it waited.
  LoadHistogram latency;
  std::vector<std::string> lost;                // why a connection ended early
  static constexpr std::size_t max_codes = 64;  // different ones; more count as without code

  void count(const diameter::ResultCode& code);
  void merge(const LoadTally& other);
};

struct LoadResult {
  LoadTally tally;
  double seconds = 0;  // measured
  std::string peer_host;
  std::vector<LoadSample> samples;
  bool samples_full = false;

  double rate() const { return seconds > 0 ? static_cast<double>(tally.succeeded) / seconds : 0; }
};

// Called about once a second: seconds since the start, successes and failures so far, warm-up included.
using LoadProgress = std::function<void(double seconds, std::uint64_t succeeded, std::uint64_t failed)>;

// Returns once all is over. An Error: the plan is wrong, or a connection did not come up. stop: ends it
// early.
Result<LoadResult> run_load(const LoadPlan& plan, const LoadProgress& progress,
                            const std::atomic<bool>& stop);

}  // namespace simbiont::lab

// What the procedures are told by the operator's configuration.
#pragma once

#include <cstddef>
#include <cstdint>

#include "diameter/s6a.h"

namespace simbiont::hss {

// Tokens a second and peer, a minute and IMSI; as many may come at once. 0: no limit.
struct RateLimits {
  std::uint64_t air_per_peer_s = 0, air_per_imsi_min = 0;
  std::uint64_t auts_per_peer_s = 0, auts_per_imsi_min = 60;
};

// From when on the operator is told of what may be a theft; 0: never.
struct Signals {
  std::uint64_t airs_without_ulr = 10;  // in a row, of one node
  std::uint64_t auts_storm = 10;        // of an IMSI within ten minutes
};

struct CoreConfig {
  diameter::Identity self;
  std::uint32_t ambr_uplink = 100'000'000,
                ambr_downlink = 200'000'000;           // bit/s, of the subscriber and of each APN
  std::int64_t vector_life_ms = 24LL * 3600 * 1000;    // how long a node may keep a vector that it fetched
  bool clr_on_move = false;                            // Moment::clr_on_move
  std::int64_t learn_time_ms = 10LL * 60 * 1000;       // a trial of mode learn without evidence
  std::int64_t learn_pause_ms = 60LL * 60 * 1000;      // of plain service after one
  std::int64_t expiry_notice_ms = 24LL * 3600 * 1000;  // before an association ends, its event
  std::uint64_t sqn_block_min = 128, sqn_block_max = 8192;
  std::size_t cached_subscribers = 1'000'000;
  std::size_t cached_entries = 16384;  // of them, with everything the store says
  RateLimits limits{};
  Signals signals{};
  std::size_t max_parked = 65536;  // requests that wait for the store; one more is answered 3004
};

}  // namespace simbiont::hss

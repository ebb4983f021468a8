// How many connections the process may hold open at once: RLIMIT_NOFILE, less what everything else needs.
#pragma once

#include <cstdint>

namespace simbiont::hss {

// Descriptors that are no peer's: store, log, lock, event loop, admin API.
inline constexpr std::uint64_t reserved_descriptors = 128;

// Of `wanted` connections, those that fit below `descriptors`; 1 at least.
constexpr std::uint64_t connections_within(std::uint64_t wanted, std::uint64_t descriptors) {
  const std::uint64_t room = descriptors > reserved_descriptors ? descriptors - reserved_descriptors : 1;
  return wanted < room ? wanted : room;
}

// Raises the soft limit of open files to what `wanted` connections need, the hard limit permitting. How many
// there is room for: `wanted`, or fewer.
std::uint64_t make_room_for_connections(std::uint64_t wanted);

}  // namespace simbiont::hss

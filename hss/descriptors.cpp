#include "hss/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

namespace simbiont::hss {

std::uint64_t make_room_for_connections(std::uint64_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = wanted + reserved_descriptors;
  if (limit.rlim_cur < needed) {
    const rlimit raised{std::min<rlim_t>(needed, limit.rlim_max), limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return connections_within(wanted, limit.rlim_cur);
}

}  // namespace simbiont::hss

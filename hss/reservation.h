// SEQs are reserved in blocks, durably, before the first vector of a block leaves (DESIGN 6); with the same
// commit goes the note of which nodes hold vectors of the IMSI.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "aka/sqn.h"
#include "hss/services.h"

namespace simbiont::hss {

struct Reservation {
  std::uint64_t skip_to = 0;  // the next SEQ given out is at least this one
  std::uint64_t top = 0;      // the new high-water mark
  std::uint64_t block = 0;
  std::vector<NotedNode> nodes;
  std::optional<binding::Hint> evidence;  // of a verified AUTS
};

// Whether `count` vectors from first_seq on cannot leave for this node before a commit.
bool needs_commit(const Entry& entry, std::uint64_t first_seq, std::uint32_t count, std::string_view node,
                  bool plain, UnixMs now);

// A block from first_seq on. It doubles, up to the configured maximum, while an IMSI uses its blocks up
// quickly.
Reservation plan_reservation(const Entry& entry, std::uint64_t first_seq, std::uint32_t count,
                             const Services& services);
void note_node(Reservation& reservation, const Entry& entry, const diameter::Routing& node, bool plain,
               UnixMs now);
// The entry must have no pending commit.
void commit_reservation(const std::shared_ptr<Entry>& entry, Reservation reservation, Services& services);

}  // namespace simbiont::hss

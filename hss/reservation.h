// SEQs are reserved in blocks, durably, before the first vector of a block leaves (DESIGN 6); with the same
// commit goes the note of which nodes hold vectors of the IMSI.
#pragma once

#include <optional>
#include <string>

#include "aka/sqn.h"
#include "hss/services.h"

namespace simbiont::hss {

struct Reservation {
  std::uint64_t skip_to = 0;  // the next SEQ given out is at least this one
  std::uint64_t top = 0;      // the new high-water mark
  std::uint64_t block = 0;
  std::string host, realm;  // the node that gets vectors, plain or not, as of when
  NodeId node = no_node;    // none is noted
  bool plain = false;
  std::uint32_t kinds = store::vectors_for::eutran;  // what the node asked for
  UnixMs noted_at = 0;
  std::optional<binding::Hint> evidence;  // of a verified AUTS
};

// Whether `count` SEQs from first_seq on are not reserved.
bool lacks_seqs(const HotRecord& record, std::uint64_t first_seq, std::uint32_t count);
// Whether `count` E-UTRAN vectors from first_seq on cannot leave for this node before a commit.
bool needs_commit(const HotRecord& record, std::uint64_t first_seq, std::uint32_t count, NodeId node,
                  bool plain, UnixMs now);

// A block from first_seq on. Blocks grow, up to the configured maximum, while an IMSI uses them up quickly:
// what is asked for often is written seldom, and a crash still skips few numbers of all others.
Reservation plan_reservation(const HotRecord& record, std::uint64_t first_seq, std::uint32_t count,
                             const Services& services);
// kinds: store::vectors_for.
void note_node(Reservation& reservation, const diameter::Routing& node, std::uint32_t kinds, bool plain,
               Services& services);
// The entry must have no pending commit.
void commit_reservation(const std::shared_ptr<Entry>& entry, Reservation reservation, Services& services);

// When less than half a block is left, the next one is fetched while answers go on.
bool runs_low(const HotRecord& record);
void reserve_ahead(HotRecord& record, Services& services);

}  // namespace simbiont::hss

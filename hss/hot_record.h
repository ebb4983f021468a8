// What the HSS must have at hand of a subscriber to answer an ordinary AIR: two cache lines. It is the only
// holder of the subscriber's SEQs and of which nodes are noted; everything else of a subscriber is an Entry
// (subscriber_cache.h), read from the store when it is needed.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "aka/types.h"
#include "base/clock.h"
#include "base/digits.h"

namespace simbiont::hss {

// A node by number: its Origin-Host, case folded, in the NodeTable. Numbers are not used again.
using NodeId = std::uint32_t;
inline constexpr NodeId no_node = 0;

// Under what the next vectors are made. Only KeySlots makes one, and only from a KeyChoice: nobody can write
// "plain" where choose_key() did not say so.
class KeyRef {
 public:
  constexpr KeyRef() = default;  // no vector is made: the slow path decides, and refuses by the book
  // Here and now: not without a key, and not with one in a token, which the slow path asks.
  constexpr bool usable() const { return static_cast<std::int32_t>(value_) > 0; }
  constexpr bool plain() const { return value_ == plain_value; }
  friend bool operator==(const KeyRef&, const KeyRef&) = default;

 private:
  friend class KeySlots;
  static constexpr std::uint32_t plain_value = 1, first_slot = 2, in_token = 0x80000000;
  constexpr explicit KeyRef(std::uint32_t value) : value_(value) {}
  bool in_slot() const { return (value_ & ~in_token) >= first_slot; }
  std::uint32_t slot() const { return (value_ & ~in_token) - first_slot; }

  std::uint32_t value_ = 0;
};

// The store knows that this node holds vectors of the IMSI: as of when, in seconds, rounded down; 0: never.
struct NodeNote {
  NodeId node = no_node;
  std::uint32_t plain_s = 0, bound_s = 0;
};

struct alignas(64) HotRecord {
  static constexpr std::size_t max_notes = 3;
  static constexpr std::uint8_t touched = 1,  // since the clock's hand passed
      pending = 2,                            // the Entry has a commit under way
      reserving = 4,                          // the next block is being fetched
      has_entry = 8;                          // there is an Entry, which knows more than the UlrNote

  std::uint64_t imsi = 0;  // Imsi::key(); 0: no subscriber
  Block k{}, opc{};
  std::uint64_t next = 0;  // the SEQs next .. next + left - 1 may be given out: they are reserved durably
  std::uint32_t left = 0;
  KeyRef key;
  std::uint32_t keys_as_of = 0;  // which reading of the KMEs `key` comes from
  aka::Amf amf{};
  std::uint8_t flags = 0;
  std::uint8_t airs = 0;  // answered to last_node in a row, without a ULR or AUTS; airs_told: that was told
  static constexpr std::uint8_t airs_most = 254, airs_told = 255;

  std::uint32_t serial = 0;       // tells this record from a later one of the same IMSI
  std::uint32_t block = 0;        // size of the last reservation
  std::uint32_t reserved_at = 0;  // monotonic seconds
  NodeId last_node = no_node;     // the receiver of the last answer, and what it was made under
  KeyRef last_key;
  std::array<NodeNote, max_notes> notes;  // the last used first

  bool is_pinned() const { return (flags & (pending | reserving)) != 0; }
  void set(std::uint8_t flag, bool on) {
    flags = static_cast<std::uint8_t>(on ? flags | flag : flags & ~flag);
  }
  std::uint64_t reserved_to() const { return next + left - 1; }
  // SEQs up to `top` are reserved.
  void extend_to(std::uint64_t top) {
    if (top + 1 > next + left)
      left = static_cast<std::uint32_t>(std::min<std::uint64_t>(top + 1 - next, 0xffffffffU));
  }
  // Everything below `seq` counts as given out.
  void skip_to(std::uint64_t seq) {
    if (seq <= next) return;
    left -= static_cast<std::uint32_t>(std::min<std::uint64_t>(left, seq - next));
    next = seq;
  }

  bool is_noted(NodeId node, bool plain, UnixMs now, std::int64_t life_ms) const {
    for (const NodeNote& note : notes)
      if (note.node == node)
        return std::int64_t{plain ? note.plain_s : note.bound_s} * 1000 + life_ms > now && node != no_node;
    return false;
  }
  void note(NodeId node, bool plain, UnixMs at);
};
static_assert(sizeof(HotRecord) == 128);

}  // namespace simbiont::hss

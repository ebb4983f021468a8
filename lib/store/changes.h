// Writes are values. A Changes is one atomic group; the store commits many groups in one durable transaction (group
// commit). Order within a group is kept.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "store/records.h"

namespace simbiont::store {

// Inserts; already_exists unless `replace`. A replaced subscriber keeps its bindings; its seq_high becomes the larger.
struct PutSubscriber {
  Subscriber subscriber;
  bool replace = false;
};
// Takes its binding, registration, vector nodes and history along; owed CLRs stay. not_found when there is none.
struct RemoveSubscriber { Imsi imsi; };
// seq_high = max(seq_high, value); not_found when there is no such subscriber.
struct RaiseSeq { Imsi imsi; std::uint64_t value; };
// The operator's command: sets, also downwards.
struct SetSeq { Imsi imsi; std::uint64_t value; };

struct PutKme { binding::Kme kme; bool replace = false; };
struct PutDevice { Device device; bool replace = false; };
struct RemoveDevice { Imei imei; };  // refused while an association names it

// The whole binding of an IMSI: mode, associations (their devices must exist), hints, former pairs.
struct PutBinding { Imsi imsi; binding::Binding binding; };
// Only the hint; cheaper than PutBinding, and cannot undo a concurrent one.
struct SetReported { Imsi imsi; binding::Hint hint; };
struct SetEvidence { Imsi imsi; binding::Hint hint; };

struct PutRegistration { Registration registration; };
struct RemoveRegistration { Imsi imsi; std::string host; };  // only if it is still this host's
struct PutVectorNode { VectorNode node; };                   // times are raised, never lowered
struct OweClr { OwedClr clr; };
struct SettleClr { std::int64_t id; };

// Adds, or counts up the entry of the same IMSI, IMEI and host; at most history_limit entries an IMSI stay, newest last_at.
struct PutHistory { HistoryEntry entry; };
struct AddEvent { Event event; };  // at most event_limit events stay

inline constexpr std::size_t history_limit = 64;
inline constexpr std::size_t event_limit = 1'000'000;

using Change = std::variant<PutSubscriber, RemoveSubscriber, RaiseSeq, SetSeq, PutKme, PutDevice, RemoveDevice, PutBinding,
                            SetReported, SetEvidence, PutRegistration, RemoveRegistration, PutVectorNode, OweClr, SettleClr,
                            PutHistory, AddEvent>;
using Changes = std::vector<Change>;

}  // namespace simbiont::store

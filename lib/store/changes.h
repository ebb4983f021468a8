// Writes are values. A Changes is one atomic group; the store commits many groups in one durable transaction
// (group commit). Order within a group is kept. What names an IMSI needs its subscriber (not_found), but for
// what is said to be without effect. A malformed change (a limit below, a key of the wrong size) is
// invalid_argument.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "store/records.h"

namespace simbiont::store {

// Inserts; already_exists unless `replace`. A replaced subscriber keeps its bindings; its seq_high becomes
// the larger. A new one's is at least that of the last removed subscriber of this IMSI.
struct PutSubscriber {
  Subscriber subscriber;
  bool replace = false;
};
// Takes its binding, registration, vector nodes and history along; owed CLRs stay, and its seq_high is kept
// for whoever gets the IMSI next. not_found when there is none.
struct RemoveSubscriber {
  Imsi imsi;
};
// seq_high = max(seq_high, value); not_found when there is no such subscriber.
struct RaiseSeq {
  Imsi imsi;
  std::uint64_t value;
};
// The operator's command: sets, also downwards.
struct SetSeq {
  Imsi imsi;
  std::uint64_t value;
};

struct PutKme {
  binding::Kme kme;
  bool replace = false;
};  // the whole record: its epochs too
// refused while a device has it; not_found when there is none
struct RemoveKme {
  std::string id;
};
struct PutDevice {
  Device device;
  bool replace = false;
};  // not_found without its KME
struct SetDeviceState {
  Imei imei;
  EquipmentState state;
};  // not_found when there is none
struct RemoveDevice {
  Imei imei;
};  // refused while an association names it

// The whole binding of an IMSI: mode, associations, hints, former pairs. not_found without the devices. An
// association's `kme` is not stored: a read gives the device's.
struct PutBinding {
  Imsi imsi;
  binding::Binding binding;
};
// Only the hint; cheaper than PutBinding, and cannot undo a concurrent one. Kept for an IMSI that is not
// bound, too.
struct SetReported {
  Imsi imsi;
  binding::Hint hint;
  bool unless_newer = false;  // one with a later time stays: for what is written some time after it was seen
};
struct SetEvidence {
  Imsi imsi;
  binding::Hint hint;
  bool unless_newer = false;
};

struct PutRegistration {
  Registration registration;
};
struct RemoveRegistration {
  Imsi imsi;
  std::string host;
};  // only if it is still this host's
// Times are raised, never lowered. Above vector_node_limit an IMSI the longest unused go, of those that were
// given no plain vectors since `plain_dead_before`; refused when that would not be enough: a node that may
// hold plain vectors is never forgotten.
struct PutVectorNode {
  VectorNode node;
  UnixMs plain_dead_before = 0;
};

// Needs no subscriber. One debt stays per IMSI, host and cancellation type: a new one takes the place of the
// old under a new id, so that an answer to the old settles nothing.
struct OweClr {
  OwedClr clr;
};
struct SettleClr {
  std::int64_t id;
};  // ok when it is settled already

// Adds, or adds to the count of the entry of the same IMSI, IMEI and host, whose other fields become the new
// ones (first_at only falls, last_at only rises); the history_limit entries of an IMSI with the newest
// last_at stay. Texts that a device gave are cut to text_limit octets.
struct PutHistory {
  HistoryEntry entry;
};
struct AddEvent {
  Event event;
};  // the last event_limit events stay; detail is cut to text_limit octets

inline constexpr std::uint64_t seq_limit = (1ULL << 43) - 1;  // SEQ has 43 bits, TS 33.102 C.1.1.1
inline constexpr std::size_t history_limit = 64;
inline constexpr std::size_t event_limit = 1'000'000;
inline constexpr std::size_t vector_node_limit = 64;
inline constexpr std::size_t association_limit = 256;
inline constexpr std::size_t former_limit = 8;
inline constexpr std::size_t apn_limit = 64;
inline constexpr std::size_t name_limit = 255;  // octets of a host, realm, APN, kind
inline constexpr std::size_t text_limit = 1024;

using Change =
    std::variant<PutSubscriber, RemoveSubscriber, RaiseSeq, SetSeq, PutKme, RemoveKme, PutDevice,
                 SetDeviceState, RemoveDevice, PutBinding, SetReported, SetEvidence, PutRegistration,
                 RemoveRegistration, PutVectorNode, OweClr, SettleClr, PutHistory, AddEvent>;
using Changes = std::vector<Change>;

}  // namespace simbiont::store

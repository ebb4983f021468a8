// Writes are values. A Changes is one atomic group; the store commits many groups in one durable transaction
// (group commit). Order within a group is kept. What names an IMSI needs its subscriber (not_found), but for
// what is said to be without effect. A malformed change (a limit below, a key of the wrong size) is
// invalid_argument.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "store/audit.h"
#include "store/jobs.h"
#include "store/limits.h"
#include "store/records.h"

namespace simbiont::store {

// Inserts; already_exists unless `replace`. A replaced subscriber keeps its bindings and the
// Context-Identifiers of the APNs that stay; its seq_high becomes the larger. A new one's is at least that of
// the last removed subscriber of this IMSI.
struct PutSubscriber {
  Subscriber subscriber;
  bool replace = false;
};
// Takes its binding, registrations, vector nodes and history along; owed CLRs stay, and its seq_high is kept
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
  bool forget = false;  // also what it had confirmed; else it is known when the device comes again
};                      // refused while an association or a pool names it

// Adds the epoch or replaces it. not_found without its KME.
struct PutEpoch {
  std::string kme;
  binding::Epoch epoch;
};
// Only how far a cut has come (binding::Epoch::cutting); not_found without the epoch.
struct SetCutting {
  std::string kme;
  binding::EpochNumber epoch;
  std::optional<std::uint64_t> cutting;
};
// Of a device and an epoch of its present KME; not_found when it has another. A challenge takes the place of
// the one outstanding.
struct SetChallenge {
  Imei imei;
  std::string kme;
  binding::EpochNumber epoch;
  Challenge challenge;
};
// The device has proved that it holds the epoch; its challenge goes.
struct ConfirmEpoch {
  Imei imei;
  std::string kme;
  binding::EpochNumber epoch;
  UnixMs at;
  bool active;  // the epoch is ACTIVE
};
struct RefuseProof {
  Imei imei;
  std::string kme;
  binding::EpochNumber epoch;
};
struct AddReceipt {
  Receipt receipt;
};

// The whole binding of an IMSI: mode, associations, hints, former pairs. not_found without the devices. An
// association's `kme` and `confirmed` are not stored, and a trial's `kme` neither: a read gives the device's.
// not_found without its pools.
struct PutBinding {
  Imsi imsi;
  binding::Binding binding;
};
// The whole pool; the devices must be there. Bindings are not changed by it.
struct PutPool {
  Pool pool;
};
struct RemovePool {
  std::string name;
};  // refused while a binding names it; not_found when there is none

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
  ServingNode node = ServingNode::mme;
};
struct RemoveRegistration {
  Imsi imsi;
  std::string host;
  ServingNode node = ServingNode::mme;
};  // only if it is still this host's
// Times are raised, never lowered; kinds are joined. Above vector_node_limit an IMSI the longest unused go,
// of those that were given no plain vectors since `plain_dead_before`; refused when that would not be enough:
// a node that may hold plain vectors is never forgotten.
struct PutVectorNode {
  VectorNode node;
  UnixMs plain_dead_before = 0;
};

// Needs no subscriber. One debt stays per IMSI, host, cancellation type and interface (S6a or S6d): a new one
// takes the place of the old under a new id, so that an answer to the old settles nothing.
struct OweClr {
  OwedClr clr;
};
struct SettleClr {
  std::int64_t id;
};  // ok when it is settled already

// already_exists when there is one: keys that a supplier vouches for do not change unseen.
struct PutSupplier {
  Supplier supplier;
};
struct RemoveSupplier {
  std::string name;
};  // not_found when there is none
// Needs no subscriber. One debt stays per kind, IMSI, host and serving node: a new one takes the place of the
// old under a new id, and says what both said.
struct OweUpdate {
  OwedUpdate update;
};
struct SettleUpdate {
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

// The next entry of the audit log: the store numbers it and chains it. Its texts are cut to audit_text_limit.
struct AppendAudit {
  AuditEntry entry;
};
// A new one, pending; the oldest decided ones beyond approval_limit go.
struct PutApproval {
  Approval approval;
};
// refused unless it is pending.
struct DecideApproval {
  std::int64_t id;
  Approval::State state;
  UnixMs at;
  std::int64_t uid;
  std::string by, answer;
};
// Of the store itself, by name; a restore does not change it.
struct PutSetting {
  std::string name, value;
};

using Change =
    std::variant<PutSubscriber, RemoveSubscriber, RaiseSeq, SetSeq, PutKme, RemoveKme, PutDevice,
                 SetDeviceState, RemoveDevice, PutBinding, PutPool, RemovePool, SetReported, SetEvidence,
                 PutRegistration, RemoveRegistration, PutVectorNode, OweClr, SettleClr, PutHistory, AddEvent,
                 PutJob, AddJobRows, SetJobRow, PruneJob, PutSyncReport, AddSyncItem, PutSyncNamed,
                 RemoveSyncNamed, PutSupplier, RemoveSupplier, OweUpdate, SettleUpdate, PutEpoch, SetCutting,
                 SetChallenge, ConfirmEpoch, RefuseProof, AddReceipt, AppendAudit, PutApproval,
                 DecideApproval, PutSetting>;
using Changes = std::vector<Change>;

}  // namespace simbiont::store

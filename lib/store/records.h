// What the store keeps, as plain values. Keys are here in the clear, in Secret; the store seals them on their
// way down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "aka/types.h"
#include "base/clock.h"
#include "base/digits.h"
#include "base/secret.h"
#include "binding/association.h"
#include "binding/kme.h"

namespace simbiont::store {

struct Subscriber {
  Imsi imsi;
  aka::Algorithm algorithm = aka::Algorithm::milenage;
  Secret k;
  Secret opc;
  aka::Amf amf{0x80, 0x00};
  // Every SEQ up to and including this one may have been used: the high-water mark of DESIGN 6.
  std::uint64_t seq_high = 0;
  std::string msisdn;             // digits, empty for none
  std::vector<std::string> apns;  // the first is the default one
  // The Context-Identifier of each APN. The store's: PutSubscriber does not read it, and an APN that stays
  // keeps its own.
  std::vector<std::uint32_t> contexts = {};
};

// What S13 says of a device. It changes no vector: the lock is the binding.
enum class EquipmentState : std::uint8_t { allowed, barred, grey };

struct Device {
  Imei imei;
  std::string kme;
  // The first epoch recorded for it, which came with it from its maker: confirmed unproved. PutDevice does
  // not change that of a device that is or was of this KME. What it has proved since: DeviceEpoch.
  binding::EpochNumber first_epoch = 1;
  EquipmentState state = EquipmentState::allowed;  // PutDevice does not change it
};

// A named set of devices that IMSIs may be bound to, or learn from.
struct Pool {
  std::string name;         // 1 to 64 of A-Z a-z 0-9 . _ -
  std::vector<Imei> imeis;  // ascending
};

// An IMSI has two registrations (ULR): an MME's over S6a and an SGSN's over S6d.
enum class ServingNode : std::uint8_t { mme, sgsn };

struct Registration {
  Imsi imsi;
  std::string host;   // Origin-Host
  std::string realm;  // Origin-Realm
  Plmn visited_plmn;
  std::uint32_t rat_type = 0;
  UnixMs since = 0;
  UnixMs purged_at = 0;  // when the node said that it deleted the context (PUR); 0: it did not
  // Feature lists 1 and 2 of TS 29.272 7.3.10: what both the node and this HSS can do.
  std::uint32_t features_1 = 0, features_2 = 0;
  // Of an SGSN: its number, digits or empty; and whether it asked for GPRS-Subscription-Data.
  std::string sgsn_number = {};
  bool gprs_data = false;
};

// What a node asked vectors for: its MME's part (1408), its SGSN's (1409), or both.
namespace vectors_for {
inline constexpr std::uint32_t eutran = 1, utran_geran = 2;
}

// A node that was given vectors for an IMSI, and when last, plain and bound; 0 is never.
struct VectorNode {
  Imsi imsi;
  std::string host;
  std::string realm;
  UnixMs plain_at = 0;
  UnixMs bound_at = 0;
  std::uint32_t kinds = vectors_for::eutran;
};

// A note is written again, before an answer, when it is older than this: the last vectors of a node may be
// this much younger than its note says.
inline constexpr std::int64_t node_note_life_ms = 600'000;

// A node noted before this holds no vectors any more.
inline UnixMs vectors_dead_before(UnixMs now, std::int64_t vector_life_ms) {
  return now - vector_life_ms - node_note_life_ms;
}
// at: VectorNode::plain_at or bound_at.
inline bool may_hold(UnixMs at, UnixMs dead_before) { return at != 0 && at >= dead_before; }

// A CLR that must reach `host` until it is answered.
struct OwedClr {
  std::int64_t id = 0;  // given by the store
  Imsi imsi;
  std::string host;
  std::string realm;
  std::uint32_t cancellation_type = 0;
  std::uint32_t clr_flags = 0;
  UnixMs since = 0;
};

// What tells a node of a change in the subscription: IDR, DSR, RSR.
enum class UpdateKind : std::uint8_t { insert, remove, reset };

namespace update_part {  // of an IDR or DSR
inline constexpr std::uint32_t msisdn = 1, apns = 2, pdp_contexts = 4, all_apns = 8;
}

// An IDR, DSR or RSR that must reach `host` until it is answered. An IDR carries the subscription as it is
// when it is sent.
struct OwedUpdate {
  std::int64_t id = 0;  // given by the store
  UpdateKind kind = UpdateKind::insert;
  Imsi imsi = Imsi::from_key(0);  // of an RSR: none
  std::string host = {};
  std::string realm = {};
  ServingNode node = ServingNode::mme;
  std::uint32_t parts = 0;                   // update_part
  std::vector<std::uint32_t> contexts = {};  // of a DSR: Context-Identifiers that go; of an IDR: that came
  UnixMs since = 0;
};

// One IMEI that ADD reported for an IMSI through one node.
struct HistoryEntry {
  Imsi imsi;
  std::string imei;  // 15 digits as shown; what was reported, when it is malformed
  std::string software_version;
  std::string host;
  std::string plmn;
  bool authorised = false;
  UnixMs first_at = 0;
  UnixMs last_at = 0;
  std::uint64_t count = 1;
};

// Who hands over keys in signed batches, or is given exported ones (docs/suppliers.md).
struct Supplier {
  std::string name;
  bool sims = false;       // K and OPc of SIMs; else K_MEs of devices
  Bytes verifying_key;     // of its signature: a SubjectPublicKeyInfo; empty: it hands over nothing
  Secret transport_key;    // wraps the keys in its batches: AES-256; empty likewise
  Bytes encryption_key;    // a SubjectPublicKeyInfo; empty: nothing is exported to it
  std::string kme_prefix;  // of every KME id that passes between it and us
  std::string scope;       // the TACs or IMSIs that it may name, as admin/supplier_scope.h reads them
};

// What the HSS asked a device to prove (DESIGN 3): the one challenge outstanding of a device and epoch.
struct Challenge {
  Block octets{};
  UnixMs expires_at = 0;
};

// What is known of one epoch of a device's KME and this device.
struct DeviceEpoch {
  binding::EpochNumber epoch = 1;
  bool first = false;          // Device::first_epoch
  UnixMs proved_at = 0;        // the last proof; 0: none
  bool proved_active = false;  // it came while the epoch was ACTIVE
  std::uint64_t refused = 0;   // proofs that were wrong, late or used
  std::optional<Challenge> challenge = {};

  bool confirmed() const { return first || proved_at != 0; }
};

// What stays of a device that changed its owner.
struct Receipt {
  std::int64_t id = 0;  // given by the store, rising
  Imei imei;
  UnixMs at = 0;
  std::string kme;
  std::vector<binding::EpochNumber> epochs;  // that it had confirmed
  std::vector<Imsi> imsis;                   // that it was bound to
};

// An operator's event: cause, effect and action come from the table in hss/events.h.
struct Event {
  std::int64_t id = 0;  // given by the store, rising
  UnixMs at = 0;
  std::string kind;  // "imei-mismatch"
  std::string imsi;  // empty when the event is of none
  std::string detail;
};

// Which events are asked for; what is empty or 0 leaves none out.
struct EventQuery {
  UnixMs since = 0;
  std::string imsi, kind;

  bool takes(const Event& event) const {
    return event.at >= since && (imsi.empty() || event.imsi == imsi) && (kind.empty() || event.kind == kind);
  }
};

}  // namespace simbiont::store

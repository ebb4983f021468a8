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
  std::vector<std::string> apns;  // in order of Context-Identifier, from 1
};

// What S13 says of a device. It changes no vector: the lock is the binding.
enum class EquipmentState : std::uint8_t { allowed, barred, grey };

struct Device {
  Imei imei;
  std::string kme;
  binding::EpochNumber confirmed_epoch = 1;
  EquipmentState state = EquipmentState::allowed;  // PutDevice does not change it
};

// An MME's registration of an IMSI (ULR).
struct Registration {
  Imsi imsi;
  std::string host;   // Origin-Host
  std::string realm;  // Origin-Realm
  Plmn visited_plmn;
  std::uint32_t rat_type = 0;
  UnixMs since = 0;
  UnixMs purged_at = 0;  // when the MME said that it deleted the context (PUR); 0: it did not
};

// A node that was given vectors for an IMSI, and when last, plain and bound; 0 is never.
struct VectorNode {
  Imsi imsi;
  std::string host;
  std::string realm;
  UnixMs plain_at = 0;
  UnixMs bound_at = 0;
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

// An operator's event: cause, effect and action come from the table in hss/events.h.
struct Event {
  std::int64_t id = 0;  // given by the store, rising
  UnixMs at = 0;
  std::string kind;  // "imei-mismatch"
  std::string imsi;  // empty when the event is of none
  std::string detail;
};

}  // namespace simbiont::store

// What is stored of one IMSI's binding, and which K_ME its next vector is made under (DESIGN 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digits.h"
#include "base/result.h"
#include "binding/kme.h"

namespace simbiont::binding {

enum class Mode : std::uint8_t { off, observe, learn, enforce };
std::string_view name(Mode);  // "enforce"
std::optional<Mode> mode(std::string_view);

// Plain RANDs leave only in these modes; in `learn` not while a trial is under way.
inline bool issues_plain(Mode m) { return m != Mode::enforce; }

// What an IMSI whose devices have different K_MEs does when a SIM moved: waits for the operator, or turns by
// itself.
enum class Policy : std::uint8_t { stay, rotate };
std::string_view name(Policy);  // "rotate"
std::optional<Policy> policy(std::string_view);

// A (KME, epoch) that vectors were or may be made under.
struct KeyPair {
  std::string kme;
  EpochNumber epoch = 1;
  friend bool operator==(const KeyPair&, const KeyPair&) = default;
};

struct Association {
  Imei imei;
  std::string kme;  // the device's KME
  EpochNumber epoch =
      1;  // this IMSI's epoch in force of that KME; the same in all its associations of the KME
  // The device has confirmed that epoch. Until then it is pending: no vector is made for its sake.
  bool confirmed = true;
  UnixMs until = 0;     // when it ends by itself; 0: never
  bool warned = false;  // the event that comes before its end was raised
  bool pooled = false;  // it came with the IMSI's pool, and goes with it
  friend bool operator==(const Association&, const Association&) = default;
};

// An IMEI that bears on selection, and when it was said.
struct Hint {
  Imei imei;
  UnixMs at = 0;
  EpochNumber epoch = 0;  // of evidence: what the vector was made under; 0: not known
  friend bool operator==(const Hint&, const Hint&) = default;
};

// TACs (the first 8 digits of an IMEI, TS 23.003 6.2.1) from one to another, both included.
struct TacRange {
  std::uint32_t from = 0, to = 0;
  friend bool operator==(const TacRange&, const TacRange&) = default;
};
// "35200000-35299999" or "35200000".
Result<TacRange> tac_range(std::string_view text);
std::string text(const TacRange& range);

// Mode `learn`: the device that ADD named, under whose K_ME the next answers are made.
struct Trial {
  Imei imei;
  std::string kme;  // the device's KME; empty when the device is gone
  EpochNumber epoch = 1;
  UnixMs named_at = 0;
  UnixMs answered_at = 0;  // the first answer made under it; 0: none yet
  friend bool operator==(const Trial&, const Trial&) = default;
};

// Which devices `learn` may lock the IMSI to, and how far it is.
struct Learning {
  std::vector<TacRange> tacs;  // empty: any
  std::string pool;            // only devices of this pool; empty: any
  std::optional<Trial> trial;
  UnixMs rest_until = 0;  // no other trial before: the last one ended without evidence
  friend bool operator==(const Learning&, const Learning&) = default;
};

struct Binding {
  Mode mode = Mode::off;
  std::vector<Association> associations;  // in the order they were made
  std::optional<Hint> reported;           // the last IMEI of ADD, or of the operator's `use`
  std::optional<Hint> evidence;  // the device of the last evidence: a valid AUTS, or a ULR after an answer
  UnixMs left_plain_at = 0;      // when the mode last went from plain to enforce; 0: never was plain
  std::vector<KeyPair> former;   // pairs of associations that are gone, newest first, at most 8
  Policy policy = Policy::stay;
  std::optional<Hint> turned;  // policy rotate: the device that the HSS turned to; until the next ULR
  Learning learning;
  std::string pool;         // whose devices are associations of this IMSI; empty: none
  UnixMs suspended_at = 0;  // no vector since then; 0: not suspended
  UnixMs violated_at = 0;   // an event of theft since then that nobody acknowledged; 0: none
  friend bool operator==(const Binding&, const Binding&) = default;
};

bool share_one_kme(const std::vector<Association>& associations);

// The association whose (KME, epoch) the next answer uses, by the rules of DESIGN 4 with policy `stay`:
//   all associations share a KME: the first; else the reported IMEI's, if it is associated; else the last
//   evidence's, if it is associated; else the first. Pending ones do not count. nullptr when there is none:
//   an `enforce` IMSI then gets no vector.
const Association* select_association(const Binding& binding);

// Policy rotate: the association that the HSS turned to, while it lasts; nullptr: the selected one holds.
const Association* turned_association(const Binding& binding);
// The association of the next other KME after that of `from`, in their order and around; nullptr: all share
// one.
const Association* next_of_another_kme(const Binding& binding, const Association& from);

// Mode `learn`: whether the limits let the IMSI learn this device. in_pool: the device is in learning.pool.
bool may_learn(const Learning& learning, const Imei& imei, bool in_pool);

// An IMSI whose requests need more than a look at its key: mode learn, policy rotate, suspended.
inline bool is_special(const Binding& b) {
  return b.mode == Mode::learn || b.policy == Policy::rotate || b.suspended_at != 0;
}

// The pairs a resynchronisation tries, in order, without repetition, at most max_resync_pairs: the last
// vector's pair, the selected one, the other associations' ACTIVE and RETIRING epochs, then the former pairs.
// kmes: what the store holds of the KMEs that occur; a pair whose epoch is missing, revoked, or retired and
// without its key is left out.
inline constexpr std::size_t max_resync_pairs = 8;
std::vector<KeyPair> resync_pairs(const Binding& binding, const std::optional<KeyPair>& last_vector,
                                  const std::vector<const Kme*>& kmes);

// Whether the RAND as received is tried last: the IMSI is in a plain mode, or left it less than a vector's
// life ago.
bool resync_tries_plain(const Binding& binding, UnixMs now, std::int64_t vector_life_ms);

}  // namespace simbiont::binding

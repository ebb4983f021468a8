// What is stored of one IMSI's binding, and which K_ME its next vector is made under (DESIGN 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digits.h"
#include "binding/kme.h"

namespace simbiont::binding {

enum class Mode : std::uint8_t { off, observe, enforce };
std::string_view name(Mode);  // "enforce"
std::optional<Mode> mode(std::string_view);

// Plain RANDs leave only in these modes.
inline bool issues_plain(Mode m) { return m != Mode::enforce; }

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
};

// An IMEI that bears on selection, and when it was said.
struct Hint {
  Imei imei;
  UnixMs at = 0;
};

struct Binding {
  Mode mode = Mode::off;
  std::vector<Association> associations;  // in the order they were made
  std::optional<Hint> reported;           // the last IMEI of ADD, or of the operator's `use`
  std::optional<Hint> evidence;  // the device of the last evidence: a valid AUTS, or a ULR after an answer
  UnixMs left_plain_at = 0;      // when the mode last went from plain to enforce; 0: never was plain
  std::vector<KeyPair> former;   // pairs of associations that are gone, newest first, at most 8
};

bool share_one_kme(const std::vector<Association>& associations);

// The association whose (KME, epoch) the next answer uses, by the rules of DESIGN 4 with policy `stay`:
//   all associations share a KME: the first; else the reported IMEI's, if it is associated; else the last
//   evidence's, if it is associated; else the first. nullptr when there is none: an `enforce` IMSI then gets
//   no vector.
const Association* select_association(const Binding& binding);

// The pairs a resynchronisation tries, in order, without repetition, at most max_resync_pairs: the last
// vector's pair, the selected one, the other associations' ACTIVE and RETIRING epochs, then the former pairs.
// kmes: what the store holds of the KMEs that occur; a pair whose epoch is missing, retired or revoked is
// left out.
inline constexpr std::size_t max_resync_pairs = 8;
std::vector<KeyPair> resync_pairs(const Binding& binding, const std::optional<KeyPair>& last_vector,
                                  const std::vector<const Kme*>& kmes);

// Whether the RAND as received is tried last: the IMSI is in a plain mode, or left it less than a vector's
// life ago.
bool resync_tries_plain(const Binding& binding, UnixMs now, std::int64_t vector_life_ms);

}  // namespace simbiont::binding

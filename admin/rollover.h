// What a roll-over brings about after its commands: IMSIs move to the ACTIVE epoch when their devices have
// confirmed it, nodes are told of what was revoked, an epoch that nobody needs is retired, keys of the past
// are erased. Each step is derived from what is stored, in groups of a bounded size, so that a running HSS
// answers between two of them and a crash loses none.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "admin/binding_change.h"
#include "hss/live.h"

namespace simbiont::admin {

struct Options;

Moment moment_of(const hss::Live& live, const Options& options);

using Deadline = std::chrono::steady_clock::time_point;

// How long a command works on what follows from it before it answers: a running HSS goes on by itself,
// offline nobody would.
Deadline deadline_for(const hss::Live& live);

// Appends what moves an IMSI whose devices have confirmed, with its event; nothing when nothing changes.
// True when its epoch of the KME changed.
Result<bool> move_imsi(EpochRules& rules, store::Store& store, const Imsi& imsi, const std::string& kme,
                       Moment moment, store::Changes& changes);

// Where a pass over the devices of a KME and their IMSIs has come to.
struct Place {
  std::optional<Imei> after;   // devices up to this one are done
  std::optional<Imei> device;  // this one is under way
  std::optional<Imsi> imsi;    // up to this IMSI of its
  bool at_end = false;
};

class Rollover {
 public:
  Rollover(hss::Live& live, const Options& options) : live_(live), options_(options) {}

  // All IMSIs of the KME that may move, from `place` on, until the deadline. True when the pass is at its
  // end.
  Result<bool> sweep(const std::string& kme, Place& place, Deadline deadline, std::uint64_t& moved);
  // The nodes of those whom a REVOKED or forcibly RETIRED epoch was taken from. True when none is left.
  Result<bool> cut(const std::string& kme, binding::EpochNumber epoch, Deadline deadline);
  // RETIRING becomes RETIRED when no IMSI needs it and every device has confirmed the ACTIVE epoch.
  Result<bool> retire_if_unneeded(const std::string& kme);
  // The key of an epoch that was over a vector's life ago.
  Status erase_key(const store::EpochAtWork& epoch);
  bool is_erasable(const store::EpochAtWork& epoch) const;

  // Some of what is to be done, for at most 100 ms; every second.
  void on_time();

 private:
  Result<bool> cut_step(const std::string& kme, binding::EpochNumber epoch);
  Result<bool> has_laggard(const std::string& kme, binding::EpochNumber active);
  Result<bool> work_on(const store::EpochAtWork& epoch, Deadline deadline);

  hss::Live& live_;
  const Options& options_;
  // A device that was seen to lag, by KME: the next question begins there.
  std::map<std::string, Imei> laggards_;
  std::vector<store::EpochAtWork> queue_;
  Place place_;  // of the queue's last
  std::string after_kme_;
  binding::EpochNumber after_epoch_ = 0;
  std::optional<Deadline> pause_until_;
};

}  // namespace simbiont::admin

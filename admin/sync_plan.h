// What a one-way sync would do: the operator's list held against the store. A pure function of both; what it
// says is what the report says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "binding/association.h"
#include "source/pairs.h"
#include "store/jobs.h"

namespace simbiont::admin {

struct SyncRules {
  std::string source;                      // folder, postgresql
  std::vector<std::string> imsi_prefixes;  // empty: every IMSI
  binding::Mode first_mode = binding::Mode::enforce;
  bool unbind_missing = false;
  std::uint64_t max_removals_percent = 10;
};

// What the planner asks of the store.
class SyncView {
 public:
  virtual ~SyncView() = default;
  // nullopt: no such subscriber.
  virtual Result<std::optional<binding::Binding>> binding(const Imsi& imsi) = 0;
  virtual Result<bool> has_device(const Imei& imei) = 0;
  virtual Result<std::optional<store::SyncNamed>> named(const Imsi& imsi) = 0;
  virtual Result<std::vector<store::SyncNamed>> all_named(
      std::optional<Imsi> after) = 0;  // a page; empty: the end
};

// One IMSI as the list has it.
struct SyncWanted {
  Imsi imsi;
  std::vector<Imei> imeis;            // in the list's order
  std::optional<binding::Mode> mode;  // what the list says
  bool whole = true;                  // false: a row of it was refused, so nothing of it is taken away
  bool missing = false;               // named once, and no more: imeis is empty
};

// What it comes to. Nothing of it set: it is so already.
struct SyncStep {
  SyncWanted wanted;
  std::vector<Imei> add, remove;
  std::optional<binding::Mode> mode;
  bool name = false;  // the source did not name it before

  bool changes_binding() const { return !add.empty() || !remove.empty() || mode.has_value(); }
};
SyncStep plan_imsi(SyncWanted wanted, const binding::Binding& now, const SyncRules& rules);

struct SyncPlan {
  std::vector<SyncStep> steps;           // what is to be done, ascending by IMSI
  std::vector<store::SyncItem> refused;  // numbers are not given
  std::uint64_t rows = 0, unchanged = 0, missing = 0;
  std::uint64_t held = 0;      // associations of the IMSIs that the source names or named
  std::uint64_t removals = 0;  // of them that would end or lose their lock
  std::string guard;           // why the run is refused; empty: it is not
};
Result<SyncPlan> plan_sync(const source::PairList& list, SyncView& view, const SyncRules& rules);

}  // namespace simbiont::admin

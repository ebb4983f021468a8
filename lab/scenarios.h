// The demonstration: who puts which SIM into which device, and how it must end.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lab/attach.h"
#include "lab/world.h"

namespace simbiont::lab {

enum class Step : std::uint8_t {
  attach,
  // A ULR alone: the UE goes on under a security context that it already has (a tracking area update through
  // another MME, say), and the MME reports the IMEI it was told.
  report_imei,
};

// What a scenario shows, as its cells; expected and seen are compared as a whole.
struct Cells {
  std::string
      uicc;  // status words in order; "AUTS" for the 9000 that carries one; "-" when the UICC was not asked
  std::string aia;      // the last AIA's result; "-" without one
  std::string ula;      // "-" without one
  std::string kasme;    // "agrees", "differs", "-"
  std::string outcome;  // "attached", "refused", "reported"
  friend bool operator==(const Cells&, const Cells&) = default;
};

struct Scenario {
  std::string_view title, card, device;
  std::string_view declares;  // the device whose IMEI it declares; empty: its own
  Step step = Step::attach;
  Cells expected;
};
std::span<const Scenario> scenarios();

struct Row {
  const Scenario* scenario = nullptr;
  std::string imsi, binding, declared_imei;
  Cells seen;
  std::string why;  // of a refusal, or an error
  bool ok() const { return seen == scenario->expected; }
};

// Runs them in order against one home network. An Error: the world lacks a card or device that a scenario
// names.
Result<std::vector<Row>> run_scenarios(HomeNetwork& home, World& world, const ByteArray<3>& visited_plmn);

std::string text(const diameter::ResultCode& code);       // "2001"
std::string described(const diameter::ResultCode& code);  // "5001 (Experimental-Result)"
std::string status_words(const AttachReport& report);

}  // namespace simbiont::lab

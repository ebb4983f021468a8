// Update-Location-Request, TS 29.272 5.2.1.1: an MME registers as the one that serves an IMSI.
#pragma once

#include "hss/add.h"
#include "hss/modes.h"
#include "hss/services.h"

namespace simbiont::hss {

class ClrProcedure;

// Evidence of the same device is not written again before.
inline constexpr std::int64_t hint_life_ms = 600'000;

class UlrProcedure {
 public:
  UlrProcedure(Services& services, ClrProcedure& clr, Modes& modes)
      : services_(services), clr_(clr), modes_(modes) {}
  // Answers once the registration is durable, at once when it was and nothing else is new; while another
  // commit of the IMSI is under way the request waits for it.
  void run(const Request& request);

 private:
  void commit(const Request& request, const diameter::Ulr& ulr, const std::shared_ptr<Entry>& entry);
  std::vector<store::AddEvent> events_of(const Entry& entry, const Add& seen,
                                         const std::optional<binding::Hint>& evidence);
  void finish(const Request& request);

  Services& services_;
  ClrProcedure& clr_;
  Modes& modes_;
};

}  // namespace simbiont::hss

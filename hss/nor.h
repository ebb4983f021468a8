// Notify-Request, TS 29.272 5.2.5.1: the serving MME tells what changed; here its Terminal-Information
// counts, which is ADD as in a ULR: the UE has moved to another ME without a new registration.
#pragma once

#include "hss/modes.h"
#include "hss/services.h"

namespace simbiont::hss {

class ClrProcedure;

class NorProcedure {
 public:
  NorProcedure(Services& services, ClrProcedure& clr, Modes& modes)
      : services_(services), clr_(clr), modes_(modes) {}
  // From the MME or the SGSN that holds a registration alone; any other gets 5423, unknown serving node.
  void run(const Request& request);

 private:
  void commit(const Request& request, const diameter::Nor& nor, store::ServingNode node,
              const std::shared_ptr<Entry>& entry);
  void answer(const Request& request);

  Services& services_;
  ClrProcedure& clr_;
  Modes& modes_;
};

}  // namespace simbiont::hss

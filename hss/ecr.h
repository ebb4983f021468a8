// ME-Identity-Check-Request of S13, TS 29.272 6.2.1: an MME asks whether an IMEI may be used. The answer is
// the state that the operator gave the device. It rests on what the UE declares; the lock is the binding.
#pragma once

#include "hss/services.h"

namespace simbiont::hss {

class EcrProcedure {
 public:
  explicit EcrProcedure(Services& services) : services_(services) {}
  // An IMEI that is no device of ours, or malformed: 5422, equipment unknown.
  void run(const Request& request);

 private:
  Services& services_;
};

}  // namespace simbiont::hss

// Notify-Request, TS 29.272 5.2.5.1: the serving MME tells what changed; here its Terminal-Information
// counts, which is ADD as in a ULR: the UE has moved to another ME without a new registration.
#pragma once

#include "hss/services.h"

namespace simbiont::hss {

class NorProcedure {
 public:
  explicit NorProcedure(Services& services) : services_(services) {}
  // From the MME that holds the registration alone; any other gets 5423, unknown serving node.
  void run(const Request& request);

 private:
  void commit(const Request& request, const diameter::TerminalInformation& terminal,
              const std::shared_ptr<Entry>& entry);
  void answer(const Request& request);

  Services& services_;
};

}  // namespace simbiont::hss

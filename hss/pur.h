// Purge-UE-Request, TS 29.272 5.2.1.3: an MME has deleted the context of a UE that was silent for long.
#pragma once

#include "hss/services.h"

namespace simbiont::hss {

class PurProcedure {
 public:
  explicit PurProcedure(Services& services) : services_(services) {}
  // From the MME that holds the registration: "purged" is noted durably, and the answer freezes the M-TMSI;
  // from the SGSN that holds the other: the P-TMSI; of a node that holds both, those that PUR-Flags name, or
  // both. From any other node: success without an effect (5.2.1.3.3).
  void run(const Request& request);

 private:
  void commit(const Request& request, const std::shared_ptr<Entry>& entry, store::Changes changes);
  void answer(const Request& request, const diameter::Pur& pur, std::uint32_t flags);

  Services& services_;
};

}  // namespace simbiont::hss

// Vectors for an EAP server on this machine (EAP-SIM, EAP-AKA, EAP-AKA'): the same AuC function, the same
// bindings, the same SEQs as for an MME.
#pragma once

#include "hss/auc.h"
#include "hss/eap_message.h"
#include "hss/services.h"

namespace simbiont::hss {

class EapProcedure {
 public:
  explicit EapProcedure(Services& services) : services_(services), auc_(services.random) {}
  // request.frame as eap_message.h says. Answers now, or parks the request behind a commit.
  void run(const Request& request);

 private:
  struct Run;

  void resynchronise(Run& run);
  void answer_triplets(Run& run);
  void answer_quintet(Run& run);
  VectorOrder order_of(const Run& run) const;
  void answered(Run& run);
  void fail(const EapRequest& request);
  void fail(Run& run, EventKind kind, const std::string& detail);

  Services& services_;
  Auc auc_;
};

}  // namespace simbiont::hss

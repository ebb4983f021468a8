// Authentication-Information-Request, TS 29.272 5.2.3.1: vectors for a serving node.
#pragma once

#include "hss/auc.h"
#include "hss/modes.h"
#include "hss/services.h"

namespace simbiont::hss {

class AirProcedure {
 public:
  AirProcedure(Services& services, Modes& modes)
      : services_(services), modes_(modes), auc_(services.random) {}
  // Answers now, or parks the request behind a commit; it then runs again from its start, on what is stored
  // by then.
  void run(const Request& request);

 private:
  struct Run;

  bool admit(Run& run);
  bool resynchronise(Run& run);
  bool prove(Run& run);
  bool choose(Run& run);
  void reserve(Run& run);
  void suspect(Run& run);
  void answer(Run& run);
  void refuse(Run& run, EventKind kind, const std::string& detail);

  Services& services_;
  Modes& modes_;
  Auc auc_;
};

}  // namespace simbiont::hss

// Automatic device detection: the IMEI that a node reports in Terminal-Information. A hint: it is recorded,
// it selects within the IMSI's associations, and it never makes a request fail (DESIGN 4).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hss/services.h"

namespace simbiont::hss {

struct Add {
  store::Changes changes;    // history, and the hint when the IMEI is well formed
  std::optional<Imei> imei;  // none when malformed
  UnixMs at = 0;
  // Kind and detail, for an IMEI that is not associated, where a binding mode is set.
  std::vector<std::pair<EventKind, std::string>> events;
};

// The row of history; shown: the IMEI as people read it.
store::PutHistory history_of(const diameter::TerminalInformation& terminal, const std::string& shown,
                             const store::Registration& node, bool authorised, UnixMs now);

Add read_add(const diameter::TerminalInformation& terminal, const Entry& entry,
             const store::Registration& node, UnixMs now);

}  // namespace simbiont::hss

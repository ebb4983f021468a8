// What the nodes that serve a subscriber must be told when its subscription changes: one place for
// `subscriber set` and the import.
#pragma once

#include <string>
#include <vector>

#include "store/store.h"

namespace simbiont::admin {

// Hosts, each once: IDR and DSR go to them; or it cannot take the change (no feature for it) and knows it
// with its next ULA.
struct Told {
  std::vector<std::string> idr, dsr, later;
};

// Owes an IDR and a DSR to the registered MME and SGSN, as far as what turns before.subscriber into `after`
// is their concern: MSISDN and APNs.
void owe_updates(const store::SubscriberState& before, const store::Subscriber& after, UnixMs now,
                 store::Changes& changes, Told& told);

}  // namespace simbiont::admin

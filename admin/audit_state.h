// What changes change, as the audit log keeps it: the objects before and after, without keys.
#pragma once

#include <string>

#include "store/store.h"

namespace simbiont::admin {

struct BeforeAfter {
  std::string before, after;  // JSON objects: "subscriber IMSI", "kme ID", ... to its state or null
};

// Of the objects that the changes name, at most a hundred; of a larger group the number of its changes.
BeforeAfter states(store::Store& store, const store::Changes& changes);

}  // namespace simbiont::admin

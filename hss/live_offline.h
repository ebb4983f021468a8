// Administration of a store that no HSS runs on: the same as live, under the store's lock.
#pragma once

#include <memory>

#include "hss/config.h"
#include "hss/live.h"

namespace simbiont::hss {

// Takes the lock for as long as it lives. unavailable when another process holds it; not_found without a
// store.
Result<std::unique_ptr<Live>> open_offline(const Paths& paths);

}  // namespace simbiont::hss

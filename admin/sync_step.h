// One IMSI of a sync, within a transaction.
#pragma once

#include <functional>
#include <vector>

#include "admin/binding_change.h"
#include "admin/sync_plan.h"

namespace simbiont::admin {

struct SyncApplied {
  store::Changes changes;
  std::vector<store::SyncItem> items;
  std::uint64_t added = 0, removed = 0, modes = 0, refused = 0;
};

// "+IMEI -IMEI, mode M"
std::string sync_detail(const SyncStep& step);

// The binding as it is by now decides, not as it was when the plan was made. event: what records the change.
Result<SyncApplied> apply_sync_step(store::Store& store, const SyncStep& planned, const SyncRules& rules,
                                    Moment moment,
                                    const std::function<store::Change(const SyncStep&)>& event);

}  // namespace simbiont::admin

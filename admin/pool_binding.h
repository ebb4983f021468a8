// What a pool is to the binding of an IMSI.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace simbiont::admin {

// A pool's change rewrites the associations of all its IMSIs at once: IMSIs times devices, at most.
inline constexpr std::size_t pool_change_limit = 16384;

Result<store::Pool> find_pool(store::Store& store, std::string_view name);
// The IMSIs bound to it or learning from it; refused when these and `more` would be too many to change at
// once.
Result<std::vector<Imsi>> pool_users(store::Store& store, const store::Pool& pool, std::size_t more);
// Adds and takes away; not_found for one to take away that is not there.
Status edit_pool(store::Pool& pool, const std::vector<Imei>& added, const std::vector<Imei>& gone);

// The pool's devices become associations of the IMSI; those that are stay as they are.
Status join_pool(store::Store& store, binding::Binding& binding, const store::Pool& pool);
// Those devices come with no pool any more: their associations go, and a trial with one of them ends.
void leave_pool(binding::Binding& binding, const std::vector<Imei>& gone);

}  // namespace simbiont::admin

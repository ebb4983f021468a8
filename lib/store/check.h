// What every implementation demands of a change before it looks at what it holds.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/changes.h"

namespace simbiont::store {

// invalid_argument for a malformed change.
Status check(const Change& change);

// At most text_limit octets: what a device says must never fail the request that carried it.
inline std::string_view cut(std::string_view text) { return text.substr(0, text_limit); }

// What two debts to one node have in common: `fresh` says what both said.
void join_debts(const OwedUpdate& old, OwedUpdate& fresh);

// The errors that every implementation gives in the same words.
Error no_subscriber(const Imsi& imsi);
Error no_device(const Imei& imei);
Error no_kme(std::string_view id);
Error no_job(std::int64_t id);
Error no_sync_report(std::int64_t id);
Error no_supplier(std::string_view name);
Status check_supplier_name(std::string_view name);
Error no_pool(std::string_view name);
Error pool_in_use(std::string_view name);
Error pooled(const Imei& imei, std::string_view pool);
Error too_many_nodes(const Imsi& imsi);
Error exists_already(std::string_view what);
Error not_pending(std::int64_t approval);

// The entry as it follows `head`: numbered, chained, its texts cut.
AuditEntry as_appended(AuditEntry entry, const AuditHead& head);

}  // namespace simbiont::store

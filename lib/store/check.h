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

// The errors that every implementation gives in the same words.
Error no_subscriber(const Imsi& imsi);
Error no_device(const Imei& imei);
Error no_kme(std::string_view id);
Error too_many_nodes(const Imsi& imsi);
Error exists_already(std::string_view what);

}  // namespace simbiont::store

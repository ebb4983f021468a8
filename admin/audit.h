// The events that operators' changes leave behind, in one table as hss/events.h has them for what peers do.
#pragma once

#include <span>
#include <string_view>

namespace simbiont::admin {

struct AuditInfo {
  std::string_view kind, cause, effect, action;
};

std::span<const AuditInfo> audit_table();

}  // namespace simbiont::admin

// Two custodians: what one of them asks for is kept, and done when another one agrees.
#pragma once

#include <string>

#include "admin/role_map.h"
#include "admin/route.h"

namespace simbiont::admin {

class ApprovalDesk {
 public:
  ApprovalDesk(hss::Live& live, const Options& options)
      : live_(live), options_(options), roles_(options.roles) {}

  RoleMap& roles() { return roles_; }

  // Whether the rule holds: of a running HSS as its configuration says, offline as the store remembers.
  Result<bool> enforced();
  // At the start of a running HSS: the store remembers what the configuration says, and the log tells when
  // that changed.
  Status remember();

  // Keeps the request for another custodian. The answer names it.
  Result<Json> keep(const Call& call, const Request& request);
  // By call.caller, the second custodian: does what was asked for, in the name of who asked.
  Result<Json> approve(Call& call, std::int64_t id);
  Result<Json> deny(Call& call, std::int64_t id);
  Result<store::Approval> find(std::int64_t id);

  static constexpr std::size_t max_pending = 64, max_pending_each = 16;

 private:
  Result<store::Approval> to_decide(std::int64_t id);
  Result<std::string> ground(const Call& asking, const Caller& caller, std::string path);
  Status fail(const Call& call, const store::Approval& approval, const std::string& why);
  Status room(store::Store& store, std::uint32_t uid) const;

  hss::Live& live_;
  const Options& options_;
  RoleMap roles_;
};

}  // namespace simbiont::admin

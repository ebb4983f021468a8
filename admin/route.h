// What a handler gets and gives, and how the API finds it.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api.h"
#include "admin/caller.h"
#include "admin/json.h"
#include "admin/rollover.h"

namespace simbiont::admin {

struct Call {
  hss::Live& live;
  const Caller& caller;
  const Options& options;
  ImportDesk& imports;
  ApprovalDesk& approvals;
  JobDesk& jobs;
  SyncDesk& sync;
  Rollover& rollover;
  std::vector<std::string> arguments;  // what stood at the path's {}
  const std::map<std::string, std::string>& query;
  Json body;             // an object; empty for a raw route
  std::string_view raw;  // the body as it came
};

using Handler = Result<Json> (*)(Call&);

enum class Access : std::uint8_t {
  read,
  change,    // refused while an import is under way
  importing  // a step of an import, or of the upload of a job; the body is not JSON
};

// Who may call a route. What names key material, or could undo a lock, is the custodian's.
struct Route {
  std::string_view method;
  std::string_view pattern;  // "/v1/subscribers/{}"
  Access access;
  Role role;
  Handler handler;
  // What this call needs beyond `role`, where that depends on its body; nullptr: nothing.
  Role (*role_of)(const Call&) = nullptr;
  // Whether this call wants a second custodian, where the site has the rule: then it is kept until another
  // one approves it, and its body must not hold a key. nullptr: never.
  bool (*two_person)(const Call&) = nullptr;
};

std::span<const Route> subscriber_routes();
std::span<const Route> kme_routes();
std::span<const Route> epoch_routes();
std::span<const Route> rollover_routes();
std::span<const Route> transfer_routes();
std::span<const Route> device_routes();
std::span<const Route> binding_routes();
std::span<const Route> life_cycle_routes();
std::span<const Route> pool_routes();
std::span<const Route> event_routes();
std::span<const Route> import_routes();
std::span<const Route> backup_routes();
std::span<const Route> job_routes();
std::span<const Route> sync_routes();
std::span<const Route> supplier_routes();
std::span<const Route> batch_routes();
std::span<const Route> custody_routes();
std::span<const Route> export_routes();
std::span<const Route> audit_routes();
std::span<const Route> approval_routes();

// For Route::two_person.
inline bool always(const Call&) { return true; }

// ?after=, ?limit= of a listing.
inline constexpr std::size_t max_page = 1000;
Result<std::size_t> page_limit(const Call& call);
std::string page_after(const Call& call);
// {"items": [...], "next": after or ""}: `next` is set when the page is full.
Json page(Json items, std::string next);

// One change as the store takes it, with the event that records it.
store::Change audit(const hss::Live& live, std::string_view kind, const std::optional<Imsi>& imsi,
                    std::string detail);

}  // namespace simbiont::admin

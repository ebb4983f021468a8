// What a handler gets and gives, and how the API finds it.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/api.h"
#include "admin/json.h"

namespace simbiont::admin {

struct Call {
  hss::Live& live;
  const Options& options;
  ImportDesk& imports;
  std::vector<std::string> arguments;  // what stood at the path's {}
  const std::map<std::string, std::string>& query;
  Json body;             // an object; empty for a raw route
  std::string_view raw;  // the body as it came
};

using Handler = Result<Json> (*)(Call&);

enum class Access : std::uint8_t {
  read,
  change,    // refused while an import is under way
  importing  // a step of an import; the body is not JSON
};

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/v1/subscribers/{}"
  Access access;
  Handler handler;
};

std::span<const Route> subscriber_routes();
std::span<const Route> kme_routes();
std::span<const Route> device_routes();
std::span<const Route> binding_routes();
std::span<const Route> event_routes();
std::span<const Route> import_routes();
std::span<const Route> backup_routes();

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

#include "admin/router.h"

#include <algorithm>
#include <array>

namespace simbiont::admin {
namespace {

// The parts of the path at each {} of the pattern; false when they differ elsewhere.
bool match(std::string_view pattern, std::string_view path, std::vector<std::string>& arguments) {
  arguments.clear();
  while (!pattern.empty() || !path.empty()) {
    if (pattern.empty() || path.empty() || path.front() != '/') return false;
    const auto pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const auto path_end = std::min(path.find('/', 1), path.size());
    if (pattern.substr(0, pattern_end) == "/{}") {
      if (path_end == 1) return false;
      arguments.emplace_back(path.substr(1, path_end - 1));
    } else if (pattern.substr(0, pattern_end) != path.substr(0, path_end)) {
      return false;
    }
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
  }
  return true;
}

auto all_routes() {
  return std::to_array<std::span<const Route>>(
      {subscriber_routes(), kme_routes(),      device_routes(),     binding_routes(),  event_routes(),
       import_routes(),     backup_routes(),   audit_routes(),      approval_routes(), job_routes(),
       sync_routes(),       supplier_routes(), life_cycle_routes(), pool_routes(),     batch_routes(),
       export_routes(),     custody_routes(),  epoch_routes(),      rollover_routes(), transfer_routes()});
}

}  // namespace

Found find_route(std::string_view method, std::string_view path) {
  Found found;
  for (const auto& routes : all_routes()) {
    for (const Route& route : routes) {
      if (!match(route.pattern, path, found.arguments)) continue;
      found.path_known = true;
      if (route.method != method) continue;
      found.route = &route;
      return found;
    }
  }
  return found;
}

const Route* route_of(std::string_view method, std::string_view pattern) {
  for (const auto& routes : all_routes()) {
    for (const Route& route : routes)
      if (route.method == method && route.pattern == pattern) return &route;
  }
  return nullptr;
}

}  // namespace simbiont::admin

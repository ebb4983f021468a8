// Which route a request is for.
#pragma once

#include <string_view>
#include <vector>

#include "admin/route.h"

namespace simbiont::admin {

struct Found {
  const Route* route = nullptr;
  bool path_known = false;             // with another method
  std::vector<std::string> arguments;  // what stood at the path's {}
};

Found find_route(std::string_view method, std::string_view path);
// nullptr when there is none.
const Route* route_of(std::string_view method, std::string_view pattern);

}  // namespace simbiont::admin

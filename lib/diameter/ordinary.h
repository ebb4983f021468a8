// What the quick readers find in a request of any command. Views point into the frame.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace simbiont::diameter {

struct OrdinaryRequest {
  std::string_view session_id, origin_host, origin_realm, destination_host, user_name;
  ByteArray<3> visited_plmn{};
};

}  // namespace simbiont::diameter

// What an HSS asks of a node that serves its subscribers: CLR, IDR, DSR, RSR.
#pragma once

#include <string>

#include "diameter/s6a.h"

namespace simbiont::lab {

struct HssRequest {
  std::string line;  // what it says, for people; empty when it was refused
  Bytes answer;      // success, or a refusal by the book
};

HssRequest take_hss_request(ByteView frame, const diameter::Identity& self);

}  // namespace simbiont::lab

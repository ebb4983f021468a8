// What a load generator wants of an answer, read in place from whatever a peer sent: the result, and of few
// the vectors.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "diameter/result_code.h"

namespace simbiont::lab {

// The first Result-Code or Experimental-Result; nullopt when there is none before the end or before an AVP
// whose length is impossible. frame: a whole message.
std::optional<diameter::ResultCode> scan_result(ByteView frame);

struct LoadVector {
  Block rand{}, autn{};
  ByteArray<16> xres{};
  std::size_t xres_size = 0;  // 4 to 16 octets (TS 29.272 7.3.54)
  ByteArray<32> kasme{};
};

// The E-UTRAN vectors of an AIA, in their order; nullopt when one lacks a part or a part has a wrong size.
std::optional<std::vector<LoadVector>> read_vectors(ByteView frame);

}  // namespace simbiont::lab

// What the HSS must have at hand of a subscriber to answer an ordinary ULR: 40 octets beside its HotRecord,
// taken from its Entry when that goes. While there is an Entry, the Entry counts.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace simbiont::hss {

struct UlrNote {
  std::uint64_t device = 0;        // Imei::key() of the one association; 0: none
  ByteArray<8> msisdn{};           // TBCD
  std::uint32_t subscription = 0;  // UlrNotes::answer(); 0: not ordinary, the slow path answers
  std::uint32_t registrant = 0;    // the MME that is registered, UlrNotes::registrant(); 0: none
  std::uint32_t rat_type = 0;
  std::uint32_t evidence_s = 0;  // of this device, when last, in seconds; 0: none
  ByteArray<3> visited_plmn{};
  bool device_reported = false;  // ADD named this device last
};
static_assert(sizeof(UlrNote) == 40);

}  // namespace simbiont::hss

// A software USIM's authentication, written from TS 31.102 7.1 and TS 33.102 6.3.3 and C.2 as a card maker would read
// them. It shares no source with the HSS's AKA: it judges it.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/secret.h"

namespace simbiont::usim {

struct Profile {
  std::string imsi;
  Secret k;
  Secret opc;
  // C.2.2: SEQ is accepted up to this far above the highest one accepted; 0 is no limit. 2^28 is the annex's proposal.
  std::uint64_t delta = 1ULL << 28;
  // C.2.2 age limit L: SEQ must be above (highest accepted - L); 0 is no limit.
  std::uint64_t age_limit = 0;
};

class Usim {
 public:
  explicit Usim(Profile profile);

  // One C-APDU in, R-APDU out with SW1 SW2 last. AUTHENTICATE 00 88 00 81 22 10 RAND 10 AUTN:
  //   DB 08 RES 10 CK 10 IK [08 Kc] 9000 | DC 0E AUTS 9000 | 9862 (MAC failure) | 6xxx for another form.
  Bytes transmit(ByteView command);

  // The array of the highest SEQ accepted per IND; a test and the demo set it to desynchronise a card.
  std::array<std::uint64_t, 32>& accepted_seq() { return accepted_seq_; }
  const Profile& profile() const { return profile_; }

 private:
  Profile profile_;
  std::array<std::uint64_t, 32> accepted_seq_{};
};

}  // namespace simbiont::usim

// A software USIM's AUTHENTICATE, written from TS 31.102 7.1 as a card maker would read it. It shares no
// source with the HSS's AKA: it judges it.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "usim/authenticator.h"
#include "usim/status_word.h"

namespace simbiont::usim {

// Tags of the AUTHENTICATE response (TS 31.102 7.1.2.1).
inline constexpr std::uint8_t tag_success = 0xdb, tag_sync_failure = 0xdc;

class Usim {
 public:
  explicit Usim(Profile profile) : authenticator_(std::move(profile)) {}

  // One C-APDU in, R-APDU out with SW1 SW2 last. AUTHENTICATE 00 88 00 81 22 10 RAND 10 AUTN [Le]:
  //   DB 08 RES 10 CK 10 IK 9000 | DC 0E AUTS 9000 | 9862 (MAC failure) | 6xxx for another form.
  Bytes transmit(ByteView command);

  // The array of the highest SEQ accepted per IND; a test and the demo set it to desynchronise a card.
  std::array<std::uint64_t, ind_count>& accepted_seq() { return authenticator_.accepted_seq(); }
  const Profile& profile() const { return authenticator_.profile(); }

 private:
  Authenticator authenticator_;
};

}  // namespace simbiont::usim

// One C-APDU of the host on its way to the UICC and back: an AUTHENTICATE goes through the ME library, all
// else passes as it came.
#pragma once

#include "me/daemon/card.h"
#include "me/daemon/device.h"
#include "me/daemon/imsi.h"

namespace simbiont::me {

struct BridgeCounts {
  std::uint64_t apdus = 0;          // of the host
  std::uint64_t authenticates = 0;  // whose RAND was for a slot
  std::uint64_t proven = 0;         // answered with RES or AUTS
  std::uint64_t mac_failures = 0;   // of every try
  std::uint64_t without_slot = 0;   // answered here: no slot for this card
  std::uint64_t key_failures = 0;   // the key store refused: nothing went to the card
};

class Bridge {
 public:
  Bridge(Device& device, Card& card) : device_(device), card_(card) {}

  // A card came, or was reset: nothing is selected.
  void on_reset() { watch_.reset(); }
  // unavailable: the card is gone.
  Result<Bytes> exchange(ByteView command);
  const BridgeCounts& counts() const { return counts_; }

 private:
  Result<Bytes> pass(ByteView command);
  Result<Bytes> authenticate(simbiont_me_exchange& exchange, Bytes& apdu);
  Result<Bytes> send(Bytes& apdu);
  void count(std::uint16_t word);

  Device& device_;
  Card& card_;
  ImsiWatch watch_;
  BridgeCounts counts_;
};

}  // namespace simbiont::me

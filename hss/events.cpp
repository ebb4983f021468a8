#include "hss/events.h"

#include <array>

namespace simbiont::hss {
namespace {

// In the order of EventKind.
constexpr std::array<EventInfo, 9> table{{
    {"imei-mismatch", "A node reported an IMEI that is not among the IMSI's associations.",
     "None on service: a reported IMEI is a hint. In mode enforce the device attached because it holds the "
     "K_ME.",
     "If the device is meant to use this SIM, bind it; if not, find out who put the SIM there."},
    {"imei-new", "A node reported an IMEI for an IMSI that has a binding mode but no association.",
     "None in mode observe; in mode enforce the IMSI gets no vectors until it has an association.",
     "Bind the IMSI to this device if it is the right one."},
    {"imei-malformed", "A node reported a Terminal-Information whose IMEI has no 14 digits.",
     "None: the report stands in the history and selects nothing.", "Look at the device and its node."},
    {"key-unusable",
     "An IMSI in mode enforce has no association, or the KME or epoch of the selected one is missing, "
     "retired or "
     "revoked.",
     "Its authentication requests are answered with 4181; it cannot attach.",
     "Bind it to a device whose KME has an active epoch; `mode IMSI off` frees it."},
    {"resync-failed",
     "A resynchronisation did not verify under any key that the IMSI may have: the MAC-S of its AUTS is "
     "wrong.",
     "Answered with 4181; nothing changed.",
     "One can be a radio error. Many: K or OPc of the card differ from the store's, or somebody forges."},
    {"sqn-behind", "The card's SQN is more than 2^28 below the HSS's, so it refuses every vector of the HSS.",
     "Answered with 4181; the card cannot attach.",
     "After checking that it is the right card: `subscriber sqn IMSI N` with the card's number."},
    {"sqn-exhausted", "No SEQ is left below the largest one of 43 bits.",
     "Answered with 4181; the card is at its end.",
     "Replace the card; if the SQN was raised by mistake, `subscriber sqn`."},
    {"store-failed", "The store could not read or write, or could not open sealed keys.",
     "The request was refused (4181 or 5012); nothing was changed.",
     "Look at the disk, the store and its key file."},
    {"too-many-nodes",
     "A further node asked for plain vectors of an IMSI of which as many nodes as are remembered may hold "
     "some.",
     "The further node is answered with 4181: the HSS could not call its vectors back. The others are "
     "served.",
     "Find out who asks under so many names; what was given ends after a vector's life, or bind the IMSI."},
}};

}  // namespace

std::span<const EventInfo> event_table() { return table; }

const EventInfo& info(EventKind kind) { return table[static_cast<std::size_t>(kind)]; }

const EventInfo* find_event(std::string_view kind) {
  for (const EventInfo& entry : table)
    if (entry.kind == kind) return &entry;
  return nullptr;
}

}  // namespace simbiont::hss

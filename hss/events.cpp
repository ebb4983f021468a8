#include "hss/events.h"

#include <array>

namespace simbiont::hss {
namespace {

// In the order of EventKind.
constexpr std::array<EventInfo, 22> table{{
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
    {"token-lost",
     "The token (HSM) that a key lies in, or is sealed under, is away, locked, overloaded or too slow.",
     "IMSIs that need such a key are answered with 4181; all others are served. Nothing falls back to a "
     "plain "
     "RAND.",
     "Look at the token and its PIN's source (`simbiont kek status`); the HSS comes back by itself."},
    {"tac-changed",
     "The IMEI that a node reports is of another device model (TAC) than the one reported before.",
     "None on service: a reported IMEI is a hint.",
     "If nobody changed the device, find out who has the SIM: a stolen SIM usually lands in another model."},
    {"airs-without-ulr",
     "A node that does not hold the IMSI's registration has fetched vectors several times, and no location "
     "update and no resynchronisation followed.",
     "None: a suspicion that nothing is blocked on. Whoever holds the SIM there fails the authentication.",
     "Look where the node is. Bad radio and a node that fetches ahead look the same; a SIM in a foreign "
     "device "
     "always looks so."},
    {"auts-storm", "The IMSI has resynchronised many times within ten minutes.",
     "None by itself; beyond [limits] its requests are refused.",
     "One is normal after a restore or a card that was used elsewhere. Many: two HSSs serve the IMSI, the "
     "card is "
     "a copy, or somebody replays."},
    {"key-evidence",
     "A device has shown for the first time that it holds the K_ME: it registered after an answer made under "
     "it, "
     "or resynchronised with it.",
     "None; the key works in the field.", "None."},
    {"events-dropped", "More different events came within a minute than are kept.",
     "Some were only counted; requests were answered as ever.",
     "Look at the log and at the peers: this is a storm or an attack."},
    {"learn-trial", "A node reported a device that an ARMED IMSI may learn.",
     "The next answers are made under its K_ME, for a time that begins with the first of them.", "None."},
    {"learn-failed", "A device that was reported for an ARMED IMSI did not prove its K_ME in time.",
     "The IMSI has plain vectors again, and no other trial for a while.",
     "If the SIM is in that device, find out why it has not got the key; if not, who reported it."},
    {"learned", "A device proved the K_ME under which an ARMED IMSI's vector was made.",
     "The IMSI is LOCKED to it; nodes that may hold plain vectors are told by CLR.", "None."},
    {"rotated",
     "A node that does not hold the IMSI's registration asked twice and neither registered nor "
     "resynchronised.",
     "For such nodes the HSS turned to the next device with another K_ME, until the next ULR.",
     "None if the SIM was moved to another of its devices; otherwise somebody tries it in a foreign one."},
    {"suspended-asked", "A node asked for vectors of a SUSPENDED IMSI.", "Answered with 4181.",
     "Look where the node is if the SIM was stolen; `resume IMSI` if it is back."},
    {"association-ends", "An association ends soon.",
     "None yet; the detail says how many devices the IMSI has after it.",
     "Bind the IMSI to its next device, or bind the same one with a later date."},
    {"association-ended", "An association reached its end.",
     "Its device's key makes no more of the IMSI's vectors; without another device the IMSI gets none.",
     "If it has none, bind it to a device; `mode IMSI off` frees it."},
}};
static_assert(table.back().kind == "association-ended");

}  // namespace

std::span<const EventInfo> event_table() { return table; }

const EventInfo& info(EventKind kind) { return table[static_cast<std::size_t>(kind)]; }

const EventInfo* find_event(std::string_view kind) {
  for (const EventInfo& entry : table)
    if (entry.kind == kind) return &entry;
  return nullptr;
}

}  // namespace simbiont::hss

#include "admin/audit.h"

#include <array>

namespace simbiont::admin {
namespace {

constexpr std::array<AuditInfo, 55> table{{
    {"approval-requested", "a custodian asked for what wants two",
     "nothing yet: it waits for another custodian, and for a day at most",
     "`simbiont approvals show ID`, then `approve` or `deny`"},
    {"approval-denied", "a custodian refused what another one asked for", "it is not done", "none"},
    {"approval-failed", "what two custodians agreed on could not be done", "nothing changed",
     "look at the reason, and ask for it anew"},
    {"access-refused", "a user asked for what its role does not allow", "it was refused; nothing changed",
     "give the user the role in [roles] of the configuration, or ask why it tried"},
    {"subscriber-added", "an operator added the subscriber", "it can attach, in any device until it is bound",
     "bind it to its devices"},
    {"subscriber-changed", "an operator changed the subscriber",
     "the next authentication uses the new data; a node that serves it is told by IDR and DSR", "none"},
    {"subscriber-cancelled", "an operator cancelled the subscriber's registration",
     "every node that serves it or may hold vectors of it is told by CLR until it answers",
     "none; without --reattach the UE may stay away until it is switched on again"},
    {"subscriber-removed", "an operator removed the subscriber",
     "it gets no vector; every node that may hold some is told by CLR", "none"},
    {"sqn-set", "an operator set the sequence number",
     "the next vector lies above it; a card that has seen higher numbers asks for resynchronisation",
     "check that the card attaches"},
    {"kme-added", "an operator added a device key", "devices can be given it", "none"},
    {"kme-staged", "an operator gave a device key a new epoch",
     "none: no vector is made under a STAGED epoch",
     "bring it to the devices, have them confirm it, then activate it"},
    {"epoch-confirmed", "a device proved that it holds the epoch",
     "an IMSI all of whose devices of this key have confirmed the ACTIVE epoch gets its vectors under it",
     "none"},
    {"kme-activated", "an operator made the STAGED epoch the ACTIVE one",
     "each IMSI moves to it once all its devices of this key have confirmed it; until then it goes on under "
     "the "
     "RETIRING one",
     "`kme status` shows who lags"},
    {"epoch-moved",
     "all devices of the subscriber that share the key have confirmed its ACTIVE epoch, or the old "
     "one was taken away",
     "its next vectors are made under that epoch", "none"},
    {"epoch-retired", "nobody needed the RETIRING epoch any more, or an operator forced it",
     "no vector is made under it; its key is erased after a vector's life. Forced: devices that had not "
     "confirmed "
     "the ACTIVE epoch get no vectors they can use",
     "tell the devices to drop the epoch; forced: bring the ACTIVE one to those that lag"},
    {"epoch-revoked", "an operator revoked the epoch",
     "no vector is made under it, and nodes that may hold some are told by CLR; devices that have confirmed "
     "no "
     "later epoch are cut off",
     "bring the ACTIVE epoch to the devices of the rightful owner and have them confirm it"},
    {"epoch-key-erased", "an epoch was over for longer than a vector lives", "its key is not stored any more",
     "none"},
    {"kme-retired", "the last device of the key was transferred", "no vector is made under it any more",
     "none"},
    {"device-transferred", "an operator gave the device away",
     "its associations are gone; it knows the key's old epochs, so the other devices of the key get a new "
     "one",
     "roll the key over: bring the STAGED epoch to the other devices, activate it, then revoke the old one"},
    {"proof-refused", "a confirmation was wrong, late, or used before", "none: nothing is confirmed by it",
     "challenge the device again; many, or from a device that should be able to: its key is not the one "
     "stored "
     "here, or somebody forges"},
    {"device-added", "an operator added a device", "subscribers can be bound to it", "none"},
    {"device-state", "an operator set what S13 says of a device", "an MME that asks for the IMEI is told so",
     "none: no vector changes; to lock a SIM out of a device, unbind it"},
    {"device-removed", "an operator removed a device", "no subscriber can be bound to it", "none"},
    {"bound", "an operator bound the subscriber to devices",
     "in mode enforce its vectors open only in a device that holds the selected K_ME",
     "check that it attaches again: nodes that may hold plain vectors are told by CLR"},
    {"unbound", "an operator took associations away", "those devices' keys make no more of its vectors",
     "an enforced subscriber without an association gets none: bind it, or set mode off"},
    {"mode-changed", "an operator changed the binding mode", "the next vector follows the new mode", "none"},
    {"device-selected", "an operator chose the device in use", "the next vector is made for that device",
     "none"},
    {"policy-changed", "an operator changed what the HSS does when the SIM moved to another of its devices",
     "the next vector follows the new policy", "none"},
    {"learning", "an operator told the subscriber to learn its device",
     "plain vectors until a device within the limits proves its K_ME; encrypted ones that nodes hold still "
     "open "
     "in the devices before",
     "attach it in its device"},
    {"suspended", "an operator suspended the subscriber",
     "it gets no vector; every node that may hold some is told by CLR", "`resume IMSI` ends it"},
    {"resumed", "an operator resumed the subscriber", "it is in the state that it was in before", "none"},
    {"acknowledged", "an operator acknowledged the violation", "the subscriber is LOCKED; no vector changes",
     "none"},
    {"rebound", "an operator put a device in the place of another",
     "both may use the subscriber until the window is over, then the new one alone",
     "check that it attaches in the new device before"},
    {"pool-changed", "an operator changed a pool of devices", "the subscribers bound to it follow it",
     "none"},
    {"pool-removed", "an operator removed a pool of devices", "none: nothing was bound to it", "none"},
    {"imported", "an operator imported a file", "its rows hold from the next request on", "none"},
    {"import-started", "an operator imports a file", "its rows come into force group by group",
     "when neither imported nor import-undone follows, the HSS or the tool was killed: repeat it with "
     "--replace"},
    {"import-undone", "an import was interrupted or failed", "what it had written is as it was before",
     "none"},
    {"job-started", "an operator started a job", "its rows are done group by group, each with its own result",
     "simbiont job show ID"},
    {"job-finished", "every row of a job had its turn", "none beyond what its rows did",
     "look at the refused ones: simbiont job result ID"},
    {"job-interrupted", "the store failed while a job ran", "its other rows wait",
     "mend what the job's reason names, then simbiont job resume ID"},
    {"job-resumed", "an operator let a job go on", "the rows that waited are done", "none"},
    {"job-cancelled", "an operator cancelled a job",
     "rows that had their turn stay done, the others are left",
     "the same file can be run again: it does what is left"},
    {"synced", "the operator's own list of pairs decided", "the IMSI's associations or mode are the list's",
     "check that it attaches again: nodes that may hold plain vectors are told by CLR"},
    {"sync-done", "a list of pairs was taken", "its IMSIs have its associations",
     "look at what was refused: simbiont sync report ID"},
    {"sync-refused", "a list of pairs broke a rule", "nothing of it holds: everything is as it was",
     "see its reason: simbiont sync report ID; if it is meant, simbiont sync run --allow-removals"},
    {"sync-failed", "the source of pairs could not be read, or the store failed",
     "what was in force stays; it is tried again, ever less often", "see simbiont sync status"},
    {"sync-back", "the source of pairs answers again", "it is read at its interval", "none"},
    {"sync-stuck", "a list was taken, but its file could not be moved away", "it is not read again",
     "make the folder writable for the HSS, or remove the file"},
    {"supplier-added", "an operator registered a supplier of keys",
     "what it signs can be imported, within its ranges; keys can be exported to it",
     "compare the fingerprints and the check value with the supplier by another way"},
    {"supplier-removed", "an operator removed a supplier of keys",
     "nothing more of it is imported and nothing exported to it; what it handed over stays", "none"},
    {"keys-imported", "an operator imported a supplier's signed batch",
     "its keys hold from the next request on", "none"},
    {"keys-exported", "an operator exported device keys",
     "whoever holds the private key of that supplier can read them",
     "none, if it was meant; else new epochs for the KMEs that are named"},
    {"restored", "an operator restored a backup",
     "the store holds what the backup held, and no sequence number comes again; nodes that may hold vectors "
     "which it would not give are told by CLR",
     "repeat the changes made since that backup; nodes that hold registrations are told to renew them by "
     "RSR"},
    {"reset", "an operator reset the nodes",
     "every node that holds registrations is told by RSR, until it answers, to renew them at the next "
     "contact",
     "none"},
}};

}  // namespace

std::span<const AuditInfo> audit_table() { return table; }

}  // namespace simbiont::admin

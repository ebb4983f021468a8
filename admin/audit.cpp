#include "admin/audit.h"

#include <array>

namespace simbiont::admin {
namespace {

constexpr std::array<AuditInfo, 17> table{{
    {"subscriber-added", "an operator added the subscriber", "it can attach, in any device until it is bound",
     "bind it to its devices"},
    {"subscriber-changed", "an operator changed the subscriber",
     "the next authentication and the next location update use the new data", "none"},
    {"subscriber-cancelled", "an operator cancelled the subscriber's registration",
     "every node that serves it or may hold vectors of it is told by CLR until it answers",
     "none; without --reattach the UE may stay away until it is switched on again"},
    {"subscriber-removed", "an operator removed the subscriber",
     "it gets no vector; every node that may hold some is told by CLR", "none"},
    {"sqn-set", "an operator set the sequence number",
     "the next vector lies above it; a card that has seen higher numbers asks for resynchronisation",
     "check that the card attaches"},
    {"kme-added", "an operator added a device key", "devices can be given it", "none"},
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
    {"imported", "an operator imported a file", "its rows hold from the next request on", "none"},
    {"import-started", "an operator imports a file", "its rows come into force group by group",
     "when neither imported nor import-undone follows, the HSS or the tool was killed: repeat it with "
     "--replace"},
    {"import-undone", "an import was interrupted or failed", "what it had written is as it was before",
     "none"},
    {"restored", "an operator restored a backup",
     "the store holds what the backup held, and no sequence number comes again; nodes that may hold vectors "
     "which it would not give are told by CLR",
     "repeat the changes made since that backup"},
}};

}  // namespace

std::span<const AuditInfo> audit_table() { return table; }

}  // namespace simbiont::admin

// A card in vpcd's virtual reader.
#pragma once

#include <csignal>
#include <string>

#include "base/result.h"

namespace simbiont::card {

// No core dump, and no debugger of the same user: this process holds K.
void harden();

// Until one of `signals` comes. Waits for vpcd where it is not there, and comes back when it restarts.
// unavailable: another process serves this card.
Status serve(const std::string& card_path, const std::string& vpcd, const sigset_t& signals);

}  // namespace simbiont::card

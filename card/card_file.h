// A card as a file: JSON, keys in clear, mode 0600. Whoever may read it may copy the card; it is meant for
// test networks.
#pragma once

#include <string>

#include "usim/card_data.h"

namespace simbiont::card {

// already_exists: a card is never overwritten by a new one.
Status create_card(const std::string& path, const usim::CardData& card);
// refused: others than the owner may read it. corrupt: not a card, or one that no terminal could use.
Result<usim::CardData> read_card(const std::string& path);
// Atomic and durable: the file is the old card or the new one.
Status write_card(const std::string& path, const usim::CardData& card);

// What keeps a card from working: IMSI, ICCID, sizes of the keys, PIN, PUK (invalid_argument).
Status check_card(const usim::CardData& card);

}  // namespace simbiont::card

// What a simbiont_me is made of, and what its parts ask of each other.
#pragma once

#include "me/cmac.h"
#include "me/simbiont_me.h"

struct alignas(simbiont_me_slot) simbiont_me {
  simbiont_me_config config;
  char imsi[16];           // empty: no card
  std::uint32_t gsm_turn;  // which try a GSM challenge makes; a reject moves it on
  std::uint32_t table;     // counts the changes of which slots there are
  std::size_t capacity;
  std::size_t count;

  simbiont_me_slot* slots() { return reinterpret_cast<simbiont_me_slot*>(this + 1); }
  const simbiont_me_slot* slots() const { return reinterpret_cast<const simbiont_me_slot*>(this + 1); }
};
static_assert(sizeof(simbiont_me) <= SIMBIONT_ME_CONTEXT_SIZE(0));
static_assert(sizeof(simbiont_me) % alignof(simbiont_me_slot) == 0);

namespace simbiont::me {

// Exactly `size` digits, and then the end.
bool is_digits(const char* text, std::size_t least, std::size_t most);

// Every field in its range.
bool is_valid(const simbiont_me_slot& slot);
bool in_scope(const simbiont_me_slot& slot, const char* imsi);
bool same_kme(const simbiont_me_slot& a, const char* kme);

// Index of that slot, or count.
std::size_t find_slot(const simbiont_me& me, const char* kme, std::uint64_t epoch);

// DESIGN 5: slots in scope, newest epoch first, three at most, then the RAND as received if policy allows.
// With current_first the current ones come before the others. Returns how many.
std::uint8_t choose(const simbiont_me& me, bool current_first, std::uint8_t order[SIMBIONT_ME_MAX_TRIES]);

// RAND for the card, as this slot (or SIMBIONT_ME_PLAIN) makes it.
simbiont_me_status decrypt_rand(simbiont_me& me, std::uint8_t index, const std::uint8_t rand[16],
                                std::uint8_t out[16]);

// The slot becomes current, and the one that was becomes previous. Not saved: nothing has changed.
simbiont_me_status promote(simbiont_me& me, std::size_t index);
simbiont_me_status save(simbiont_me& me);

// 9000, an answer held for GET RESPONSE, or 91xx: done, and the card's toolkit has something for the
// terminal.
inline bool is_success(std::uint16_t status_word) {
  const unsigned sw1 = status_word >> 8;
  return (sw1 & 0xfeU) == 0x90 || sw1 == 0x61 || sw1 == 0x9f;
}

inline Key stored_key(const simbiont_me& me, std::uint32_t handle) { return {&me.config.keys, handle}; }

}  // namespace simbiont::me

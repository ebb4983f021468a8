// An AUTHENTICATE on its way to the UICC, TS 31.102 7.1, and RUN GSM ALGORITHM, TS 51.011 9.2.16: find RAND,
// put the one of the next try there, and see from the status word whether another try is due.
#include "me/context.h"
#include "me/octets.h"

using namespace simbiont::me;

namespace {

constexpr std::size_t header = 5;  // CLA INS P1 P2 Lc
constexpr std::uint8_t authenticate = 0x88;
constexpr std::uint16_t mac_failure = 0x9862;

// P2 of AUTHENTICATE.
constexpr std::uint8_t gsm_context = 0x80, umts_context = 0x81, gba_context = 0x84;
constexpr std::uint8_t gba_bootstrapping = 0xdd;

// Logical channels 0 to 3 and 4 to 19, without secure messaging and chaining (TS 102 221 10.1.1).
bool is_uicc_class(std::uint8_t cla) { return cla <= 3 || (cla & 0xf0U) == 0x40; }

// Where RAND must stand, from the first octet of the data; -1: in no form of this P2.
int rand_place(bool sim, std::uint8_t p2) {
  if (sim) return p2 == 0 ? 0 : -1;
  if (p2 == gba_context) return 2;
  return p2 == gsm_context || p2 == umts_context ? 1 : -1;
}

// True when it is one of those whose RAND is rewritten; a body that is cut short is none.
bool read_command(simbiont_me_exchange& exchange, const std::uint8_t* apdu, std::size_t size) {
  if (size < header || apdu[1] != authenticate || apdu[2] != 0) return false;
  const bool sim = apdu[0] == 0xa0;
  if (!sim && !is_uicc_class(apdu[0])) return false;
  const unsigned lc = apdu[4];
  if (size - header - lc > 1) return false;  // without Le or with it
  const int at = rand_place(sim, apdu[3]);
  const bool has_mac = at > 0 && apdu[3] != gsm_context;
  if (at < 0 || lc != static_cast<unsigned>(at) + 16 + (has_mac ? 17 : 0)) return false;
  const std::uint8_t* rand = apdu + header + at;
  if ((at > 0 && rand[-1] != 16) || (at > 1 && rand[-2] != gba_bootstrapping) || (has_mac && rand[16] != 16))
    return false;
  exchange.offset = static_cast<std::uint8_t>(rand - apdu);
  exchange.has_mac = has_mac ? 1 : 0;
  return true;
}

simbiont_me_status put_rand(simbiont_me& me, simbiont_me_exchange& exchange, std::uint8_t* apdu) {
  std::uint8_t rand[16];
  const simbiont_me_status status = decrypt_rand(me, exchange.order[exchange.tries], exchange.rand, rand);
  if (status == SIMBIONT_ME_OK) {
    copy(apdu + exchange.offset, rand, sizeof rand);
    ++exchange.tries;
  }
  wipe(rand, sizeof rand);
  return status;
}

}  // namespace

simbiont_me_status simbiont_me_apdu_command(simbiont_me* me, simbiont_me_exchange* exchange,
                                            std::uint8_t* apdu, std::size_t size) {
  if (me == nullptr || exchange == nullptr || (apdu == nullptr && size > 0)) return SIMBIONT_ME_BAD_ARGUMENT;
  wipe(exchange, sizeof *exchange);
  if (!read_command(*exchange, apdu, size)) return SIMBIONT_ME_OK;
  copy(exchange->rand, apdu + exchange->offset, sizeof exchange->rand);
  exchange->table = me->table;
  exchange->count = choose(*me, exchange->has_mac == 0, exchange->order);
  if (exchange->count == 0) return SIMBIONT_ME_NOT_FOUND;
  if (exchange->has_mac == 0) {
    exchange->order[0] = exchange->order[me->gsm_turn < exchange->count ? me->gsm_turn : 0];
    exchange->count = 1;
  }
  return put_rand(*me, *exchange, apdu);
}

simbiont_me_status simbiont_me_apdu_response(simbiont_me* me, simbiont_me_exchange* exchange,
                                             std::uint8_t* apdu, std::size_t size, std::uint16_t status_word,
                                             simbiont_me_next* next) {
  if (me == nullptr || exchange == nullptr || next == nullptr || (apdu == nullptr && size > 0))
    return SIMBIONT_ME_BAD_ARGUMENT;
  *next = SIMBIONT_ME_DONE;
  // No try was made, or the slots are others now.
  if (exchange->has_mac == 0 || exchange->tries == 0 || exchange->table != me->table) return SIMBIONT_ME_OK;
  if (size < exchange->offset + sizeof exchange->rand || exchange->tries > exchange->count ||
      exchange->count > SIMBIONT_ME_MAX_TRIES)
    return SIMBIONT_ME_BAD_ARGUMENT;
  if (status_word == mac_failure) {
    if (exchange->tries >= exchange->count) return SIMBIONT_ME_OK;
    const simbiont_me_status status = put_rand(*me, *exchange, apdu);
    if (status == SIMBIONT_ME_OK) *next = SIMBIONT_ME_RETRY;
    return status;
  }
  const std::uint8_t slot = exchange->order[exchange->tries - 1];
  if (!is_success(status_word) || slot >= me->count || me->slots()[slot].state != SIMBIONT_ME_PENDING)
    return SIMBIONT_ME_OK;
  return promote(*me, slot);
}

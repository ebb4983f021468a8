// A whole challenge: the APDUs are built here, sent through the caller's card, and read back.
#include "me/context.h"
#include "me/octets.h"

using namespace simbiont::me;

namespace {

constexpr std::size_t max_response = 258;
constexpr std::uint8_t tag_success = 0xdb, tag_sync_failure = 0xdc;

// The response of one command, GET RESPONSE included; zeroised when it goes.
struct Response {
  std::uint8_t octets[max_response] = {};
  std::size_t size = 0;  // without the status word
  std::uint16_t status_word = 0;

  Response() = default;
  Response(const Response&) = delete;
  Response& operator=(const Response&) = delete;
  ~Response() { wipe(octets, sizeof octets); }
};

bool transmit(const simbiont_me_card& card, const std::uint8_t* command, std::size_t size, Response& out) {
  std::size_t room = sizeof out.octets;
  if (card.transmit(card.user, command, size, out.octets, &room) != 0) return false;
  if (room < 2 || room > sizeof out.octets) return false;
  out.size = room - 2;
  out.status_word = static_cast<std::uint16_t>(out.octets[out.size] << 8 | out.octets[out.size + 1]);
  return true;
}

// The last octet is Le. A card that wants another says 6Cxx, which is no try yet (TS 102 221 7.3.1.1.5).
bool transmit_with_le(const simbiont_me_card& card, std::uint8_t* command, std::size_t size, Response& out) {
  if (!transmit(card, command, size, out)) return false;
  if (out.status_word >> 8 != 0x6c) return true;
  command[size - 1] = static_cast<std::uint8_t>(out.status_word);
  return transmit(card, command, size, out);
}

// T=0 cards keep the data: 61xx (9Fxx) names how much (TS 102 221 7.3.1.1.4).
bool exchange_with(const simbiont_me_card& card, std::uint8_t* command, std::size_t size, Response& out) {
  if (!transmit_with_le(card, command, size, out)) return false;
  const unsigned sw1 = out.status_word >> 8;
  if (sw1 != 0x61 && sw1 != 0x9f) return true;
  std::uint8_t fetch[] = {card.channel, 0xc0, 0, 0, static_cast<std::uint8_t>(out.status_word)};
  return transmit_with_le(card, fetch, sizeof fetch, out);
}

struct Cursor {
  const std::uint8_t* at;
  std::size_t left;

  // A length octet between least and most, and the octets themselves; 0 when they are not there.
  std::uint8_t field(std::uint8_t* out, std::size_t least, std::size_t most) {
    if (left == 0 || *at < least || *at > most || *at > left - 1) return 0;
    const std::uint8_t size = *at;
    copy(out, at + 1, size);
    at += size + 1;
    left -= size + 1U;
    return size;
  }
};

// DB RES CK IK [Kc] or DC AUTS, TS 31.102 7.1.2.1.
simbiont_me_verdict read_umts(const Response& response, simbiont_me_result& out) {
  if (response.size == 0) return SIMBIONT_ME_CARD_ERROR;
  Cursor cursor{response.octets + 1, response.size - 1};
  if (response.octets[0] == tag_sync_failure)
    return cursor.field(out.auts, 14, 14) != 0 ? SIMBIONT_ME_SYNC_FAILURE : SIMBIONT_ME_CARD_ERROR;
  if (response.octets[0] != tag_success) return SIMBIONT_ME_CARD_ERROR;
  out.res_size = cursor.field(out.res, 4, 16);
  if (out.res_size == 0 || cursor.field(out.ck, 16, 16) == 0 || cursor.field(out.ik, 16, 16) == 0)
    return SIMBIONT_ME_CARD_ERROR;
  out.has_kc = cursor.field(out.kc, 8, 8) != 0;
  return SIMBIONT_ME_SUCCESS;
}

// 04 SRES 08 Kc, TS 31.102 7.1.2.2.
simbiont_me_verdict read_gsm(const Response& response, simbiont_me_result& out) {
  Cursor cursor{response.octets, response.size};
  out.res_size = cursor.field(out.res, 4, 4);
  out.has_kc = out.res_size != 0 && cursor.field(out.kc, 8, 8) != 0;
  return out.has_kc != 0 ? SIMBIONT_ME_SUCCESS : SIMBIONT_ME_CARD_ERROR;
}

void judge(const Response& response, bool has_mac, simbiont_me_result& out) {
  out.verdict = SIMBIONT_ME_CARD_ERROR;
  if (response.status_word == 0x9862) out.verdict = SIMBIONT_ME_MAC_FAILURE;
  if (response.status_word == 0x9000 || response.status_word >> 8 == 0x91)
    out.verdict = has_mac ? read_umts(response, out) : read_gsm(response, out);
  if (out.verdict == SIMBIONT_ME_CARD_ERROR || out.verdict == SIMBIONT_ME_MAC_FAILURE) {
    wipe(out.res, sizeof out.res);
    wipe(out.ck, sizeof out.ck);
    wipe(out.ik, sizeof out.ik);
    wipe(out.kc, sizeof out.kc);
    out.res_size = out.has_kc = 0;
  }
}

// One try: what the card says of the APDU as it stands, and whether another is due.
simbiont_me_status try_once(simbiont_me& me, simbiont_me_exchange& exchange, std::uint8_t* apdu,
                            std::size_t size, const simbiont_me_card& card, simbiont_me_result& out,
                            simbiont_me_next& next) {
  Response response;
  const std::uint8_t slot = exchange.order[exchange.tries - 1];
  next = SIMBIONT_ME_DONE;
  if (!exchange_with(card, apdu, size, response)) return SIMBIONT_ME_CARD_FAILED;
  out.status_words[out.tries++] = response.status_word;
  judge(response, exchange.has_mac != 0, out);
  out.slot = slot;
  // An answer in good form is proof; a bare 9000 is not.
  if (out.verdict == SIMBIONT_ME_CARD_ERROR) return SIMBIONT_ME_OK;
  return simbiont_me_apdu_response(&me, &exchange, apdu, size, response.status_word, &next);
}

simbiont_me_status run(simbiont_me& me, std::uint8_t* apdu, std::size_t size, const simbiont_me_card& card,
                       simbiont_me_result& out) {
  simbiont_me_exchange exchange;
  wipe(&out, sizeof out);
  out.verdict = SIMBIONT_ME_MAC_FAILURE;
  out.slot = SIMBIONT_ME_PLAIN;
  simbiont_me_status status = simbiont_me_apdu_command(&me, &exchange, apdu, size);
  simbiont_me_next next = status == SIMBIONT_ME_OK ? SIMBIONT_ME_RETRY : SIMBIONT_ME_DONE;
  while (next == SIMBIONT_ME_RETRY) status = try_once(me, exchange, apdu, size, card, out, next);
  wipe(&exchange, sizeof exchange);
  wipe(apdu, size);
  // No slot is for this card and policy forbids the plain RAND: none of no tries succeeded.
  return status == SIMBIONT_ME_NOT_FOUND ? SIMBIONT_ME_OK : status;
}

bool is_usable(const simbiont_me_card* card) {
  return card != nullptr && card->transmit != nullptr && card->channel <= 3;
}

}  // namespace

simbiont_me_status simbiont_me_challenge(simbiont_me* me, const std::uint8_t rand[16],
                                         const std::uint8_t autn[16], const simbiont_me_card* card,
                                         simbiont_me_result* out) {
  if (me == nullptr || rand == nullptr || autn == nullptr || out == nullptr || !is_usable(card))
    return SIMBIONT_ME_BAD_ARGUMENT;
  std::uint8_t apdu[40] = {card->channel, 0x88, 0, 0x81, 34, 16};
  copy(apdu + 6, rand, 16);
  apdu[22] = 16;
  copy(apdu + 23, autn, 16);
  return run(*me, apdu, sizeof apdu, *card, *out);
}

simbiont_me_status simbiont_me_challenge_gsm(simbiont_me* me, const std::uint8_t rand[16],
                                             const simbiont_me_card* card, simbiont_me_result* out) {
  if (me == nullptr || rand == nullptr || out == nullptr || !is_usable(card)) return SIMBIONT_ME_BAD_ARGUMENT;
  std::uint8_t apdu[23] = {card->channel, 0x88, 0, 0x80, 17, 16};
  copy(apdu + 6, rand, 16);
  return run(*me, apdu, sizeof apdu, *card, *out);
}

simbiont_me_status simbiont_me_gsm_rejected(simbiont_me* me) {
  if (me == nullptr) return SIMBIONT_ME_BAD_ARGUMENT;
  std::uint8_t order[SIMBIONT_ME_MAX_TRIES];
  const std::uint8_t count = choose(*me, true, order);
  if (count > 0) me->gsm_turn = me->gsm_turn + 1 < count ? me->gsm_turn + 1 : 0;
  return SIMBIONT_ME_OK;
}

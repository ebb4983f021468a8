// The table of slots: which are well-formed, which serve a card, in which order.
#include "me/context.h"
#include "me/octets.h"

namespace simbiont::me {
namespace {

bool ends_within(const char* text, std::size_t size) {
  while (size > 0 && *text != 0) ++text, --size;
  return size > 0;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_kme_character(char c) {
  const auto letter = static_cast<char>(c | 0x20);
  return is_digit(c) || (letter >= 'a' && letter <= 'z') || c == '.' || c == '_' || c == ':' || c == '-';
}

bool is_kme(const char* kme) {
  if (!ends_within(kme, SIMBIONT_ME_KME_SIZE) || *kme == 0) return false;
  while (is_kme_character(*kme)) ++kme;
  return *kme == 0;
}

// One IMSI or prefix of the scope; nullptr when it is neither, else where the next one begins.
const char* read_pattern(const char* at, std::size_t& digits, bool& prefix) {
  for (digits = 0; is_digit(at[digits]); ++digits) {
  }
  prefix = at[digits] == '*';
  if (digits > 15 || (!prefix && digits < 6)) return nullptr;
  at += digits + (prefix ? 1 : 0);
  if (*at == 0) return at;
  return *at == ',' && at[1] != 0 ? at + 1 : nullptr;
}

bool is_scope(const char* at) {
  if (!ends_within(at, SIMBIONT_ME_SCOPE_SIZE) || *at == 0) return false;
  std::size_t digits = 0;
  bool prefix = false;
  while (at != nullptr && *at != 0) at = read_pattern(at, digits, prefix);
  return at != nullptr;
}

// Before: nearer to the front of the order.
bool before(const simbiont_me_slot& a, const simbiont_me_slot& b, bool current_first) {
  const bool a_current = a.state == SIMBIONT_ME_CURRENT;
  if (current_first && a_current != (b.state == SIMBIONT_ME_CURRENT)) return a_current;
  return a.epoch > b.epoch;
}

}  // namespace

bool is_digits(const char* text, std::size_t least, std::size_t most) {
  std::size_t size = 0;
  while (size <= most && is_digit(text[size])) ++size;
  return size >= least && size <= most && text[size] == 0;
}

bool is_valid(const simbiont_me_slot& slot) {
  return slot.epoch != 0 && slot.key != 0 && slot.algorithm <= SIMBIONT_ME_AES128_IMSI &&
         slot.state <= SIMBIONT_ME_PREVIOUS && is_kme(slot.kme) && is_scope(slot.scope);
}

bool same_kme(const simbiont_me_slot& a, const char* kme) { return same(a.kme, kme, length(kme) + 1); }

bool in_scope(const simbiont_me_slot& slot, const char* imsi) {
  std::size_t digits = 0;
  bool prefix = false;
  for (const char* at = slot.scope; *imsi != 0 && *at != 0;) {
    const char* next = read_pattern(at, digits, prefix);
    if (same(at, imsi, digits) && (prefix || imsi[digits] == 0)) return true;
    at = next;
  }
  return false;
}

std::size_t find_slot(const simbiont_me& me, const char* kme, std::uint64_t epoch) {
  std::size_t i = 0;
  while (i < me.count && !(me.slots()[i].epoch == epoch && same_kme(me.slots()[i], kme))) ++i;
  return i;
}

std::uint8_t choose(const simbiont_me& me, bool current_first, std::uint8_t order[SIMBIONT_ME_MAX_TRIES]) {
  const simbiont_me_slot* slots = me.slots();
  std::uint8_t chosen = 0;
  for (std::size_t i = 0; i < me.count; ++i) {
    if (!in_scope(slots[i], me.imsi)) continue;
    // The newcomer takes the place after the chosen ones and rises; what stands there at the end is out.
    std::uint8_t at = chosen;
    for (; at > 0 && before(slots[i], slots[order[at - 1]], current_first); --at) order[at] = order[at - 1];
    order[at] = static_cast<std::uint8_t>(i);
    if (chosen < SIMBIONT_ME_MAX_TRIES - 1) ++chosen;
  }
  if (me.config.try_plain != 0) order[chosen++] = SIMBIONT_ME_PLAIN;
  return chosen;
}

simbiont_me_status decrypt_rand(simbiont_me& me, std::uint8_t index, const std::uint8_t rand[16],
                                std::uint8_t out[16]) {
  if (index == SIMBIONT_ME_PLAIN) {
    copy(out, rand, 16);
    return SIMBIONT_ME_OK;
  }
  const simbiont_me_slot& slot = me.slots()[index];
  const Key key = stored_key(me, slot.key);
  bool done = false;
  if (slot.algorithm == SIMBIONT_ME_AES128_IMSI) {
    LocalKey k_enc(16);
    done = kdf(key, "encRAND", me.imsi, k_enc.octets()) && k_enc.key().run(SIMBIONT_ME_DECRYPT, rand, out);
  } else {
    done = key.run(SIMBIONT_ME_DECRYPT, rand, out);
  }
  return done ? SIMBIONT_ME_OK : SIMBIONT_ME_KEY_FAILED;
}

simbiont_me_status save(simbiont_me& me) {
  if (me.config.keys.save == nullptr) return SIMBIONT_ME_OK;
  return me.config.keys.save(me.config.keys.user, me.slots(), me.count) == 0 ? SIMBIONT_ME_OK
                                                                             : SIMBIONT_ME_SAVE_FAILED;
}

simbiont_me_status promote(simbiont_me& me, std::size_t index) {
  simbiont_me_slot& slot = me.slots()[index];
  simbiont_me_slot* former = me.slots();
  simbiont_me_slot* const end = former + me.count;
  while (former != end && !(former->state == SIMBIONT_ME_CURRENT && same_kme(*former, slot.kme))) ++former;
  const std::uint8_t state = slot.state;
  if (former != end) former->state = SIMBIONT_ME_PREVIOUS;
  slot.state = SIMBIONT_ME_CURRENT;
  const simbiont_me_status saved = save(me);
  if (saved != SIMBIONT_ME_OK) {
    slot.state = state;
    if (former != end) former->state = SIMBIONT_ME_CURRENT;
  }
  return saved;
}

}  // namespace simbiont::me

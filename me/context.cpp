#include "me/context.h"

#include "me/octets.h"

using namespace simbiont::me;

namespace {

constexpr std::size_t max_slots = SIMBIONT_ME_PLAIN - 1;

bool abi_fits(std::uint32_t abi) { return abi >> 16 == SIMBIONT_ME_ABI >> 16 && abi <= SIMBIONT_ME_ABI; }

// A KME has at most one slot an epoch, and one that is current.
bool clash(const simbiont_me_slot& a, const simbiont_me_slot& b) {
  return same_kme(a, b.kme) &&
         (a.epoch == b.epoch || (a.state == SIMBIONT_ME_CURRENT && b.state == SIMBIONT_ME_CURRENT));
}

}  // namespace

std::uint32_t simbiont_me_abi(void) { return SIMBIONT_ME_ABI; }

simbiont_me_status simbiont_me_init(void* memory, std::size_t size, const simbiont_me_config* config,
                                    simbiont_me** out) {
  if (memory == nullptr || config == nullptr || out == nullptr) return SIMBIONT_ME_BAD_ARGUMENT;
  if (!abi_fits(config->abi)) return SIMBIONT_ME_BAD_ABI;
  if (reinterpret_cast<std::uintptr_t>(memory) % alignof(simbiont_me) != 0 ||
      !is_digits(config->imei, 14, 14) || config->keys.block == nullptr || config->try_plain > 1)
    return SIMBIONT_ME_BAD_ARGUMENT;
  if (size < SIMBIONT_ME_CONTEXT_SIZE(1)) return SIMBIONT_ME_NO_ROOM;
  auto* me = static_cast<simbiont_me*>(memory);
  wipe(memory, size);
  copy(&me->config, config, sizeof *config);
  // By subtraction: a division is a library function of its own on a small CPU.
  for (size -= sizeof(simbiont_me); size >= sizeof(simbiont_me_slot) && me->capacity < max_slots;
       size -= sizeof(simbiont_me_slot))
    ++me->capacity;
  *out = me;
  return SIMBIONT_ME_OK;
}

simbiont_me_status simbiont_me_wipe(simbiont_me* me) {
  if (me == nullptr) return SIMBIONT_ME_BAD_ARGUMENT;
  wipe(me, sizeof *me + me->capacity * sizeof(simbiont_me_slot));
  return SIMBIONT_ME_OK;
}

simbiont_me_status simbiont_me_load(simbiont_me* me, const simbiont_me_slot* slots, std::size_t count) {
  if (me == nullptr || (slots == nullptr && count > 0)) return SIMBIONT_ME_BAD_ARGUMENT;
  if (count > me->capacity) return SIMBIONT_ME_NO_ROOM;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_valid(slots[i])) return SIMBIONT_ME_BAD_ARGUMENT;
    for (std::size_t j = 0; j < i; ++j) {
      if (clash(slots[i], slots[j])) return SIMBIONT_ME_BAD_ARGUMENT;
    }
  }
  if (count > 0) copy(me->slots(), slots, count * sizeof *slots);
  me->count = count;
  me->gsm_turn = 0;
  ++me->table;
  return SIMBIONT_ME_OK;
}

simbiont_me_status simbiont_me_slot_count(const simbiont_me* me, std::size_t* out) {
  if (me == nullptr || out == nullptr) return SIMBIONT_ME_BAD_ARGUMENT;
  *out = me->count;
  return SIMBIONT_ME_OK;
}

simbiont_me_status simbiont_me_slot_at(const simbiont_me* me, std::size_t index, simbiont_me_slot* out) {
  if (me == nullptr || out == nullptr) return SIMBIONT_ME_BAD_ARGUMENT;
  if (index >= me->count) return SIMBIONT_ME_NOT_FOUND;
  *out = me->slots()[index];
  return SIMBIONT_ME_OK;
}

simbiont_me_status simbiont_me_set_imsi(simbiont_me* me, const char* imsi) {
  if (me == nullptr || imsi == nullptr || (*imsi != 0 && !is_digits(imsi, 6, 15)))
    return SIMBIONT_ME_BAD_ARGUMENT;
  wipe(me->imsi, sizeof me->imsi);
  copy(me->imsi, imsi, length(imsi));
  me->gsm_turn = 0;
  return SIMBIONT_ME_OK;
}

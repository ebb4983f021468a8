// What the HSS asks a device to prove (DESIGN 3), and what a person may see of a key.
#include "me/context.h"
#include "me/octets.h"

using namespace simbiont::me;

namespace {

// kme || 0 || epoch || challenge.
std::size_t proof_input(const simbiont_me_slot& slot, const std::uint8_t challenge[16], std::uint8_t* out) {
  std::size_t at = length(slot.kme) + 1;
  copy(out, slot.kme, at);
  for (int shift = 56; shift >= 0; shift -= 8) out[at++] = static_cast<std::uint8_t>(slot.epoch >> shift);
  copy(out + at, challenge, 16);
  return at + 16;
}

}  // namespace

simbiont_me_status simbiont_me_proof(simbiont_me* me, const char* kme, std::uint64_t epoch,
                                     const std::uint8_t challenge[16], std::uint8_t proof[16]) {
  if (me == nullptr || kme == nullptr || challenge == nullptr || proof == nullptr)
    return SIMBIONT_ME_BAD_ARGUMENT;
  const std::size_t index = find_slot(*me, kme, epoch);
  if (index == me->count) return SIMBIONT_ME_NOT_FOUND;
  const simbiont_me_slot& slot = me->slots()[index];
  std::uint8_t input[SIMBIONT_ME_KME_SIZE + 8 + 16];
  const std::size_t size = proof_input(slot, challenge, input);
  std::uint8_t mac[16];
  LocalKey k_conf(16);
  const bool done = slot.confirm_key != 0
                        ? cmac(stored_key(*me, slot.confirm_key), input, size, mac)
                        : kdf(stored_key(*me, slot.key), "confirm", me->config.imei, k_conf.octets()) &&
                              cmac(k_conf.key(), input, size, mac);
  if (!done) return SIMBIONT_ME_KEY_FAILED;
  copy(proof, mac, sizeof mac);
  return SIMBIONT_ME_OK;
}

simbiont_me_status simbiont_me_key_check_value(simbiont_me* me, std::size_t index, std::uint8_t kcv[3]) {
  if (me == nullptr || kcv == nullptr) return SIMBIONT_ME_BAD_ARGUMENT;
  if (index >= me->count) return SIMBIONT_ME_NOT_FOUND;
  std::uint8_t block[16] = {};
  const bool done = stored_key(*me, me->slots()[index].key).run(SIMBIONT_ME_ENCRYPT, block, block);
  if (done) copy(kcv, block, 3);
  wipe(block, sizeof block);
  return done ? SIMBIONT_ME_OK : SIMBIONT_ME_KEY_FAILED;
}

simbiont_me_status simbiont_me_make_current(simbiont_me* me, const char* kme, std::uint64_t epoch) {
  if (me == nullptr || kme == nullptr) return SIMBIONT_ME_BAD_ARGUMENT;
  const std::size_t index = find_slot(*me, kme, epoch);
  if (index == me->count) return SIMBIONT_ME_NOT_FOUND;
  const simbiont_me_status status = promote(*me, index);
  if (status == SIMBIONT_ME_OK) me->gsm_turn = 0;
  return status;
}

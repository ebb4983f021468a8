// A hostile card before the ME library's challenge: its answers are the input, an octet of length before
// each. Tries stay bounded, sizes within their fields, a verdict without keys has none, and only an answer in
// good form proves a slot.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "me/simbiont_me.h"

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

template <std::size_t N>
void put(char (&to)[N], std::string_view text) {
  must(text.size() < N);
  text.copy(to, text.size());
}

struct Card {
  const std::uint8_t* at;
  std::size_t left;
  int asked = 0;

  static int transmit(void* user, const std::uint8_t* command, std::size_t size, std::uint8_t* response,
                      std::size_t* room) {
    auto& self = *static_cast<Card*>(user);
    must(size >= 5 && size <= 40 && command[0] == 1 && *room >= 258);
    ++self.asked;
    if (self.left == 0) return -1;
    const std::size_t length = std::min<std::size_t>({self.at[0], self.left - 1, *room});
    std::copy_n(self.at + 1, length, response);
    self.at += 1 + length;
    self.left -= 1 + length;
    *room = length;
    return 0;
  }
};

bool all_zero(const std::uint8_t* octets, std::size_t size) {
  return std::all_of(octets, octets + size, [](std::uint8_t octet) { return octet == 0; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::array<simbiont_me_soft_key, 1> keys{{{16, {1, 2, 3}}}};
  simbiont_me_soft_keys soft{keys.data(), 1};
  simbiont_me_config config{};
  config.abi = SIMBIONT_ME_ABI;
  config.try_plain = 1;
  put(config.imei, "49015420323751");
  config.keys = {&soft, simbiont_me_soft_block, nullptr, nullptr, nullptr};
  std::array<std::uint64_t, SIMBIONT_ME_CONTEXT_SIZE(1) / 8 + 1> memory{};
  simbiont_me* me = nullptr;
  must(simbiont_me_init(memory.data(), sizeof memory, &config, &me) == SIMBIONT_ME_OK);
  simbiont_me_slot slot{};
  slot.epoch = slot.key = 1;
  slot.state = SIMBIONT_ME_PENDING;
  put(slot.kme, "k");
  put(slot.scope, "00101*");
  must(simbiont_me_load(me, &slot, 1) == SIMBIONT_ME_OK);
  must(simbiont_me_set_imsi(me, "001010000000001") == SIMBIONT_ME_OK);

  Card card{data, size};
  const simbiont_me_card handle{&card, Card::transmit, 1};
  const std::array<std::uint8_t, 16> rand{}, autn{};
  simbiont_me_result result;
  const bool gsm = size % 2 != 0;
  const simbiont_me_status status =
      gsm ? simbiont_me_challenge_gsm(me, rand.data(), &handle, &result)
          : simbiont_me_challenge(me, rand.data(), autn.data(), &handle, &result);
  must(status == SIMBIONT_ME_OK || status == SIMBIONT_ME_CARD_FAILED);
  must(result.tries <= SIMBIONT_ME_MAX_TRIES && card.asked <= 4 * SIMBIONT_ME_MAX_TRIES &&
       result.res_size <= 16);
  const bool success = status == SIMBIONT_ME_OK && result.verdict == SIMBIONT_ME_SUCCESS;
  const bool sync = status == SIMBIONT_ME_OK && result.verdict == SIMBIONT_ME_SYNC_FAILURE;
  if (!success) must(result.res_size == 0 && all_zero(result.ck, 16) && all_zero(result.ik, 16));
  must(simbiont_me_slot_at(me, 0, &slot) == SIMBIONT_ME_OK);
  const bool proved = slot.state == SIMBIONT_ME_CURRENT;
  must(proved == (!gsm && (success || sync) && result.slot == 0));
  return 0;
}

// APDUs through the ME library, and status words back. What is not rewritten must stay as it came, what is
// differs in RAND's octets only, tries are bounded, and nothing outside the APDU is touched.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

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

struct Device {
  Device() {
    soft = {keys.data(), static_cast<std::uint32_t>(keys.size())};
    simbiont_me_config config{};
    config.abi = SIMBIONT_ME_ABI;
    config.try_plain = 1;
    put(config.imei, "49015420323751");
    config.keys = {&soft, simbiont_me_soft_block, nullptr, nullptr, nullptr};
    must(simbiont_me_init(memory.data(), sizeof memory, &config, &me) == SIMBIONT_ME_OK);
    std::array<simbiont_me_slot, 3> slots{};
    for (std::size_t i = 0; i < slots.size(); ++i) {
      keys[i].size = 16;
      keys[i].octets[0] = static_cast<std::uint8_t>(i);
      slots[i].epoch = i + 1;
      slots[i].key = static_cast<std::uint32_t>(i + 1);
      slots[i].state = i == 2 ? SIMBIONT_ME_PENDING : i == 1 ? SIMBIONT_ME_CURRENT : SIMBIONT_ME_PREVIOUS;
      put(slots[i].kme, "k");
      put(slots[i].scope, "00101*");
    }
    must(simbiont_me_load(me, slots.data(), slots.size()) == SIMBIONT_ME_OK);
    must(simbiont_me_set_imsi(me, "001010000000001") == SIMBIONT_ME_OK);
  }
  std::array<simbiont_me_soft_key, 3> keys{};
  simbiont_me_soft_keys soft{};
  std::array<std::uint64_t, SIMBIONT_ME_CONTEXT_SIZE(3) / 8 + 1> memory{};
  simbiont_me* me = nullptr;
};

bool differ_only_in_rand(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b,
                         std::size_t offset) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool in_rand = offset != 0 && i >= offset && i < offset + 16;
    if (!in_rand && a[i] != b[i]) return false;
  }
  return true;
}

}  // namespace

// One octet says what the card answers, then the APDU.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const std::uint16_t words[] = {0x9862, 0x9000, 0x6135, 0x6c35, 0x6700, 0x9f0c, 0x0000, 0xffff};
  Device device;
  const std::vector<std::uint8_t> original(data + 1, data + size);
  std::vector<std::uint8_t> apdu = original;
  simbiont_me_exchange exchange;
  must(simbiont_me_apdu_command(device.me, &exchange, apdu.data(), apdu.size()) == SIMBIONT_ME_OK);
  must(differ_only_in_rand(original, apdu, exchange.offset));
  must(exchange.offset == 0 || (exchange.offset >= 5 && exchange.offset + 16U <= apdu.size()));
  simbiont_me_next next = SIMBIONT_ME_RETRY;
  for (int tries = 0; next == SIMBIONT_ME_RETRY; ++tries) {
    must(tries < SIMBIONT_ME_MAX_TRIES);
    must(simbiont_me_apdu_response(device.me, &exchange, apdu.data(), apdu.size(), words[data[0] & 7U],
                                   &next) == SIMBIONT_ME_OK);
    must(differ_only_in_rand(original, apdu, exchange.offset));
  }
  return 0;
}

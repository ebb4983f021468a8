// Slot updates: the octets as they are, and the same with a tag that is right, so that the reader behind it
// is met too. Whatever happens, the table stays one that load() would take.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "me/cmac.h"
#include "me/simbiont_me.h"

namespace {

constexpr const char* imei = "49015420323751";

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
    for (std::size_t i = 0; i < 2; ++i) {
      keys[i].size = 32;
      keys[i].octets[0] = static_cast<std::uint8_t>(i + 1);
    }
    simbiont_me_config config{};
    config.abi = SIMBIONT_ME_ABI;
    config.transport_key = 1;
    put(config.imei, imei);
    config.keys = {&soft, simbiont_me_soft_block, simbiont_me_soft_import, simbiont_me_soft_erase, nullptr};
    must(simbiont_me_init(memory.data(), sizeof memory, &config, &me) == SIMBIONT_ME_OK);
    simbiont_me_slot slot{};
    slot.epoch = 1;
    slot.key = 2;
    slot.state = SIMBIONT_ME_CURRENT;
    put(slot.kme, "k");
    put(slot.scope, "00101*");
    must(simbiont_me_load(me, &slot, 1) == SIMBIONT_ME_OK);
  }
  void apply(const std::vector<std::uint8_t>& update) {
    const simbiont_me_status status = simbiont_me_update(me, update.data(), update.size());
    std::array<simbiont_me_slot, 3> slots;
    std::size_t count = 0;
    must(simbiont_me_slot_count(me, &count) == SIMBIONT_ME_OK);
    must(count >= 1 && count <= slots.size());
    for (std::size_t i = 0; i < count; ++i) must(simbiont_me_slot_at(me, i, &slots[i]) == SIMBIONT_ME_OK);
    must(status == SIMBIONT_ME_OK || count == 1);
    must(simbiont_me_load(me, slots.data(), count) == SIMBIONT_ME_OK);
  }

  std::array<simbiont_me_soft_key, 6> keys{};
  simbiont_me_soft_keys soft{};
  std::array<std::uint64_t, SIMBIONT_ME_CONTEXT_SIZE(3) / 8> memory{};
  simbiont_me* me = nullptr;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Device device;
  std::vector<std::uint8_t> update(data, data + size);
  if (size > 0) device.apply(update);

  const simbiont_me_keys store{&device.soft, simbiont_me_soft_block, nullptr, nullptr, nullptr};
  const simbiont::me::Key transport{&store, 1};
  simbiont::me::LocalKey key(16);
  must(simbiont::me::kdf(transport, "update", imei, key.octets()));
  update.resize(size + 16);
  must(simbiont::me::cmac(key.key(), data, size, update.data() + size));
  device.apply(update);
  return 0;
}

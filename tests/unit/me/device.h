// A device with keys in memory, and a card that takes one RAND.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "me/simbiont_me.h"

namespace simbiont::test {

inline const char* const test_imsi = "001010000000001";
inline const char* const test_imei = "49015420323751";

struct Device {
  explicit Device(std::size_t slots = 6, bool try_plain = true) : memory(words(slots)) {
    soft = {keys.data(), static_cast<std::uint32_t>(keys.size())};
    config.abi = SIMBIONT_ME_ABI;
    config.try_plain = try_plain ? 1 : 0;
    std::strcpy(config.imei, test_imei);
    config.keys = {this, block, import_key, erase_key, save};
    transport = add_key(Bytes(32, 0x77));
    config.transport_key = transport;
    start();
  }
  void start() {
    ASSERT_EQ(simbiont_me_init(memory.data(), memory.size() * sizeof memory[0], &config, &me),
              SIMBIONT_ME_OK);
    ASSERT_EQ(simbiont_me_set_imsi(me, test_imsi), SIMBIONT_ME_OK);
  }
  static std::size_t words(std::size_t slots) { return (SIMBIONT_ME_CONTEXT_SIZE(slots) + 7) / 8; }

  std::uint32_t add_key(ByteView octets) {
    std::uint32_t handle = 0;
    EXPECT_EQ(simbiont_me_soft_import(&soft, octets.data(), octets.size(), &handle), 0);
    return handle;
  }
  simbiont_me_slot slot(const char* kme, std::uint64_t epoch, ByteView key, std::uint8_t algorithm = 0,
                        std::uint8_t state = SIMBIONT_ME_CURRENT, const char* scope = test_imsi) {
    simbiont_me_slot out{};
    out.epoch = epoch;
    out.key = add_key(key);
    out.algorithm = algorithm;
    out.state = state;
    std::strcpy(out.kme, kme);
    std::strcpy(out.scope, scope);
    return out;
  }
  simbiont_me_status load(const std::vector<simbiont_me_slot>& slots) {
    return simbiont_me_load(me, slots.data(), slots.size());
  }
  std::vector<simbiont_me_slot> slots() const {
    std::size_t count = 0;
    EXPECT_EQ(simbiont_me_slot_count(me, &count), SIMBIONT_ME_OK);
    std::vector<simbiont_me_slot> out(count);
    for (std::size_t i = 0; i < out.size(); ++i)
      EXPECT_EQ(simbiont_me_slot_at(me, i, &out[i]), SIMBIONT_ME_OK);
    return out;
  }
  // "2 pending, 1 current"
  std::string states() const {
    static const char* const names[] = {"pending", "current", "previous"};
    std::string out;
    for (const simbiont_me_slot& s : slots())
      out += (out.empty() ? "" : ", ") + std::to_string(s.epoch) + " " + names[s.state];
    return out;
  }

  static Device& of(void* user) { return *static_cast<Device*>(user); }
  static int block(void* user, std::uint32_t key, int direction, const std::uint8_t* in, std::uint8_t* out) {
    Device& device = of(user);
    if (device.blocks_until_failure == 0) return -1;
    --device.blocks_until_failure;
    return simbiont_me_soft_block(&device.soft, key, direction, in, out);
  }
  static int import_key(void* user, const std::uint8_t* key, std::size_t size, std::uint32_t* handle) {
    return simbiont_me_soft_import(&of(user).soft, key, size, handle);
  }
  static int erase_key(void* user, std::uint32_t key) { return simbiont_me_soft_erase(&of(user).soft, key); }
  static int save(void* user, const simbiont_me_slot* slots, std::size_t count) {
    Device& device = of(user);
    if (device.save_fails) return -1;
    device.saved.assign(slots, slots + count);
    ++device.saves;
    return 0;
  }
  std::size_t keys_held() const {
    std::size_t held = 0;
    for (const simbiont_me_soft_key& key : keys) held += key.size != 0 ? 1 : 0;
    return held;
  }

  std::array<simbiont_me_soft_key, 12> keys{};
  simbiont_me_soft_keys soft{};
  std::vector<std::uint64_t> memory;
  simbiont_me_config config{};
  simbiont_me* me = nullptr;
  std::uint32_t transport = 0;
  std::vector<simbiont_me_slot> saved;
  int saves = 0;
  bool save_fails = false;
  long blocks_until_failure = 1'000'000;
};

// Takes one RAND, and says what it is told then; 9862 to every other. T=0 when `keeps` is set: 61xx, then GET
// RESPONSE.
struct OneRandCard {
  Block rand{};
  Bytes answer;
  std::uint16_t refusal = 0x9862;
  std::uint16_t done = 0x9000;
  bool keeps = false;
  bool exact_le = false;  // 6Cxx to any other
  bool breaks = false;
  std::vector<Bytes> commands;

  simbiont_me_card card(std::uint8_t channel = 0) { return {this, transmit, channel}; }

  static int transmit(void* user, const std::uint8_t* command, std::size_t size, std::uint8_t* response,
                      std::size_t* room) {
    auto& self = *static_cast<OneRandCard*>(user);
    self.commands.emplace_back(command, command + size);
    if (self.breaks) return -1;
    const Bytes out = self.respond({command, size});
    if (out.size() > *room) return -1;
    std::copy(out.begin(), out.end(), response);
    *room = out.size();
    return 0;
  }
  Bytes respond(ByteView command) const {
    if (command[1] == 0xc0) return with_status(answer, 0x9000);
    if (!std::equal(rand.begin(), rand.end(), command.begin() + 6)) return with_status({}, refusal);
    if (exact_le && command.back() != answer.size())
      return with_status({}, static_cast<std::uint16_t>(0x6c00 + answer.size()));
    if (keeps) return with_status({}, static_cast<std::uint16_t>(0x6100 + answer.size()));
    return with_status(answer, done);
  }
  static Bytes with_status(Bytes data, std::uint16_t word) {
    data.push_back(static_cast<std::uint8_t>(word >> 8));
    data.push_back(static_cast<std::uint8_t>(word));
    return data;
  }
};

}  // namespace simbiont::test

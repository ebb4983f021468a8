// A device over a file store in a directory of its own, and a card with a script.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <deque>
#include <memory>

#include "me/daemon/bridge.h"
#include "me/daemon/device.h"
#include "support/temp_dir.h"

namespace simbiont::test {

inline const std::string card_imsi = "001010000000001";

inline Bytes hex(std::string_view digits) { return *from_hex(digits); }

inline Block aes_ecb(const Secret& key, const Block& in) {
  Block out{};
  int size = 0;
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  EXPECT_EQ(EVP_EncryptInit_ex(context, key.size() == 32 ? EVP_aes_256_ecb() : EVP_aes_128_ecb(), nullptr,
                               key.reveal().data(), nullptr),
            1);
  EVP_CIPHER_CTX_set_padding(context, 0);
  EXPECT_EQ(EVP_EncryptUpdate(context, out.data(), &size, in.data(), 16), 1);
  EVP_CIPHER_CTX_free(context);
  return out;
}

inline Secret test_key(std::uint8_t octet, std::size_t size = 16) { return Secret(Bytes(size, octet)); }

// AUTHENTICATE in the 3G context.
inline Bytes authenticate(const Block& rand) {
  Bytes out = hex("008800812210");
  out.insert(out.end(), rand.begin(), rand.end());
  const Bytes autn = hex("10aabbccddeeff00112233445566778899");
  out.insert(out.end(), autn.begin(), autn.end());
  return out;
}

// Answers what stands in `answers`, front first, the last one for ever; keeps what it was sent.
struct ScriptedCard final : me::Card {
  std::deque<Bytes> answers;
  std::vector<Bytes> commands;
  bool gone = false;

  Result<Bytes> transmit(ByteView command) override {
    if (gone) return error(Errc::unavailable, "gone");
    commands.emplace_back(command.begin(), command.end());
    const Bytes answer = answers.empty() ? hex("6d00") : answers.front();
    if (answers.size() > 1) answers.pop_front();
    return answer;
  }
};

struct DeviceTest : ::testing::Test {
  DeviceTest() { start(false); }
  void start(bool try_plain, std::size_t room = 4) {
    device.reset();  // lets the store go
    auto store = me::open_file_store(directory.file("me.state"));
    ASSERT_TRUE(store) << store.error().message;
    auto made = me::Device::make(*std::move(store), {"49015420323751", try_plain, room});
    ASSERT_TRUE(made) << made.error().message;
    device = *std::move(made);
  }
  static me::NewSlot slot(const std::string& kme, std::uint64_t epoch, const Secret& key) {
    me::NewSlot out;
    out.kme = kme;
    out.scope = card_imsi;
    out.epoch = epoch;
    out.key = key;
    return out;
  }
  // "kme 1 current, kme 2 pending"
  std::string states() {
    static const char* const names[] = {"pending", "current", "previous"};
    std::string out;
    for (const me::SlotView& view : device->slots())
      out += (out.empty() ? "" : ", ") + std::string(view.slot.kme) + " " + std::to_string(view.slot.epoch) +
             " " + names[view.slot.state];
    return out;
  }

  TempDir directory;
  std::unique_ptr<me::Device> device;
  ScriptedCard card;
};

}  // namespace simbiont::test

// A device of the simulation: the real ME library, its slots and keys durable, what is only in its memory
// gone at a restart; and a card that knows both kinds of AUTHENTICATE.
#pragma once

#include <array>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "me/simbiont_me.h"
#include "support/me_oracle.h"
#include "usim/authenticator.h"

namespace simbiont::rollover {

// AUTHENTICATE of a USIM (00 88 00 81) and of its GSM context (00 88 00 80).
class Card {
 public:
  explicit Card(usim::Profile profile) : authenticator_(std::move(profile)) {}

  usim::Authenticator& authenticator() { return authenticator_; }
  simbiont_me_card as_card() { return {this, transmit, 0}; }

 private:
  static int transmit(void* user, const std::uint8_t* command, std::size_t size, std::uint8_t* response,
                      std::size_t* room) {
    const Bytes out = static_cast<Card*>(user)->answer({command, size});
    if (out.size() > *room) return -1;
    std::copy(out.begin(), out.end(), response);
    *room = out.size();
    return 0;
  }
  static void field(Bytes& out, ByteView octets) {
    out.push_back(static_cast<std::uint8_t>(octets.size()));
    out.insert(out.end(), octets.begin(), octets.end());
  }
  Bytes answer(ByteView command) {
    Block rand{}, autn{};
    std::copy_n(command.begin() + 6, 16, rand.begin());
    Bytes out;
    if (command[3] == 0x80) {
      const auto gsm = authenticator_.gsm(rand);
      field(out, gsm.sres);
      field(out, gsm.kc);
    } else {
      std::copy_n(command.begin() + 23, 16, autn.begin());
      const usim::Outcome outcome = authenticator_.authenticate(rand, autn);
      if (outcome.verdict == usim::Verdict::mac_failure) return {0x98, 0x62};
      if (outcome.verdict == usim::Verdict::sync_failure) {
        out.push_back(0xdc);
        field(out, outcome.auts);
      } else {
        out.push_back(0xdb);
        for (const ByteView part : {ByteView(outcome.res), ByteView(outcome.ck), ByteView(outcome.ik)})
          field(out, part);
      }
    }
    out.insert(out.end(), {0x90, 0x00});
    return out;
  }

  usim::Authenticator authenticator_;
};

class Device {
 public:
  Device(std::string imei14, Bytes transport, bool tries_plain)
      : imei_(std::move(imei14)), transport_(std::move(transport)), tries_plain_(tries_plain) {
    import_transport();
    restart();
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const std::string& imei() const { return imei_; }
  const Bytes& transport() const { return transport_; }

  // Power off and on: slots come from where save() put them.
  void restart() {
    in_.clear();
    memory_.assign((SIMBIONT_ME_CONTEXT_SIZE(max_slots) + 7) / 8, 0);
    simbiont_me_config config{};
    config.abi = SIMBIONT_ME_ABI;
    config.transport_key = transport_handle_;
    config.try_plain = tries_plain_ ? 1 : 0;
    std::strcpy(config.imei, imei_.c_str());
    config.keys = {this, block, import_key, erase_key, save};
    test::require(simbiont_me_init(memory_.data(), memory_.size() * sizeof memory_[0], &config, &me_) ==
                      SIMBIONT_ME_OK &&
                  simbiont_me_load(me_, saved_.data(), saved_.size()) == SIMBIONT_ME_OK);
  }
  // As its maker delivers it.
  void give(const std::string& kme, std::uint64_t epoch, std::uint8_t algorithm, ByteView key) {
    simbiont_me_slot slot{};
    slot.epoch = epoch;
    slot.algorithm = algorithm;
    slot.state = SIMBIONT_ME_CURRENT;
    test::require(import_key(this, key.data(), key.size(), &slot.key) == 0);
    std::strcpy(slot.kme, kme.c_str());
    std::strcpy(slot.scope, "*");
    saved_.push_back(slot);
    restart();
  }

  simbiont_me_status update(const Bytes& update) {
    return simbiont_me_update(me_, update.data(), update.size());
  }
  bool holds(const std::string& kme, std::uint64_t epoch) const {
    for (const simbiont_me_slot& slot : saved_)
      if (slot.epoch == epoch && kme == slot.kme) return true;
    return false;
  }
  std::size_t slots() const { return saved_.size(); }
  bool prove(const std::string& kme, std::uint64_t epoch, const Block& challenge, Block& proof) {
    return simbiont_me_proof(me_, kme.c_str(), epoch, challenge.data(), proof.data()) == SIMBIONT_ME_OK;
  }
  void make_current(const std::string& kme, std::uint64_t epoch) {
    (void)simbiont_me_make_current(me_, kme.c_str(), epoch);
  }
  void gsm_rejected() { (void)simbiont_me_gsm_rejected(me_); }

  simbiont_me_result challenge(const std::string& imsi, Card& card, const Block& rand, const Block& autn) {
    simbiont_me_result result{};
    const simbiont_me_card transport = card.as_card();
    insert(imsi);
    const auto status = simbiont_me_challenge(me_, rand.data(), autn.data(), &transport, &result);
    test::require(status == SIMBIONT_ME_OK || status == SIMBIONT_ME_SAVE_FAILED);
    return result;
  }
  simbiont_me_result challenge_gsm(const std::string& imsi, Card& card, const Block& rand) {
    simbiont_me_result result{};
    const simbiont_me_card transport = card.as_card();
    insert(imsi);
    test::require(simbiont_me_challenge_gsm(me_, rand.data(), &transport, &result) == SIMBIONT_ME_OK);
    return result;
  }

  bool saves = true;  // false: the store of slots is full for a while

 private:
  static constexpr std::size_t max_slots = 6;

  static int block(void* user, std::uint32_t key, int direction, const std::uint8_t* in, std::uint8_t* out) {
    return simbiont_me_soft_block(&of(user).soft_, key, direction, in, out);
  }
  static int import_key(void* user, const std::uint8_t* key, std::size_t size, std::uint32_t* handle) {
    return simbiont_me_soft_import(&of(user).soft_, key, size, handle);
  }
  static int erase_key(void* user, std::uint32_t key) { return simbiont_me_soft_erase(&of(user).soft_, key); }
  static int save(void* user, const simbiont_me_slot* slots, std::size_t count) {
    if (!of(user).saves) return -1;
    of(user).saved_.assign(slots, slots + count);
    return 0;
  }
  // A card stays where it is until another one comes.
  void insert(const std::string& imsi) {
    if (imsi == in_) return;
    test::require(simbiont_me_set_imsi(me_, imsi.c_str()) == SIMBIONT_ME_OK);
    in_ = imsi;
  }
  static Device& of(void* user) { return *static_cast<Device*>(user); }
  void import_transport() {
    soft_ = {keys_.data(), static_cast<std::uint32_t>(keys_.size())};
    test::require(simbiont_me_soft_import(&soft_, transport_.data(), transport_.size(), &transport_handle_) ==
                  0);
  }

  const std::string imei_;
  const Bytes transport_;
  const bool tries_plain_;
  std::array<simbiont_me_soft_key, 8> keys_{};
  simbiont_me_soft_keys soft_{};
  std::uint32_t transport_handle_ = 0;
  std::vector<std::uint64_t> memory_;
  simbiont_me* me_ = nullptr;
  std::vector<simbiont_me_slot> saved_;
  std::string in_;
};

}  // namespace simbiont::rollover

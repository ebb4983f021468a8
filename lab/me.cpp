#include "lab/me.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <span>

#include "lab/me_crypto.h"
#include "me/simbiont_me.h"

namespace simbiont::lab {
namespace {

constexpr std::size_t context_words = (SIMBIONT_ME_CONTEXT_SIZE(Device::max_slots) + 7) / 8;

// A device as the ME library has it: its slots, and their keys in memory. Zeroised when it goes.
class Equipment {
 public:
  Equipment(std::span<const KeySlot> slots, std::string_view imsi, bool tries_plain)
      : store_{keys_.data(), static_cast<std::uint32_t>(keys_.size())} {
    simbiont_me_config config{};
    config.abi = SIMBIONT_ME_ABI;
    config.try_plain = tries_plain ? 1 : 0;
    std::memcpy(config.imei, "00000000000000", sizeof config.imei);  // no proof is asked of it
    config.keys.user = &store_;
    config.keys.block = simbiont_me_soft_block;
    require(simbiont_me_init(memory_.data(), sizeof memory_, &config, &me_));
    load(slots.first(std::min(slots.size(), Device::max_slots)));
    require(simbiont_me_set_imsi(me_, std::string(imsi).c_str()));
  }
  ~Equipment() {
    (void)simbiont_me_wipe(me_);
    for (simbiont_me_soft_key& key : keys_) zeroise(key.octets);
  }
  Equipment(const Equipment&) = delete;
  Equipment& operator=(const Equipment&) = delete;

  simbiont_me* handle() { return me_; }
  static void require(simbiont_me_status status) {
    if (status != SIMBIONT_ME_OK) std::abort();
  }

 private:
  // Newest first: the first one has the highest epoch. Each is for any card.
  void load(std::span<const KeySlot> slots) {
    std::array<simbiont_me_slot, Device::max_slots> table{};
    for (std::size_t i = 0; i < slots.size(); ++i) {
      const ByteView key = slots[i].key.reveal();
      require(simbiont_me_soft_import(&store_, key.data(), key.size(), &table[i].key) == 0
                  ? SIMBIONT_ME_OK
                  : SIMBIONT_ME_KEY_FAILED);
      table[i].epoch = slots.size() - i;
      table[i].algorithm = static_cast<std::uint8_t>(slots[i].scheme);
      table[i].state = i == 0 ? SIMBIONT_ME_CURRENT : SIMBIONT_ME_PREVIOUS;
      std::memcpy(table[i].kme, "lab", 4);
      std::memcpy(table[i].scope, "*", 2);
    }
    require(simbiont_me_load(me_, table.data(), slots.size()));
  }

  std::array<simbiont_me_soft_key, Device::max_slots> keys_{};
  simbiont_me_soft_keys store_;
  std::array<std::uint64_t, context_words> memory_{};
  simbiont_me* me_ = nullptr;
};
static_assert(static_cast<int>(Scheme::aes128) == SIMBIONT_ME_AES128 &&
              static_cast<int>(Scheme::aes256) == SIMBIONT_ME_AES256 &&
              static_cast<int>(Scheme::aes128_imsi) == SIMBIONT_ME_AES128_IMSI);

int transmit(void* user, const std::uint8_t* command, std::size_t size, std::uint8_t* response,
             std::size_t* room) {
  Bytes answer = static_cast<usim::Usim*>(user)->transmit({command, size});
  const bool fits = answer.size() <= *room;
  if (fits) {
    std::copy(answer.begin(), answer.end(), response);
    *room = answer.size();
  }
  zeroise(answer);
  return fits ? 0 : -1;
}

MeVerdict verdict_of(const simbiont_me_result& result) {
  switch (result.verdict) {
    case SIMBIONT_ME_SUCCESS:
      return MeVerdict::success;
    case SIMBIONT_ME_SYNC_FAILURE:
      return MeVerdict::sync_failure;
    case SIMBIONT_ME_MAC_FAILURE:
      return MeVerdict::mac_failure;
    case SIMBIONT_ME_CARD_ERROR:
      break;
  }
  return MeVerdict::card_error;
}

// RES of another size than this home network's is no answer to its vectors.
void read_success(const simbiont_me_result& result, const Challenge& challenge,
                  const ByteArray<3>& serving_network, MeResponse& out) {
  if (result.res_size != out.res.size()) {
    out.verdict = MeVerdict::card_error;
    return;
  }
  Block ck{};
  Block ik{};
  std::copy_n(result.res, out.res.size(), out.res.begin());
  std::copy_n(result.ck, ck.size(), ck.begin());
  std::copy_n(result.ik, ik.size(), ik.begin());
  out.kasme = derive_kasme(ck, ik, serving_network, challenge.autn);
  zeroise(ck);
  zeroise(ik);
}

}  // namespace

std::optional<Scheme> scheme(std::string_view name) {
  if (name == "aes128") return Scheme::aes128;
  if (name == "aes256") return Scheme::aes256;
  if (name == "aes128-imsi") return Scheme::aes128_imsi;
  return std::nullopt;
}

std::size_t key_size(Scheme s) { return s == Scheme::aes256 ? 32 : 16; }

Block decrypt_rand(const KeySlot& slot, std::string_view imsi, const Block& rand) {
  Equipment equipment({&slot, 1}, imsi, false);
  ByteArray<21> apdu{0xa0, 0x88, 0, 0, 16};  // RUN GSM ALGORITHM: whose one slot is the only choice
  std::copy(rand.begin(), rand.end(), apdu.begin() + 5);
  simbiont_me_exchange exchange;
  Equipment::require(simbiont_me_apdu_command(equipment.handle(), &exchange, apdu.data(), apdu.size()));
  Block out{};
  std::copy(apdu.begin() + 5, apdu.end(), out.begin());
  zeroise(apdu);
  return out;
}

MeResponse answer_challenge(const Device& device, usim::Usim& card, const Challenge& challenge,
                            const ByteArray<3>& serving_network) {
  MeResponse out;
  if ((challenge.autn[6] & 0x80) == 0) {
    out.verdict = MeVerdict::separation_bit_off;
    return out;
  }
  Equipment equipment(device.slots, card.profile().imsi, device.tries_plain);
  const simbiont_me_card handle{&card, transmit, 0};
  simbiont_me_result result{};
  const simbiont_me_status status = simbiont_me_challenge(equipment.handle(), challenge.rand.data(),
                                                          challenge.autn.data(), &handle, &result);
  if (status == SIMBIONT_ME_OK) out.verdict = verdict_of(result);
  out.status_words.assign(result.status_words, result.status_words + result.tries);
  if (out.verdict == MeVerdict::success) read_success(result, challenge, serving_network, out);
  if (out.verdict == MeVerdict::sync_failure) std::copy_n(result.auts, out.auts.size(), out.auts.begin());
  zeroise({reinterpret_cast<std::uint8_t*>(&result), sizeof result});
  return out;
}

}  // namespace simbiont::lab

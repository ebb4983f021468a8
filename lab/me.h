// A mobile equipment: it turns the RAND it was sent into the RAND its card can use, when it holds the K_ME.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/secret.h"
#include "usim/usim.h"

namespace simbiont::lab {

enum class Scheme : std::uint8_t { aes128, aes256, aes128_imsi };
std::optional<Scheme> scheme(std::string_view name);  // "aes128-imsi"
std::size_t key_size(Scheme);                         // octets

struct KeySlot {
  std::string id;  // for a person only
  Scheme scheme = Scheme::aes128;
  Secret key;  // key_size(scheme) octets
};

struct Device {
  static constexpr std::size_t max_slots = 3;

  std::string name;
  std::string imei;            // as it is built in
  std::vector<KeySlot> slots;  // newest first, at most max_slots
  // After all slots the RAND as received is tried: a foreign, unbound SIM works in any device.
  bool tries_plain = true;
};

// What the MME hands on: RAND as transported, and AUTN.
struct Challenge {
  Block rand{};
  Block autn{};
};

enum class MeVerdict : std::uint8_t {
  success,
  sync_failure,
  mac_failure,         // of every try
  separation_bit_off,  // TS 33.401 6.1.1: not for E-UTRAN
  card_error,          // another status word, or a response that is none
};

// Zeroised when it goes.
struct MeResponse {
  MeVerdict verdict = MeVerdict::card_error;
  std::vector<std::uint16_t> status_words;  // of each try, in order
  ByteArray<8> res{};
  ByteArray<32> kasme{};
  ByteArray<14> auts{};

  MeResponse() = default;
  MeResponse(const MeResponse&) = default;
  MeResponse& operator=(const MeResponse&) = default;
  MeResponse(MeResponse&&) = default;
  MeResponse& operator=(MeResponse&&) = default;
  ~MeResponse() {
    zeroise(res);
    zeroise(kasme);
  }
};

// One challenge through the device into the card. serving_network: the PLMN as the ME sees it broadcast.
MeResponse answer_challenge(const Device& device, usim::Usim& card, const Challenge& challenge,
                            const ByteArray<3>& serving_network);

// The RAND that a slot makes of the transported one, for this IMSI.
Block decrypt_rand(const KeySlot& slot, std::string_view imsi, const Block& rand);

}  // namespace simbiont::lab

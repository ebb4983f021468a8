// What a UICC keeps when its power goes: personalisation, PIN, the SQN array, and what terminals wrote.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"
#include "usim/authenticator.h"

namespace simbiont::usim {

// A PIN and its PUK as TS 102 221 9.5 has them: 8 octets each, digits in ASCII, a PIN padded with FF.
struct Pin {
  static constexpr std::uint8_t max_tries = 3, max_puk_tries = 10;
  Secret value, puk;
  bool enabled = false;
  std::uint8_t tries = max_tries, puk_tries = max_puk_tries;

  // 4 to 8 digits (invalid_argument), padded.
  static Result<Secret> padded(std::string_view digits);
};

// TS 33.220: what bootstrapping on the UICC left behind.
struct GbaState {
  Secret ks;  // CK || IK; empty before the first bootstrapping
  Block rand{};
};

struct CardData {
  Profile profile;
  std::string iccid;  // 19 or 20 digits
  unsigned mnc_digits = 2;
  Pin pin1;
  std::array<std::uint64_t, ind_count> accepted_seq{};
  GbaState gba;
  std::map<std::string, Bytes> written;  // EFs that were updated: path ("3f00/7fff/6f7e") to content
};

}  // namespace simbiont::usim

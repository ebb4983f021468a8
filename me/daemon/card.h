// The UICC as the decryptor needs it: the PC/SC reader is one, a test's card another.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace simbiont::me {

class Card {
 public:
  virtual ~Card() = default;
  // A C-APDU; the answer ends with its status word, so it has two octets or more. unavailable: the card is
  // gone.
  virtual Result<Bytes> transmit(ByteView command) = 0;
};

inline std::uint16_t status_word(ByteView response) {
  return static_cast<std::uint16_t>(load_be(response.last(2)));
}

// 9000, or an answer that is held for GET RESPONSE.
inline bool is_success(std::uint16_t word) {
  return word == 0x9000 || word >> 8 == 0x61 || word >> 8 == 0x9f || word >> 8 == 0x91;
}

}  // namespace simbiont::me

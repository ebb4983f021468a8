#include "me/unwrap.h"

#include "me/octets.h"

namespace simbiont::me {

// RFC 3394 2.2.2: A and one R at a time through the inverse cipher, from the last of 6n steps to the first.
simbiont_me_status unwrap(Key key, const std::uint8_t* wrapped, std::size_t size, std::uint8_t* out) {
  const std::size_t n = size / 8 - 1;
  std::uint8_t block[16];  // A || R[i]
  copy(block, wrapped, 8);
  copy(out, wrapped + 8, 8 * n);
  bool done = true;
  for (std::size_t step = 6 * n; done && step > 0; --step) {
    std::uint8_t* r = out + 8 * ((step - 1) % n);
    block[7] = static_cast<std::uint8_t>(block[7] ^ step);
    copy(block + 8, r, 8);
    done = key.run(SIMBIONT_ME_DECRYPT, block, block);
    copy(r, block + 8, 8);
  }
  unsigned difference = 0;
  for (int i = 0; i < 8; ++i) difference |= block[i] ^ 0xa6U;
  wipe(block, sizeof block);
  if (done && difference == 0) return SIMBIONT_ME_OK;
  wipe(out, 8 * n);
  return done ? SIMBIONT_ME_NOT_AUTHENTIC : SIMBIONT_ME_KEY_FAILED;
}

}  // namespace simbiont::me

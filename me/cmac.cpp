#include "me/cmac.h"

#include "me/octets.h"

namespace simbiont::me {
namespace {

// RFC 4493 2.3: L shifted left by one bit, and the constant when a bit falls out.
void double_block(std::uint8_t* block) {
  const auto carry = static_cast<std::uint8_t>(block[0] >> 7);
  for (int i = 0; i < 15; ++i) block[i] = static_cast<std::uint8_t>(block[i] << 1 | block[i + 1] >> 7);
  block[15] = static_cast<std::uint8_t>(block[15] << 1 ^ (0x87 & -carry));
}

std::size_t append(std::uint8_t* out, std::size_t at, const char* text) {
  const std::size_t size = length(text);
  copy(out + at, text, size);
  out[at + size] = 0;
  out[at + size + 1] = static_cast<std::uint8_t>(size);
  return at + size + 2;
}

}  // namespace

LocalKey::LocalKey(std::uint8_t size) {
  slot_.size = size;
  keys_ = {&slot_, 1};
  store_.user = &keys_;
  store_.block = simbiont_me_soft_block;
}

LocalKey::~LocalKey() { wipe(&slot_, sizeof slot_); }

bool cmac(Key key, const std::uint8_t* message, std::size_t size, std::uint8_t out[16]) {
  std::uint8_t blocks[2][16];  // the sub key, the state
  wipe(blocks, sizeof blocks);
  std::uint8_t* state = blocks[1];
  bool done = key.run(SIMBIONT_ME_ENCRYPT, blocks[0], blocks[0]);
  for (; size > 16; size -= 16, message += 16) {
    add(state, message, 16);
    done = done && key.run(SIMBIONT_ME_ENCRYPT, state, state);
  }
  double_block(blocks[0]);
  add(state, message, size);
  if (size < 16) {
    double_block(blocks[0]);
    state[size] ^= 0x80;
  }
  add(state, blocks[0], 16);
  done = done && key.run(SIMBIONT_ME_ENCRYPT, state, out);
  wipe(blocks, sizeof blocks);
  return done;
}

bool kdf(Key key, const char* label, const char* context, std::uint8_t out[16]) {
  std::uint8_t input[1 + 2 * (16 + 2)];
  input[0] = 0xf0;
  const std::size_t size = append(input, append(input, 1, label), context);
  return cmac(key, input, size, out);
}

}  // namespace simbiont::me

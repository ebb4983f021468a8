#include "crypto/aes.h"
#include "crypto/token.h"

namespace simbiont::crypto {
namespace {

// Multiplication by x in GF(2^128): RFC 4493 2.3.
Block doubled(const Block& in) {
  Block out;
  const unsigned first = in[0];
  const unsigned last = in[15];
  for (std::size_t i = 0; i + 1 < in.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(in[i] << 1 | in[i + 1] >> 7);
  }
  out[15] = static_cast<std::uint8_t>(last << 1 ^ (0x87U & (0U - (first >> 7))));
  return out;
}

void xor_into(Block& block, ByteView octets) {
  for (std::size_t i = 0; i < octets.size(); ++i) block[i] ^= octets[i];
}

// encrypt: turns a block into its encryption; false when there is no encrypting now.
template <class Encrypt>
bool cmac_with(const Encrypt& encrypt, ByteView message, Block& out) {
  Block state{};
  for (; message.size() > state.size(); message = message.subspan(state.size())) {
    xor_into(state, message.first(state.size()));
    if (!encrypt(state)) return false;
  }
  // The last block: K1 when it is whole, K2 and the padding 10...0 when it is not.
  Block subkey{};
  if (!encrypt(subkey)) return false;
  subkey = doubled(subkey);
  xor_into(state, message);
  if (message.size() < state.size()) {
    subkey = doubled(subkey);
    state[message.size()] ^= 0x80U;
  }
  xor_into(state, subkey);
  zeroise(subkey);
  out = state;
  return encrypt(out);
}

}  // namespace

Block cmac(const Aes& aes, ByteView message) {
  Block out;
  (void)cmac_with(
      [&](Block& block) {
        block = aes.encrypt(block);
        return true;
      },
      message, out);
  return out;
}

Result<Block> cmac(Token& token, ByteView id, ByteView message) {
  Block out;
  Status status;
  const auto encrypt = [&](Block& block) {
    status = token.encrypt(id, block, block);
    return status.ok();
  };
  if (!cmac_with(encrypt, message, out)) return status.error();
  return out;
}

}  // namespace simbiont::crypto

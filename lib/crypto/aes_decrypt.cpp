#include "crypto/aes_decrypt.h"

#include <nettle/aes.h>

#include <cassert>

namespace simbiont::crypto {
namespace {

template <class Context>
void wipe(Context& context) {
  zeroise({reinterpret_cast<std::uint8_t*>(&context), sizeof context});
}

}  // namespace

Block decrypt_block(const Secret& key, const Block& in) {
  assert(key.size() == AES128_KEY_SIZE || key.size() == AES256_KEY_SIZE);
  Block out;
  if (key.size() == AES256_KEY_SIZE) {
    aes256_ctx context;
    aes256_set_decrypt_key(&context, key.reveal().data());
    aes256_decrypt(&context, out.size(), out.data(), in.data());
    wipe(context);
  } else {
    aes128_ctx context;
    aes128_set_decrypt_key(&context, key.reveal().data());
    aes128_decrypt(&context, out.size(), out.data(), in.data());
    wipe(context);
  }
  return out;
}

}  // namespace simbiont::crypto

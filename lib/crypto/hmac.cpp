#include "crypto/hmac.h"

#include <nettle/hmac.h>

#include "base/secret.h"

namespace simbiont::crypto {

ByteArray<32> hmac_sha256(ByteView key, ByteView message) {
  hmac_sha256_ctx context;
  hmac_sha256_set_key(&context, key.size(), key.data());
  hmac_sha256_update(&context, message.size(), message.data());
  ByteArray<32> out;
  hmac_sha256_digest(&context, out.size(), out.data());
  zeroise({reinterpret_cast<std::uint8_t*>(&context), sizeof context});
  return out;
}

}  // namespace simbiont::crypto

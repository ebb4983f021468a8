#include "crypto/hmac.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>

#include <cassert>

#include "base/secret.h"
#include "crypto/cpu.h"
#include "crypto/native.h"

namespace simbiont::crypto {
namespace {

template <class Context>
void wipe(Context& context) {
  zeroise({reinterpret_cast<std::uint8_t*>(&context), sizeof context});
}

void library_hmac(ByteView key, ByteView message, std::uint8_t* mac) {
  hmac_sha256_ctx context;
  hmac_sha256_set_key(&context, key.size(), key.data());
  hmac_sha256_update(&context, message.size(), message.data());
  hmac_sha256_digest(&context, SHA256_DIGEST_SIZE, mac);
  wipe(context);
}

}  // namespace

ByteArray<32> sha256(ByteView message) {
  if constexpr (native::built) {
    if (cpu_has_sha()) return native::sha256(message);
  }
  ByteArray<32> digest;
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, message.size(), message.data());
  sha256_digest(&context, digest.size(), digest.data());
  wipe(context);
  return digest;
}

ByteArray<32> hmac_sha256(ByteView key, ByteView message) {
  if constexpr (native::built) {
    if (cpu_has_sha()) return native::hmac_sha256(key, message);
  }
  ByteArray<32> mac;
  library_hmac(key, message, mac.data());
  return mac;
}

void hmac_sha256_short(std::span<const ShortHmac> jobs, std::size_t message_size) {
  assert(message_size <= ShortHmac::max_message_size);
  if constexpr (native::built) {
    if (cpu_has_sha()) return native::hmac_sha256_short(jobs, message_size);
  }
  for (const ShortHmac& job : jobs) library_hmac(job.key, ByteView(job.message).first(message_size), job.mac);
}

}  // namespace simbiont::crypto

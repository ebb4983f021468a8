#include "lab/me_crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>

#include "base/secret.h"
#include "base/writer.h"

namespace simbiont::lab {
namespace {

void require(bool done) {
  if (!done) std::abort();
}

}  // namespace

ByteArray<32> derive_kasme(const Block& ck, const Block& ik, const ByteArray<3>& serving_network,
                           const Block& autn) {
  ByteArray<32> key{};
  std::copy(ck.begin(), ck.end(), key.begin());
  std::copy(ik.begin(), ik.end(), key.begin() + ck.size());
  Bytes input;
  Writer writer(input);
  writer.u8(0x10);  // FC
  writer.bytes(serving_network);
  writer.u16(3);
  writer.bytes(ByteView(autn).first(6));  // SQN xor AK
  writer.u16(6);
  ByteArray<32> kasme{};
  unsigned length = 0;
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), input.data(), input.size(),
               kasme.data(), &length) != nullptr &&
          length == kasme.size());
  zeroise(key);
  return kasme;
}

}  // namespace simbiont::lab

#include "usim/gba.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdlib>

#include "base/writer.h"

namespace simbiont::usim {

void unhide_mac(const Block& ik, Block& autn) {
  ByteArray<20> digest{};
  unsigned size = 0;
  if (EVP_Digest(ik.data(), ik.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) std::abort();
  for (std::size_t i = 0; i < 8; ++i) autn[8 + i] = static_cast<std::uint8_t>(autn[8 + i] ^ digest[i]);
  zeroise(digest);
}

Secret bootstrapped(const Block& ck, const Block& ik) {
  ByteArray<32> ks{};
  std::copy(ck.begin(), ck.end(), ks.begin());
  std::copy(ik.begin(), ik.end(), ks.begin() + 16);
  Secret out(ks);
  zeroise(ks);
  return out;
}

Secret ks_ext_naf(const GbaState& gba, ByteView naf_id, ByteView impi) {
  assert(!gba.ks.empty());
  Bytes text{0x01};
  Writer writer(text);
  for (const ByteView parameter : {as_bytes("gba-me"), ByteView(gba.rand), impi, naf_id}) {
    writer.bytes(parameter);
    writer.u16(static_cast<std::uint16_t>(parameter.size()));
  }
  ByteArray<32> key{};
  unsigned size = 0;
  const ByteView ks = gba.ks.reveal();
  if (HMAC(EVP_sha256(), ks.data(), static_cast<int>(ks.size()), text.data(), text.size(), key.data(),
           &size) == nullptr ||
      size != key.size()) {
    std::abort();
  }
  Secret out(key);
  zeroise(key);
  return out;
}

}  // namespace simbiont::usim

#include "lab/me_crypto.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>

#include <cstdlib>
#include <memory>

#include "base/writer.h"

namespace simbiont::lab {
namespace {

void require(bool done) {
  if (!done) std::abort();
}

}  // namespace

Block aes_decrypt(const Secret& key, const Block& in) {
  assert(key.size() == 16 || key.size() == 32);
  const EVP_CIPHER* cipher = key.size() == 16 ? EVP_aes_128_ecb() : EVP_aes_256_ecb();
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                EVP_CIPHER_CTX_free);
  Block out{};
  int length = 0;
  require(context != nullptr &&
          EVP_DecryptInit_ex2(context.get(), cipher, key.reveal().data(), nullptr, nullptr) == 1 &&
          EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
          EVP_DecryptUpdate(context.get(), out.data(), &length, in.data(), static_cast<int>(in.size())) ==
              1 &&
          length == static_cast<int>(out.size()));
  return out;
}

Block aes_cmac(const Secret& key, ByteView message) {
  assert(key.size() == 16 || key.size() == 32);
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(EVP_MAC_fetch(nullptr, "CMAC", nullptr),
                                                              EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(EVP_MAC_CTX_new(mac.get()),
                                                                          EVP_MAC_CTX_free);
  char cipher[] = "AES-128-CBC";
  if (key.size() == 32) cipher[4] = '2', cipher[5] = '5', cipher[6] = '6';
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
                                   OSSL_PARAM_construct_end()};
  Block out{};
  std::size_t length = 0;
  require(context != nullptr &&
          EVP_MAC_init(context.get(), key.reveal().data(), key.size(), parameters) == 1 &&
          EVP_MAC_update(context.get(), message.data(), message.size()) == 1 &&
          EVP_MAC_final(context.get(), out.data(), &length, out.size()) == 1 && length == out.size());
  return out;
}

Secret kdf(const Secret& key, std::string_view label, std::string_view context) {
  Bytes input;
  Writer writer(input);
  writer.u8(0xf0);
  for (const std::string_view part : {label, context}) {
    writer.bytes(as_bytes(part));
    writer.u16(static_cast<std::uint16_t>(part.size()));
  }
  Block mac = aes_cmac(key, input);
  Secret derived(mac);
  zeroise(mac);
  return derived;
}

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

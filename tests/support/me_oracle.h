// OpenSSL as the oracle of the ME library: AES blocks, CMAC, key wrap, and slot updates put together from
// them.
#pragma once

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/writer.h"

namespace simbiont::test {

inline void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL refused");
}

inline Bytes cipher(const EVP_CIPHER* algorithm, ByteView key, ByteView in, bool encrypt) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                EVP_CIPHER_CTX_free);
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  Bytes out(in.size() + 16);
  int size = 0;
  require(EVP_CipherInit_ex2(context.get(), algorithm, key.data(), nullptr, encrypt ? 1 : 0, nullptr) == 1 &&
          EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
          EVP_CipherUpdate(context.get(), out.data(), &size, in.data(), static_cast<int>(in.size())) == 1);
  out.resize(static_cast<std::size_t>(size));
  return out;
}

inline Block aes(ByteView key, ByteView in, bool encrypt) {
  const Bytes out = cipher(key.size() == 16 ? EVP_aes_128_ecb() : EVP_aes_256_ecb(), key, in, encrypt);
  Block block{};
  require(out.size() == block.size());
  std::copy(out.begin(), out.end(), block.begin());
  return block;
}

inline Block cmac(ByteView key, ByteView message) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(EVP_MAC_fetch(nullptr, "CMAC", nullptr),
                                                              EVP_MAC_free);
  const std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context(EVP_MAC_CTX_new(mac.get()),
                                                                          EVP_MAC_CTX_free);
  std::string name = key.size() == 16 ? "AES-128-CBC" : "AES-256-CBC";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name.data(), 0),
                                   OSSL_PARAM_construct_end()};
  Block out{};
  std::size_t size = 0;
  require(EVP_MAC_init(context.get(), key.data(), key.size(), parameters) == 1 &&
          EVP_MAC_update(context.get(), message.data(), message.size()) == 1 &&
          EVP_MAC_final(context.get(), out.data(), &size, out.size()) == 1 && size == out.size());
  return out;
}

// DESIGN 3.
inline Block kdf(ByteView key, std::string_view label, std::string_view context) {
  Bytes input;
  Writer writer(input);
  writer.u8(0xf0);
  for (const std::string_view part : {label, context}) {
    writer.bytes(as_bytes(part));
    writer.u16(static_cast<std::uint16_t>(part.size()));
  }
  return cmac(key, input);
}

// A slot update of docs/device.md, as its sender makes it.
struct SlotUpdate {
  std::string imei = "49015420323751";
  std::string kme = "meter-fleet.1";
  std::uint64_t epoch = 2;
  std::uint8_t algorithm = 0;
  std::vector<std::uint64_t> drops;
  std::string scope = "001010000000001";
  Bytes key;          // K_ME; empty: drops only
  Bytes confirm_key;  // K_conf, when the device gets K_enc instead of K_ME

  Bytes body(ByteView transport) const {
    Bytes out;
    Writer writer(out);
    writer.u8(1);
    writer.bytes(as_bytes(imei));
    text(writer, kme);
    writer.u64(epoch);
    writer.u8(algorithm);
    writer.u8(static_cast<std::uint8_t>(drops.size()));
    for (const std::uint64_t drop : drops) writer.u64(drop);
    text(writer, scope);
    for (const Bytes* k : {&key, &confirm_key}) {
      const Bytes wrapped = k->empty() ? Bytes{} : wrap(transport, *k);
      writer.u8(static_cast<std::uint8_t>(wrapped.size()));
      writer.bytes(wrapped);
    }
    return out;
  }
  Bytes sealed(ByteView transport) const {
    Bytes out = body(transport);
    return tag(transport, std::move(out));
  }
  Bytes tag(ByteView transport, Bytes out) const {
    const Block mac = cmac(kdf(transport, "update", imei), out);
    out.insert(out.end(), mac.begin(), mac.end());
    return out;
  }
  Bytes wrap(ByteView transport, const Bytes& k) const {
    Bytes wrapping;
    for (const char* label : {"wrap-1", "wrap-2"}) {
      const Block half = kdf(transport, label, imei);
      wrapping.insert(wrapping.end(), half.begin(), half.end());
    }
    return cipher(EVP_aes_256_wrap(), wrapping, k, true);
  }
  static void text(Writer& writer, std::string_view value) {
    writer.u8(static_cast<std::uint8_t>(value.size()));
    writer.bytes(as_bytes(value));
  }
};

}  // namespace simbiont::test

// Key pairs for tests, as PEM.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "base/bytes.h"
#include "base/secret.h"

namespace simbiont::test {

struct KeyPair {
  std::string priv, pub;
};

inline std::string drain(BIO* out) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(out, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(out);
  return pem;
}

inline KeyPair pair_of(EVP_PKEY* key) {
  if (key == nullptr) throw std::runtime_error("no key was made");
  BIO* priv = BIO_new(BIO_s_mem());
  BIO* pub = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(priv, key, nullptr, nullptr, 0, nullptr, nullptr);
  PEM_write_bio_PUBKEY(pub, key);
  EVP_PKEY_free(key);
  return {drain(priv), drain(pub)};
}

inline KeyPair make_ed25519() { return pair_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }
inline KeyPair make_ec(const char* curve) {
  return pair_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
}
// RSA takes seconds to make: a file's whole text.
inline std::string read_text(const std::string& path) {
  std::ifstream in(path);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (text.empty()) throw std::runtime_error("cannot read " + path);
  return text;
}

// RSAES-OAEP with SHA-256, as a device maker opens it. Throws when it does not open.
inline Secret decrypt_oaep(const std::string& private_pem, ByteView sealed) {
  BIO* in = BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(in, nullptr, nullptr, nullptr);
  BIO_free(in);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr);
  Bytes out(1024);
  std::size_t size = out.size();
  const bool opened = EVP_PKEY_decrypt_init(context) == 1 &&
                      EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
                      EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
                      EVP_PKEY_decrypt(context, out.data(), &size, sealed.data(), sealed.size()) == 1;
  EVP_PKEY_CTX_free(context);
  EVP_PKEY_free(key);
  if (!opened || size > Secret::max_size) throw std::runtime_error("OAEP does not open");
  return Secret(ByteView(out).first(size));
}

}  // namespace simbiont::test

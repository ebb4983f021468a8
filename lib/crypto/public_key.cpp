#include "crypto/public_key.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <memory>

#include "crypto/hmac.h"

namespace simbiont::crypto {
namespace {

constexpr int least_rsa_bits = 3072, most_rsa_bits = 8192;  // SP 800-57 part 1: 128 bits of strength

template <auto free>
struct Free {
  template <class T>
  void operator()(T* what) const {
    free(what);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Source = std::unique_ptr<BIO, Free<BIO_free>>;

// OpenSSL's queue of errors is the thread's: none of ours is left in it.
struct CleanErrors {
  CleanErrors() = default;
  CleanErrors(const CleanErrors&) = delete;
  CleanErrors& operator=(const CleanErrors&) = delete;
  ~CleanErrors() { ERR_clear_error(); }
};

// An encrypted PEM is refused: nobody is asked for a passphrase.
int no_passphrase(char*, int, int, void*) { return -1; }

Source source(std::string_view text) {
  return Source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

bool is_ed25519(const EVP_PKEY* key) { return EVP_PKEY_is_a(key, "ED25519") == 1; }

bool is_p256(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == "prime256v1";
}

bool is_sound(EVP_PKEY* key) {
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return context && EVP_PKEY_public_check(context.get()) == 1;
}

Result<Bytes> encode(const Key& key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  if (size <= 0) return error(Errc::invalid_argument, "the public key cannot be encoded");
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

Key decode(ByteView spki) {
  const unsigned char* at = spki.data();
  Key key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  return at == spki.data() + spki.size() ? std::move(key) : Key();
}

Key read_pem(std::string_view text) {
  if (text.size() > max_pem) return {};
  const Source in = source(text);
  return Key(in ? PEM_read_bio_PUBKEY(in.get(), nullptr, no_passphrase, nullptr) : nullptr);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  return text;
}

Key from_raw(ByteView octets) {
  if (octets.size() == 32)
    return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets.data(), octets.size()));
  if (octets.size() != 65 || octets[0] != 4) return {};
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  std::string group = "prime256v1";
  Bytes point(octets.begin(), octets.end());
  const std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1) return {};
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY,
                        const_cast<OSSL_PARAM*>(parameters.data())) != 1)
    return {};
  return Key(key);
}

const EVP_MD* digest_of(const EVP_PKEY* key) { return is_ed25519(key) ? nullptr : EVP_sha256(); }

}  // namespace

Result<Bytes> parse_verifying_key(std::string_view text) {
  const CleanErrors clean;
  const auto raw = from_hex(trimmed(text));
  const Key key = raw ? from_raw(*raw) : read_pem(text);
  if (!key)
    return error(Errc::invalid_argument, "it is no public key: PEM, or the raw octets in hexadecimal");
  if ((!is_ed25519(key.get()) && !is_p256(key.get())) || !is_sound(key.get()))
    return error(Errc::invalid_argument, "it is no sound Ed25519 or P-256 public key");
  return encode(key);
}

Result<Bytes> parse_encryption_key(std::string_view text) {
  const CleanErrors clean;
  const Key key = read_pem(text);
  if (!key) return error(Errc::invalid_argument, "it is no public key in PEM");
  const int bits = EVP_PKEY_get_bits(key.get());
  if (EVP_PKEY_is_a(key.get(), "RSA") != 1 || bits < least_rsa_bits || bits > most_rsa_bits ||
      !is_sound(key.get()))
    return error(Errc::invalid_argument, "it is no sound RSA public key of 3072 to 8192 bits");
  return encode(key);
}

std::string key_kind(ByteView spki) {
  const CleanErrors clean;
  const Key key = decode(spki);
  if (!key) return "?";
  if (is_ed25519(key.get())) return "Ed25519";
  if (is_p256(key.get())) return "ECDSA P-256";
  return "RSA-" + std::to_string(EVP_PKEY_get_bits(key.get()));
}

ByteArray<32> fingerprint(ByteView spki) { return sha256(spki); }

Status verify_signature(ByteView spki, ByteView message, ByteView signature) {
  const CleanErrors clean;
  const Key key = decode(spki);
  const Digest digest(EVP_MD_CTX_new());
  const bool good =
      key && digest && (is_ed25519(key.get()) || is_p256(key.get())) &&
      EVP_DigestVerifyInit(digest.get(), nullptr, digest_of(key.get()), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(digest.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
  if (good) return {};
  return error(Errc::refused, "the signature does not verify");
}

Result<Bytes> sign(std::string_view private_pem, ByteView message) {
  const CleanErrors clean;
  const Source in = source(private_pem);
  const Key key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (!key || (!is_ed25519(key.get()) && !is_p256(key.get())))
    return error(Errc::invalid_argument, "it is no unencrypted Ed25519 or P-256 private key in PEM");
  const Digest digest(EVP_MD_CTX_new());
  Bytes signature(max_signature);
  std::size_t size = signature.size();
  const bool done =
      digest && EVP_DigestSignInit(digest.get(), nullptr, digest_of(key.get()), nullptr, key.get()) == 1 &&
      EVP_DigestSign(digest.get(), signature.data(), &size, message.data(), message.size()) == 1;
  if (!done) return error(Errc::io, "it could not be signed");
  signature.resize(size);
  return signature;
}

Result<Bytes> encrypt_to(ByteView spki, const Secret& secret) {
  const CleanErrors clean;
  const Key key = decode(spki);
  const KeyContext context(key ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr);
  Bytes out(static_cast<std::size_t>(most_rsa_bits) / 8);
  std::size_t size = out.size();
  const bool done =
      context && EVP_PKEY_encrypt_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) == 1 &&
      EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()) == 1 &&
      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()) == 1 &&
      EVP_PKEY_encrypt(context.get(), out.data(), &size, secret.reveal().data(), secret.size()) == 1;
  if (!done) return error(Errc::io, "the key could not be encrypted");
  out.resize(size);
  return out;
}

Result<Bytes> parse_signature(std::string_view file) {
  const Error bad = error(Errc::invalid_argument, "it holds no signature: its octets, or their base64");
  const bool der = file.size() > 8 && file.size() <= max_signature && file[0] == 0x30 &&
                   static_cast<std::uint8_t>(file[1]) == file.size() - 2;
  if (der || file.size() == 64) return Bytes(file.begin(), file.end());
  if (file.size() > 4 * max_signature) return bad;
  std::string text;
  std::copy_if(file.begin(), file.end(), std::back_inserter(text),
               [](char c) { return c != '\n' && c != '\r'; });
  // The library takes padding anywhere and gives octets for it.
  const std::size_t end = std::min(text.find('='), text.size());
  const std::size_t padding = text.size() - end;
  if (text.empty() || text.size() % 4 != 0 || padding > 2 ||
      text.find_first_not_of('=', end) != std::string::npos)
    return bad;
  Bytes out(text.size() / 4 * 3);
  const int size = EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size != static_cast<int>(out.size()) || out.size() - padding > max_signature) return bad;
  out.resize(out.size() - padding);
  return out;
}

}  // namespace simbiont::crypto

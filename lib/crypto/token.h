// AES keys in a PKCS#11 token (an HSM), sensitive and not extractable. Every call may take as long as the
// token does: not for the event loop's thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace simbiont::crypto {

struct TokenOptions {
  std::string module;                 // path of the library, or a name that p11-kit knows
  std::string label;                  // of the token; empty: `slot` says which
  std::optional<std::uint64_t> slot;  // its number; a label wins
  std::string pin;                    // pin_source.h
};

// Thread-safe; operations run side by side, each in a session of its own. After an error that says that the
// token is gone everything is unavailable, at once, until connect() succeeds.
class Token {
 public:
  virtual ~Token() = default;

  // Loads the module anew, finds the token, logs in. A PIN that the token refused is not tried again until
  // its source holds another one, nor is any PIN when the token says that one try is left.
  virtual Status connect() = 0;
  virtual bool connected() const = 0;
  // One small operation with the key `id`, which must be there; a failure disconnects.
  virtual Status probe(ByteView id) = 0;

  // A new AES key of 16 or 32 octets, made in the token, under a CKA_ID of 16 random octets. It is looked at
  // again before it counts: refused when the token did not make it sensitive and not extractable.
  virtual Result<Bytes> generate(std::size_t key_size, std::string_view label) = 0;
  // The same with a key that comes from elsewhere; it does not leave the token again.
  virtual Result<Bytes> import(const Secret& key, std::string_view label) = 0;
  // not_found when there is none of this id.
  virtual Status destroy(ByteView id) = 0;

  // AES-ECB over independent blocks: in, out: a multiple of 16 octets, of the same size; they may be the
  // same.
  virtual Status encrypt(ByteView id, ByteView in, std::span<std::uint8_t> out) = 0;
  virtual Status decrypt(ByteView id, ByteView in, std::span<std::uint8_t> out) = 0;

  // AES-GCM: nonce (12) || ciphertext || tag (16).
  virtual Result<Bytes> gcm_seal(ByteView id, const Secret& plain, std::string_view context) = 0;
  virtual Result<Secret> gcm_open(ByteView id, ByteView sealed, std::string_view context) = 0;
};

// Needs no token yet. invalid_argument: options that no token could have.
Result<std::unique_ptr<Token>> make_pkcs11_token(const TokenOptions& options);

// AES-CMAC under a key in a token, by block encryptions.
Result<Block> cmac(Token& token, ByteView id, ByteView message);

}  // namespace simbiont::crypto

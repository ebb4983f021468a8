// Key-encryption keys: what data keys are wrapped under, and where it lies.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret.h"

namespace simbiont::crypto {

class Token;

class KekProvider {
 public:
  virtual ~KekProvider() = default;
  // Names the key and not only its place: "file:" and 16 digits that a one-way function gives of it, or
  // "pkcs11:" and its CKA_ID.
  virtual const std::string& id() const = 0;
  // context is authenticated. unavailable: the KEK cannot be had now.
  virtual Result<Bytes> wrap(const Secret& key, std::string_view context) = 0;
  virtual Result<Secret> unwrap(ByteView wrapped, std::string_view context) = 0;
  // Opens what stores before schema 8 sealed under it directly; corrupt when it never did.
  virtual Result<Secret> open_directly(ByteView sealed, std::string_view context) = 0;
  // The KEK itself, for a backup that takes it along; empty when it cannot leave its place.
  virtual Secret exported() const { return {}; }
};

// A KEK of 32 octets in (locked) memory.
std::unique_ptr<KekProvider> make_file_kek(const Secret& kek);
std::string file_kek_id(const Secret& kek);

// A KEK in a token, by its CKA_ID. The token outlives it.
std::unique_ptr<KekProvider> make_token_kek(Token& token, Bytes id);
std::string token_kek_id(ByteView id);
// The CKA_ID; empty for the id of a KEK that lies in no token.
Bytes token_kek_object(std::string_view kek_id);

// Draws a data key and wraps it.
Result<Bytes> new_wrapped_key(KekProvider& kek, std::string_view context);
// What a wrapped data key is bound to: "store|data-key|ID|PURPOSE".
std::string data_key_context(std::uint32_t id, std::string_view purpose);

}  // namespace simbiont::crypto

#include "crypto/kek.h"

#include <algorithm>

#include "crypto/aes.h"
#include "crypto/gcm.h"
#include "crypto/random.h"
#include "crypto/token.h"

namespace simbiont::crypto {
namespace {

constexpr std::uint8_t file_version = 1, token_version = 3;
constexpr std::string_view file_prefix = "file:", token_prefix = "pkcs11:";

class FileKek final : public KekProvider, public InLockedMemory {
 public:
  explicit FileKek(const Secret& kek) : kek_(kek), key_(kek), id_(file_kek_id(kek)) {}

  const std::string& id() const override { return id_; }
  Result<Bytes> wrap(const Secret& key, std::string_view context) override {
    return key_.seal(ByteView(&file_version, 1), context, key.reveal());
  }
  Result<Secret> unwrap(ByteView wrapped, std::string_view context) override {
    return open_directly(wrapped, context);
  }
  Result<Secret> open_directly(ByteView sealed, std::string_view context) override {
    if (sealed.empty() || sealed[0] != file_version)
      return error(Errc::corrupt, "sealed octets have an unknown form");
    return key_.open(1, sealed, context);
  }
  Secret exported() const override { return kek_; }

 private:
  const Secret kek_;
  const GcmKey key_;
  const std::string id_;
};

class TokenKek final : public KekProvider {
 public:
  TokenKek(Token& token, Bytes object)
      : token_(token), object_(std::move(object)), id_(token_kek_id(object_)) {}

  const std::string& id() const override { return id_; }
  Result<Bytes> wrap(const Secret& key, std::string_view context) override {
    auto sealed = token_.gcm_seal(object_, key, context);
    if (sealed) sealed->insert(sealed->begin(), token_version);
    return sealed;
  }
  Result<Secret> unwrap(ByteView wrapped, std::string_view context) override {
    if (wrapped.empty() || wrapped[0] != token_version)
      return error(Errc::corrupt, "a wrapped key has an unknown form");
    return token_.gcm_open(object_, wrapped.subspan(1), context);
  }
  Result<Secret> open_directly(ByteView, std::string_view) override {
    return error(Errc::corrupt, "nothing is sealed directly under a token's key");
  }

 private:
  Token& token_;
  const Bytes object_;
  const std::string id_;
};

}  // namespace

std::unique_ptr<KekProvider> make_file_kek(const Secret& kek) { return std::make_unique<FileKek>(kek); }

std::string file_kek_id(const Secret& kek) {
  const Block digest = cmac(Aes(kek), as_bytes("simbiont kek id"));
  return std::string(file_prefix) + to_hex(ByteView(digest).first(8));
}

std::unique_ptr<KekProvider> make_token_kek(Token& token, Bytes id) {
  return std::make_unique<TokenKek>(token, std::move(id));
}

std::string token_kek_id(ByteView id) { return std::string(token_prefix) + to_hex(id); }

Bytes token_kek_object(std::string_view kek_id) {
  if (!kek_id.starts_with(token_prefix)) return {};
  auto id = from_hex(kek_id.substr(token_prefix.size()));
  return id ? *std::move(id) : Bytes();
}

Result<Bytes> new_wrapped_key(KekProvider& kek, std::string_view context) {
  ByteArray<32> octets{};
  SystemRandom random;
  random.fill(octets);
  const Secret key(octets);
  zeroise(octets);
  return kek.wrap(key, context);
}

std::string data_key_context(std::uint32_t id, std::string_view purpose) {
  return "store|data-key|" + std::to_string(id) + "|" + std::string(purpose);
}

}  // namespace simbiont::crypto

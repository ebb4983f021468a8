// The Sealer of a store with data keys: each purpose has its own, wrapped under one of several KEKs. Sealed
// form: version 2 || data key's id (4) || nonce (12) || ciphertext || tag (16), so each record says what it
// is sealed under. Older records (version 1, under a KEK directly) still open.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "crypto/gcm.h"
#include "crypto/kek.h"
#include "crypto/sealer.h"

namespace simbiont::crypto {

// Thread-safe.
class Keyring final : public Sealer {
 public:
  // A KEK that data keys may be wrapped under.
  void add(std::shared_ptr<KekProvider> kek);
  // KEKs with a token's id lie in this one, which outlives the keyring.
  void use(Token& token);
  std::shared_ptr<KekProvider> kek(std::string_view id) const;
  std::vector<std::shared_ptr<KekProvider>> keks() const;

  Result<Bytes> seal(const Secret& secret, std::string_view context) override;
  Result<Secret> open(ByteView sealed, std::string_view context) override;
  void load(std::span<const WrappedKey> keys) override;
  Bytes mark(Purpose purpose) override;

  // Tries once more to unwrap what could not be unwrapped. True: nothing is closed.
  bool unlock();
  std::vector<WrappedKey> keys() const;
  bool is_open(std::uint32_t id) const;

 private:
  struct Held {
    WrappedKey as_stored;
    std::shared_ptr<const GcmKey> key;  // none: closed
  };
  std::shared_ptr<const GcmKey> unwrap(const WrappedKey& key) const;

  mutable std::shared_mutex mutex_;
  std::vector<std::shared_ptr<KekProvider>> keks_;
  Token* token_ = nullptr;
  std::map<std::uint32_t, Held> keys_;
};

// The purpose whose data key seals in this context.
Purpose purpose_of(std::string_view context);

}  // namespace simbiont::crypto

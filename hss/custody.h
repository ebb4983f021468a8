// Who holds the keys that open the store's keys: the key file, the token, and the keyring over both.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "crypto/keyring.h"
#include "crypto/token.h"
#include "hss/token_workers.h"
#include "store/store.h"

namespace simbiont::hss {

// Where new KEKs are made.
enum class KekPlace : std::uint8_t { file, token };

struct CustodyConfig {
  crypto::TokenOptions token;  // without a module: none
  KekPlace kek = KekPlace::file;
  // The KEK of K and OPc may lie elsewhere than that of K_MEs: those of unbound IMSIs open without the token.
  KekPlace subscriber_kek = KekPlace::file;
  TokenLimits limits;
};

class Custody {
 public:
  // Reads the key file if there is one, loads nothing of the token yet. An Error: what no later attempt could
  // mend.
  static Result<std::shared_ptr<Custody>> make(const std::string& key_path, const CustodyConfig& config);
  // Of a backup, whose key file lies there; it shares this one's token.
  Result<std::shared_ptr<Custody>> for_backup(const std::string& key_path) const;

  crypto::Keyring& keyring() { return keyring_; }
  crypto::Token* token() { return token_.get(); }  // nullptr: none is configured
  const CustodyConfig& config() const { return config_; }
  const std::string& key_path() const { return key_path_; }
  std::string next_key_path() const { return key_path_ + ".new"; }

  // Logs in to the token and opens what it opens; ok without one.
  Status connect();
  bool token_lost() const { return token_ != nullptr && !token_->connected(); }

  // After the store was opened: a store without data keys gets them; not ok when a key of the key file is not
  // there, or a KEK lies in a token and none is configured.
  Status settle(store::Store& store);
  // KEKs of key files that are there now: KEY and, during a rotation, KEY.new.
  Status read_key_files();
  // A KEK in this place; for a file, the one that is there.
  Result<std::shared_ptr<crypto::KekProvider>> kek_in(KekPlace place);
  KekPlace place_of(crypto::Purpose purpose) const {
    return purpose == crypto::Purpose::subscriber ? config_.subscriber_kek : config_.kek;
  }
  // A new data key with this number.
  static Result<crypto::WrappedKey> make_data_key(std::uint32_t id, crypto::Purpose purpose,
                                                  crypto::KekProvider& kek);
  // Not before the store was opened: the key of a KEK file; empty when no data key is under one.
  Secret file_kek() const;

 private:
  Custody(std::string key_path, const CustodyConfig& config)
      : key_path_(std::move(key_path)), config_(config) {}

  const std::string key_path_;
  const CustodyConfig config_;
  std::shared_ptr<crypto::Token> token_;
  crypto::Keyring keyring_;
};

}  // namespace simbiont::hss

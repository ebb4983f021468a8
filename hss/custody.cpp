#include "hss/custody.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace simbiont::hss {
namespace {

using crypto::Purpose;
using crypto::WrappedKey;

constexpr std::string_view kek_label = "simbiont kek";

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

}  // namespace

Result<std::shared_ptr<Custody>> Custody::make(const std::string& key_path, const CustodyConfig& config) {
  std::shared_ptr<Custody> custody(new Custody(key_path, config));
  if (!config.token.module.empty()) {
    auto token = crypto::make_pkcs11_token(config.token);
    if (!token) return token.error();
    custody->token_ = *std::move(token);
    custody->keyring_.use(*custody->token_);
  }
  if (Status read = custody->read_key_files(); !read) return read.error();
  return custody;
}

Result<std::shared_ptr<Custody>> Custody::for_backup(const std::string& key_path) const {
  std::shared_ptr<Custody> custody(new Custody(key_path, config_));
  custody->token_ = token_;
  if (token_ != nullptr) custody->keyring_.use(*token_);
  if (Status read = custody->read_key_files(); !read) return read.error();
  return custody;
}

Status Custody::read_key_files() {
  for (const std::string& path : {key_path_, next_key_path()}) {
    if (!exists(path)) continue;
    const auto key = crypto::read_key_file(path);
    if (!key) return key.error();
    keyring_.add(crypto::make_file_kek(*key));
  }
  return {};
}

Status Custody::connect() {
  if (token_ == nullptr) return {};
  if (Status connected = token_->connect(); !connected) return connected;
  (void)keyring_.unlock();
  return {};
}

Result<std::shared_ptr<crypto::KekProvider>> Custody::kek_in(KekPlace place) {
  if (place == KekPlace::file) {
    const auto key = crypto::read_key_file(key_path_);
    if (!key) return key.error();
    return std::shared_ptr<crypto::KekProvider>(crypto::make_file_kek(*key));
  }
  if (token_ == nullptr) return error(Errc::refused, "no token is configured: [pkcs11] module");
  if (!token_->connected())
    if (Status connected = token_->connect(); !connected) return connected.error();
  auto id = token_->generate(Secret::max_size, kek_label);
  if (!id) return id.error();
  return std::shared_ptr<crypto::KekProvider>(crypto::make_token_kek(*token_, *std::move(id)));
}

Result<WrappedKey> Custody::make_data_key(std::uint32_t id, Purpose purpose, crypto::KekProvider& kek) {
  auto wrapped = crypto::new_wrapped_key(kek, crypto::data_key_context(id, crypto::name(purpose)));
  if (!wrapped) return wrapped.error();
  return WrappedKey{id, purpose, true, kek.id(), *std::move(wrapped)};
}

Status Custody::settle(store::Store& store) {
  const auto keys = store.data_keys();
  if (!keys) return keys.error();
  for (const WrappedKey& key : *keys) {
    const bool in_token = !crypto::token_kek_object(key.kek).empty();
    if (in_token && token_ == nullptr)
      return error(
          Errc::unavailable,
          "keys of this store are sealed under a token's key: [pkcs11] in the configuration names it");
    if (!in_token && keyring_.kek(key.kek) == nullptr)
      return error(Errc::unavailable,
                   key_path_ + " is not the key that the store is sealed with, or is not there");
  }
  if (!keys->empty()) return {};
  std::vector<WrappedKey> fresh;
  std::map<KekPlace, std::shared_ptr<crypto::KekProvider>> keks;
  for (const Purpose purpose : {Purpose::subscriber, Purpose::device}) {
    auto& kek = keks[place_of(purpose)];
    if (kek == nullptr) {
      auto made = kek_in(place_of(purpose));
      if (!made) return made.error();
      kek = *std::move(made);
      keyring_.add(kek);
    }
    auto key = make_data_key(static_cast<std::uint32_t>(fresh.size() + 1), purpose, *kek);
    if (!key) return key.error();
    fresh.push_back(*std::move(key));
  }
  return store.add_data_keys(fresh);
}

Secret Custody::file_kek() const {
  for (const WrappedKey& key : keyring_.keys()) {
    if (!key.active) continue;
    if (const auto kek = keyring_.kek(key.kek); kek != nullptr)
      if (Secret secret = kek->exported(); !secret.empty()) return secret;
  }
  return {};
}

}  // namespace simbiont::hss

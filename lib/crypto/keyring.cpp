#include "crypto/keyring.h"

#include <algorithm>

namespace simbiont::crypto {
namespace {

constexpr std::uint8_t direct_version = 1, version = 2;
constexpr std::size_t header_size = 5;

ByteArray<header_size> header_of(std::uint32_t id) {
  ByteArray<header_size> header{version};
  store_be(id, std::span(header).subspan(1));
  return header;
}

Error closed(std::uint32_t id, const std::string& kek) {
  return error(Errc::unavailable,
               "data key " + std::to_string(id) + " is closed: its KEK " + kek + " cannot be had");
}

}  // namespace

Purpose purpose_of(std::string_view context) {
  return context.starts_with("subscriber|") || context.starts_with("store|") ? Purpose::subscriber
                                                                             : Purpose::device;
}

void Keyring::add(std::shared_ptr<KekProvider> kek) {
  const std::unique_lock lock(mutex_);
  std::erase_if(keks_, [&](const auto& other) { return other->id() == kek->id(); });
  keks_.push_back(std::move(kek));
}

void Keyring::use(Token& token) { token_ = &token; }

std::vector<std::shared_ptr<KekProvider>> Keyring::keks() const {
  const std::shared_lock lock(mutex_);
  return keks_;
}

std::shared_ptr<KekProvider> Keyring::kek(std::string_view id) const {
  for (const auto& each : keks())
    if (each->id() == id) return each;
  Bytes object = token_kek_object(id);
  if (token_ == nullptr || object.empty()) return nullptr;
  return make_token_kek(*token_, std::move(object));
}

Result<Bytes> Keyring::seal(const Secret& secret, std::string_view context) {
  const Purpose purpose = purpose_of(context);
  std::shared_ptr<const GcmKey> key;
  std::uint32_t id = 0;
  {
    const std::shared_lock lock(mutex_);
    for (const auto& [number, held] : keys_) {
      if (!held.as_stored.active || held.as_stored.purpose != purpose) continue;
      if (held.key == nullptr) return closed(number, held.as_stored.kek);
      id = number;
      key = held.key;
    }
  }
  if (key == nullptr)
    return error(Errc::unavailable, "the store has no data key for " + std::string(name(purpose)) + " keys");
  return key->seal(header_of(id), context, secret.reveal());
}

Result<Secret> Keyring::open(ByteView sealed, std::string_view context) {
  const auto unknown = [] { return error(Errc::corrupt, "sealed octets have an unknown form"); };
  if (!sealed.empty() && sealed[0] == direct_version) {
    Result<Secret> opened = unknown();
    for (const auto& kek : keks())
      if (opened = kek->open_directly(sealed, context); opened) return opened;
    return opened;
  }
  if (sealed.size() < header_size || sealed[0] != version) return unknown();
  const auto id = static_cast<std::uint32_t>(load_be(sealed.subspan(1, header_size - 1)));
  std::shared_ptr<const GcmKey> key;
  {
    const std::shared_lock lock(mutex_);
    const auto held = keys_.find(id);
    if (held == keys_.end())
      return error(Errc::corrupt, "sealed under data key " + std::to_string(id) + ", which is not there");
    if (held->second.as_stored.purpose != purpose_of(context))
      return error(Errc::corrupt, "sealed under a data key of another purpose");
    if (held->second.key == nullptr) return closed(id, held->second.as_stored.kek);
    key = held->second.key;
  }
  return key->open(header_size, sealed, context);
}

std::shared_ptr<const GcmKey> Keyring::unwrap(const WrappedKey& key) const {
  const auto provider = kek(key.kek);
  if (provider == nullptr) return nullptr;
  const auto opened = provider->unwrap(key.wrapped, data_key_context(key.id, name(key.purpose)));
  if (!opened || opened->size() != Secret::max_size) return nullptr;
  return std::shared_ptr<const GcmKey>(new GcmKey(*opened));
}

void Keyring::load(std::span<const WrappedKey> keys) {
  std::map<std::uint32_t, Held> fresh;
  {
    const std::shared_lock lock(mutex_);
    for (const WrappedKey& key : keys) {
      const auto old = keys_.find(key.id);
      const bool same = old != keys_.end() && old->second.as_stored.wrapped == key.wrapped;
      fresh.emplace(key.id, Held{key, same ? old->second.key : nullptr});
    }
  }
  for (auto& [id, held] : fresh)
    if (held.key == nullptr) held.key = unwrap(held.as_stored);
  const std::unique_lock lock(mutex_);
  keys_ = std::move(fresh);
}

bool Keyring::unlock() {
  bool all = true;
  for (const WrappedKey& key : keys()) {
    if (is_open(key.id)) continue;
    auto opened = unwrap(key);
    all = all && opened != nullptr;
    const std::unique_lock lock(mutex_);
    const auto held = keys_.find(key.id);
    if (held != keys_.end() && held->second.as_stored.wrapped == key.wrapped)
      held->second.key = std::move(opened);
  }
  return all;
}

std::vector<WrappedKey> Keyring::keys() const {
  const std::shared_lock lock(mutex_);
  std::vector<WrappedKey> out;
  for (const auto& [id, held] : keys_) out.push_back(held.as_stored);
  return out;
}

bool Keyring::is_open(std::uint32_t id) const {
  const std::shared_lock lock(mutex_);
  const auto held = keys_.find(id);
  return held != keys_.end() && held->second.key != nullptr;
}

Bytes Keyring::mark(Purpose purpose) {
  const std::shared_lock lock(mutex_);
  for (const auto& [id, held] : keys_) {
    if (!held.as_stored.active || held.as_stored.purpose != purpose) continue;
    const auto header = header_of(id);
    return Bytes(header.begin(), header.end());
  }
  return {};
}

}  // namespace simbiont::crypto

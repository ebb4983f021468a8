#include "binding/kme.h"

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/aes.h"

namespace simbiont::binding {
namespace {

constexpr std::size_t max_id_size = 64;

constexpr std::array<std::pair<TransformAlgorithm, std::string_view>, 3> algorithm_names{{
    {TransformAlgorithm::aes128, "aes128"},
    {TransformAlgorithm::aes256, "aes256"},
    {TransformAlgorithm::aes128_imsi, "aes128-imsi"},
}};

bool hex_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool id_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == ':' || c == '-';
}

}  // namespace

std::string_view name(TransformAlgorithm algorithm) {
  for (const auto& [value, text] : algorithm_names) {
    if (value == algorithm) return text;
  }
  return "?";
}

std::optional<TransformAlgorithm> transform_algorithm(std::string_view text) {
  for (const auto& [value, known] : algorithm_names) {
    if (known == text) return value;
  }
  return std::nullopt;
}

std::size_t key_size(TransformAlgorithm algorithm) {
  return algorithm == TransformAlgorithm::aes256 ? 32 : 16;
}

const Epoch* Kme::find(EpochNumber number) const {
  const auto at = std::ranges::find(epochs, number, &Epoch::number);
  return at == epochs.end() ? nullptr : &*at;
}

const Epoch* Kme::in_state(EpochState state) const {
  const auto at = std::ranges::find(epochs, state, &Epoch::state);
  return at == epochs.end() ? nullptr : &*at;
}

Status check_kme_id(std::string_view id) {
  if (id.empty() || id.size() > max_id_size || !std::ranges::all_of(id, id_character)) {
    return error(Errc::invalid_argument, "a KME id is 1 to 64 of A-Z a-z 0-9 . _ : -");
  }
  // Ids are shown and logged; in a file with its columns mixed up the id is a key.
  const bool key_length = id.size() == 32 || id.size() == 64;
  if (key_length && std::ranges::all_of(id, hex_digit))
    return error(Errc::invalid_argument,
                 "a KME id of 32 or 64 hexadecimal digits is refused: it may be a key");
  return {};
}

ByteArray<3> key_check_value(const Secret& key) {
  const Block block = crypto::Aes(key).encrypt(Block{});
  return {block[0], block[1], block[2]};
}

Bytes key_check_value(const Epoch& epoch) {
  if (!epoch.has_key()) return {};
  const ByteArray<3> value = epoch.token ? epoch.token->kcv : key_check_value(epoch.key);
  return {value.begin(), value.end()};
}

std::string_view name(KeyUse use) { return use == KeyUse::token ? "token" : "cached"; }

std::optional<KeyUse> key_use(std::string_view text) {
  for (const KeyUse use : {KeyUse::cached, KeyUse::token})
    if (name(use) == text) return use;
  return std::nullopt;
}

}  // namespace simbiont::binding

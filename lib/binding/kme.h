// KME: a key record that devices share with the HSS, and its epochs (DESIGN 3, 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace simbiont::binding {

enum class TransformAlgorithm : std::uint8_t { aes128, aes256, aes128_imsi };
std::string_view name(TransformAlgorithm);                                // "aes128-imsi"
std::optional<TransformAlgorithm> transform_algorithm(std::string_view);  // inverse of name
std::size_t key_size(TransformAlgorithm);                                 // octets: 16 or 32

using EpochNumber = std::uint64_t;  // from 1; it only rises

enum class EpochState : std::uint8_t { staged, active, retiring, retired, revoked };
std::string_view name(EpochState);  // "STAGED"
std::optional<EpochState> epoch_state(std::string_view);

// How a KME's keys are used: unwrapped into memory, or inside the token that made them and never lets them
// go.
enum class KeyUse : std::uint8_t { cached, token };
std::string_view name(KeyUse);  // "cached"
std::optional<KeyUse> key_use(std::string_view);

struct TokenKey {
  Bytes id;            // CKA_ID
  ByteArray<3> kcv{};  // key check value
  friend bool operator==(const TokenKey&, const TokenKey&) = default;
};

struct Epoch {
  EpochNumber number = 1;
  EpochState state = EpochState::active;
  // K_ME; empty when it lies in a token, or when the epoch is retired or revoked and its key was erased.
  Secret key;
  UnixMs since = 0;  // when it came into its state; 0: before that was noted
  // Of one that was taken from its users: the devices above this IMEI (Imei::key()) are still to be seen to.
  std::optional<std::uint64_t> cutting = {};
  std::optional<TokenKey> token = std::nullopt;

  bool has_key() const { return !key.empty() || token.has_value(); }
};

struct Kme {
  std::string id;
  TransformAlgorithm algorithm = TransformAlgorithm::aes128;
  std::vector<Epoch> epochs;  // ascending; at most one each of staged, active, retiring
  KeyUse use = KeyUse::cached;

  const Epoch* find(EpochNumber) const;
  const Epoch* in_state(EpochState) const;
  EpochNumber highest() const { return epochs.empty() ? 0 : epochs.back().number; }
};

// 1 to 64 of A-Z a-z 0-9 . _ : - , but not 32 or 64 hexadecimal digits, which may be a key in the wrong
// place; a confirmation proof ends the id with a zero octet.
Status check_kme_id(std::string_view id);

// Key check value: the first 3 octets of AES over a block of zeros.
ByteArray<3> key_check_value(const Secret& key);
// Of a key in memory or in a token; empty without a key.
Bytes key_check_value(const Epoch& epoch);

// Whether vectors may be made under an epoch in this state: ACTIVE and RETIRING.
bool usable(EpochState);

// The life cycle as one table: STAGED -> ACTIVE -> RETIRING -> RETIRED, REVOKED from any.
enum class EpochEvent : std::uint8_t { activate, supersede, retire, revoke };
std::optional<EpochState> next_state(EpochState, EpochEvent);
// The same table as a Graphviz digraph, for docs/.
std::string epoch_graph();

// DESIGN 4: the epoch in force of an IMSI rises to the ACTIVE one once every one of its devices that share
// the KME has confirmed it, or when no vector is made under the current one any more; otherwise it stays. It
// never falls.
EpochNumber epoch_in_force(const Kme& kme, EpochNumber current, bool all_confirmed_active);

}  // namespace simbiont::binding

// KME: a key record that devices share with the HSS, and its epochs (DESIGN 3, 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

struct Epoch {
  EpochNumber number = 1;
  EpochState state = EpochState::active;
  Secret key;  // K_ME; empty when the epoch is retired or revoked and its key was erased
};

struct Kme {
  std::string id;
  TransformAlgorithm algorithm = TransformAlgorithm::aes128;
  std::vector<Epoch> epochs;  // ascending; at most one each of staged, active, retiring

  const Epoch* find(EpochNumber) const;
  const Epoch* in_state(EpochState) const;
};

// 1 to 64 of A-Z a-z 0-9 . _ : - , but not 32 or 64 hexadecimal digits, which may be a key in the wrong
// place; a confirmation proof ends the id with a zero octet.
Status check_kme_id(std::string_view id);

// Key check value: the first 3 octets of AES over a block of zeros.
ByteArray<3> key_check_value(const Secret& key);

// Whether vectors may be made under an epoch in this state: ACTIVE and RETIRING.
bool usable(EpochState);

// The life cycle as one table: STAGED -> ACTIVE -> RETIRING -> RETIRED, REVOKED from any.
enum class EpochEvent : std::uint8_t { activate, supersede, retire, revoke };
std::optional<EpochState> next_state(EpochState, EpochEvent);
// The same table as a Graphviz digraph, for docs/.
std::string epoch_graph();

// DESIGN 4: the epoch in force of an IMSI rises to `active` once every one of its devices that share the KME
// has confirmed it; otherwise it stays. It never falls.
EpochNumber epoch_in_force(EpochNumber current, EpochNumber active,
                           const std::vector<EpochNumber>& confirmed_by_devices);

}  // namespace simbiont::binding

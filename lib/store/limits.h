// How much of each kind the store takes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace simbiont::store {

inline constexpr std::uint64_t seq_limit = (1ULL << 43) - 1;  // SEQ has 43 bits, TS 33.102 C.1.1.1
inline constexpr std::size_t history_limit = 64;
inline constexpr std::size_t event_limit = 1'000'000;
inline constexpr std::size_t vector_node_limit = 64;
inline constexpr std::size_t association_limit = 256;
inline constexpr std::size_t former_limit = 8;
inline constexpr std::size_t epoch_limit = 1024;  // of a KME
inline constexpr std::size_t receipt_imsi_limit = 4096;
inline constexpr std::size_t pool_limit = 256;  // devices of a pool: they become associations
inline constexpr std::size_t tac_limit = 16;    // ranges of a binding's learning
inline constexpr std::size_t apn_limit = 64;
inline constexpr std::size_t token_id_limit = 64;  // octets of a CKA_ID
inline constexpr std::size_t context_limit = 256;  // Context-Identifiers of one owed update
inline constexpr std::size_t name_limit = 255;     // octets of a host, realm, APN, kind
inline constexpr std::size_t text_limit = 1024;
inline constexpr std::size_t public_key_limit = 2048;  // octets of a SubjectPublicKeyInfo
inline constexpr std::size_t scope_limit = 4096;

}  // namespace simbiont::store

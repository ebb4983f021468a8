// Other people's public keys: those that verify a detached signature (Ed25519, RFC 8032; ECDSA P-256 with
// SHA-256, FIPS 186-5), and those that a key is encrypted to (RSA-OAEP, RFC 8017 7.1).
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"

namespace simbiont::crypto {

inline constexpr std::size_t max_pem = 16UL * 1024;
inline constexpr std::size_t max_signature = 128;  // octets; ECDSA P-256 in DER has at most 72

// text: PEM (BEGIN PUBLIC KEY), or the raw octets in hexadecimal: 32 for Ed25519, 65 (04 || X || Y) for
// P-256. Gives the SubjectPublicKeyInfo in DER; any other kind of key is invalid_argument.
Result<Bytes> parse_verifying_key(std::string_view text);
// PEM; RSA of 3072 to 8192 bits.
Result<Bytes> parse_encryption_key(std::string_view text);
// "Ed25519", "ECDSA P-256", "RSA-3072".
std::string key_kind(ByteView spki);
// SHA-256 over the SubjectPublicKeyInfo: what two people compare.
ByteArray<32> fingerprint(ByteView spki);

// Ed25519: 64 octets over the message itself; ECDSA: DER over its SHA-256. refused when it does not verify.
Status verify_signature(ByteView spki, ByteView message, ByteView signature);
// private_pem: an unencrypted Ed25519 or P-256 key; it is the caller's to erase.
Result<Bytes> sign(std::string_view private_pem, ByteView message);

// RSAES-OAEP with SHA-256 for both hash and MGF1, no label.
Result<Bytes> encrypt_to(ByteView spki, const Secret& key);

// What a .sig file holds: the signature's octets, or their base64. invalid_argument for neither.
Result<Bytes> parse_signature(std::string_view file);

}  // namespace simbiont::crypto

// AES key wrap: RFC 3394 (kw) and RFC 5649, with padding (kwp), as HSMs and suppliers of keys write it. Both
// protect the key alone: what it belongs to is for a signature to say.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"

namespace simbiont::crypto {

enum class KeyWrap : std::uint8_t { kw, kwp };
std::string_view name(KeyWrap);                     // "aes-kw"
std::optional<KeyWrap> key_wrap(std::string_view);  // inverse of name

// The longest that a Secret becomes.
inline constexpr std::size_t max_wrapped = Secret::max_size + 8;

// kek: 16, 24 or 32 octets. key: kw takes 16, 24 or 32 octets, kwp 1 to 32. Another size: invalid_argument.
Result<Bytes> wrap_key(const Secret& kek, KeyWrap wrap, const Secret& key);
// corrupt: the octets were not wrapped under this key-encryption key, or were changed; invalid_argument:
// their number is no wrapped key's.
Result<Secret> unwrap_key(const Secret& kek, KeyWrap wrap, ByteView wrapped);

}  // namespace simbiont::crypto

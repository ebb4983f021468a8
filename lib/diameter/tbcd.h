// TBCD strings (TS 29.002 17.7.8): two digits an octet, the first in the low nibble, filler F.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace simbiont::diameter {

Bytes encode_tbcd(std::string_view digits);  // decimal digits only (assert)
// nullopt when a nibble is not a digit, or a filler stands before the end.
std::optional<std::string> decode_tbcd(ByteView octets);

}  // namespace simbiont::diameter

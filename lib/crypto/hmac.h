// HMAC-SHA-256 (RFC 2104), the core of the 3GPP key derivation function (TS 33.220 annex B).
#pragma once

#include "base/bytes.h"

namespace simbiont::crypto {

ByteArray<32> hmac_sha256(ByteView key, ByteView message);

}  // namespace simbiont::crypto

// The one place where AES runs backwards: a resynchronisation brings encRAND back, and it must be opened.
#pragma once

#include "base/bytes.h"
#include "base/secret.h"

namespace simbiont::crypto {

// FIPS 197 5.3, one block. key: 16 or 32 octets (assert). The schedule is made for this call and zeroised.
Block decrypt_block(const Secret& key, const Block& in);

}  // namespace simbiont::crypto

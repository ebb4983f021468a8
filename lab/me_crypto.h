// The cryptography of a mobile equipment, over OpenSSL: nothing here is shared with the HSS, whose work it
// undoes.
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"

namespace simbiont::lab {

// One block; key of 16 or 32 octets (assert). OpenSSL refusing a cipher ends the process.
Block aes_decrypt(const Secret& key, const Block& in);

// AES-CMAC (NIST SP 800-38B); key of 16 or 32 octets (assert).
Block aes_cmac(const Secret& key, ByteView message);

// AES-CMAC(K, 0xF0 || label || len16(label) || context || len16(context)).
Secret kdf(const Secret& key, std::string_view label, std::string_view context);

// TS 33.401 A.2: what the ME makes of CK, IK and the AUTN it was sent, for the network it is in.
ByteArray<32> derive_kasme(const Block& ck, const Block& ik, const ByteArray<3>& serving_network,
                           const Block& autn);

}  // namespace simbiont::lab

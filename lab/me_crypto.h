// What a mobile equipment makes of CK and IK, over OpenSSL: nothing here is shared with the HSS. Decryption
// is the ME library's (me/).
#pragma once

#include "base/bytes.h"

namespace simbiont::lab {

// TS 33.401 A.2: what the ME makes of CK, IK and the AUTN it was sent, for the network it is in.
ByteArray<32> derive_kasme(const Block& ck, const Block& ik, const ByteArray<3>& serving_network,
                           const Block& autn);

}  // namespace simbiont::lab

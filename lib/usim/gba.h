// The card's part of GBA_U (TS 33.220 5.3.2, Annex B).
#pragma once

#include "base/bytes.h"
#include "base/secret.h"
#include "usim/card_data.h"

namespace simbiont::usim {

// MAC* = MAC xor the first 8 octets of SHA-1(IK): AUTN* becomes AUTN.
void unhide_mac(const Block& ik, Block& autn);
// Ks = CK || IK
Secret bootstrapped(const Block& ck, const Block& ik);
// HMAC-SHA-256(Ks, 01 || "gba-me" || RAND || IMPI || NAF_Id), each with its length behind it. Ks is there
// (assert).
Secret ks_ext_naf(const GbaState& gba, ByteView naf_id, ByteView impi);

}  // namespace simbiont::usim

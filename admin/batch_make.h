// The supplier's side: plain keys become a signed batch of wrapped ones. Nothing of a store is needed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "admin/imports.h"
#include "base/bytes.h"
#include "base/secret.h"

namespace simbiont::admin {

struct BatchOrder {
  bool sims = false;
  std::string_view plain;  // CSV; devices: imei, kme, algorithm, epoch, key; sims: imsi, alg, amf, k, opc,
                           // sqn, msisdn, apn
  Secret transport_key;
  std::string_view wrap = "aes-kw";  // or aes-kwp
  std::string_view private_pem;      // Ed25519 or P-256
};
struct MadeBatch {
  std::string file;  // as docs/suppliers.md says
  Bytes signature;
  std::uint64_t rows = 0;
  std::vector<BadRow> bad;  // then there is no file
};
Result<MadeBatch> make_batch(const BatchOrder& order);

}  // namespace simbiont::admin

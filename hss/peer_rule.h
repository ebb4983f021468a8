// A row of the peer list: who may connect, from where, and what it may ask for. What is left empty is not
// asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/digits.h"
#include "base/result.h"

namespace simbiont::hss {

// "192.0.2.0/24", "2001:db8::/32", or one address.
struct AddressRange {
  Bytes base;  // 4 octets or 16
  unsigned bits = 0;

  // invalid_argument also when bits behind the prefix are set: somebody meant something else.
  static Result<AddressRange> parse(std::string_view text);
  bool contains(ByteView address) const;
};

struct PeerRule {
  std::string origin_host;
  // true: may bring other hosts' requests. false: must not offer the relay application. Neither: only its own
  // requests, whatever it offers.
  std::optional<bool> relay;
  std::string realm;
  std::vector<AddressRange> addresses;
  std::string certificate;  // a DNS name of the certificate, or "sha256:" and its digest
  std::vector<Plmn> plmns;  // visited networks it may serve
  std::vector<std::string> imsi_prefixes;
  std::optional<std::uint64_t> air_per_s, auts_per_s;  // instead of [limits]; 0: no limit

  bool may_bring_others() const { return relay.value_or(false); }
  bool may_serve(const Plmn& plmn) const;
  bool may_ask_for(std::string_view imsi) const;
};

// What a connection is known to be when its CER comes.
struct PeerClaim {
  std::string_view origin_host, origin_realm;
  bool relay = false;  // offers the relay application
  ByteView address;    // of the other side
  // Of its certificate, the chain verified; empty without TLS.
  std::vector<std::string> certificate_names;
  std::string certificate_digest;  // "sha256:..."
};

// Whether the claim fits the list; otherwise why not, for the log. Over TLS the certificate must name the
// Origin-Host, or be the rule's.
struct Admission {
  const PeerRule* rule = nullptr;
  std::string_view why_not;  // empty: admitted
};
Admission admit(const std::vector<PeerRule>& rules, const PeerClaim& claim, bool over_tls);

}  // namespace simbiont::hss

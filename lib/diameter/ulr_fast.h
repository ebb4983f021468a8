// The ordinary ULR and its answer, as air_fast.h has the AIR: decode_ulr() and encode_ula() are the plain
// twins and oracles.
#pragma once

#include <optional>

#include "diameter/ordinary.h"
#include "diameter/s6a.h"

namespace simbiont::diameter {

struct OrdinaryUlr : OrdinaryRequest {
  std::uint32_t rat_type = 0, flags = 0;
  std::optional<TerminalInformation> terminal;
};

// frame: one whole message of version 1. True only when decode_ulr() takes the frame too, with these values,
// and there is no Proxy-Info, and the header is a plain S6a ULR's.
bool read_ordinary_ulr(ByteView frame, OrdinaryUlr& out);

// Answers to ordinary ULRs that differ in their MSISDN alone: octet for octet what encode_ula() writes.
class UlaTemplate {
 public:
  // like: one of them; of an MSISDN only its number of octets counts.
  UlaTemplate(const Identity& self, const Ula& like);
  // Appends the answer. msisdn: TBCD, of which as many octets are taken as `like` has.
  void write(ByteView request, const OrdinaryUlr& ulr, ByteView msisdn, Bytes& out) const;

 private:
  std::size_t msisdn_at_ = 0, msisdn_size_ = 0;
  Bytes tail_;  // all that follows the Session-Id
};

}  // namespace simbiont::diameter

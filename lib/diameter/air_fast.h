// The ordinary AIR and its answer without a pass over a grammar. What it saves against decode_air() and
// encode_aia(), its plain twins and oracles: one switch an AVP instead of tables, no structure between AVPs
// and message, and an answer that is copied from a template and patched. What is not ordinary is not taken:
// it is decode_air()'s to judge.
#pragma once

#include <array>
#include <span>

#include "diameter/ordinary.h"
#include "diameter/s6a.h"

namespace simbiont::diameter {

struct OrdinaryAir : OrdinaryRequest {
  std::uint32_t vectors = 1;  // E-UTRAN, as asked, at least 1
};

// frame: one whole message of version 1. True only when decode_air() takes the frame too, with these values,
// no resynchronisation, no UTRAN or GERAN vectors, and no Proxy-Info, and the header is a plain S6a AIR's.
bool read_ordinary_air(ByteView frame, OrdinaryAir& out);

// Successful answers to ordinary AIRs: octet for octet what encode_aia() writes.
class AiaWriter {
 public:
  static constexpr std::size_t max_vectors = 5;

  explicit AiaWriter(const Identity& self);
  // Appends the answer. vectors: 1 to max_vectors.
  void write(ByteView request, const OrdinaryAir& air, std::span<const EutranVector> vectors,
             Bytes& out) const;

 private:
  std::size_t vectors_at_ = 0;                // of the first vector's AVP in a tail
  std::array<Bytes, max_vectors + 1> tails_;  // all that follows the Session-Id, by number of vectors
};

}  // namespace simbiont::diameter

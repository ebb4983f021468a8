#include "diameter/air_fast.h"

#include <cassert>

#include "diameter/fast_walker.h"

namespace simbiont::diameter {

using namespace fast;

namespace {

constexpr unsigned seen_requested = seen::next;

bool read_requested(ByteView group, std::uint32_t& vectors) {
  Walker avp{group.data(), group.data() + group.size()};
  bool counted = false, preferred = false;
  while (avp.next()) {
    switch (avp.kind) {
      case kind(avp::number_of_requested_vectors):
        if (counted || !avp.is_u32()) return false;
        counted = true;
        vectors = load_u32(avp.data.data());
        if (vectors == 0) return false;
        break;
      case kind(avp::immediate_response_preferred):
        if (preferred || !avp.is_u32()) return false;
        preferred = true;
        break;
      default:
        return false;
    }
  }
  return avp.at == avp.end;
}

unsigned take(const Walker& avp, OrdinaryAir& out) {
  if (avp.kind != kind(avp::requested_eutran_authentication_info)) return take_common(avp, out);
  return read_requested(avp.data, out.vectors) ? seen_requested : 0U;
}

}  // namespace

bool read_ordinary_air(ByteView frame, OrdinaryAir& out) {
  if (!is_ordinary(frame, Command::air)) return false;
  out = {};
  return take_each(frame, seen::required | seen_requested, [&](const Walker& avp) { return take(avp, out); });
}

namespace {

// Octets of one E-UTRAN-Vector, and where its values stand in it: vendor AVPs with 12 octets of header, in
// the order of write_vector() in air.cpp.
constexpr std::size_t rand_at = 12 + 16 + 12, xres_at = rand_at + 16 + 12, autn_at = xres_at + 8 + 12,
                      kasme_at = autn_at + 16 + 12, vector_size = kasme_at + 32;

}  // namespace

AiaWriter::AiaWriter(const Identity& self) {
  Air air;
  air.routing = {"s", "h", "r", {}, "r"};
  air.eutran = Air::Requested{};
  Bytes request;
  encode_air(air, {}, request);
  for (std::size_t count = 1; count <= max_vectors; ++count) {
    Aia aia;
    aia.code = result::success;
    aia.vectors.resize(count);
    Bytes answer;
    encode_aia(request, self, aia, answer);
    tails_[count].assign(answer.begin() + header_size + session_head + 4, answer.end());
    vectors_at_ = tails_[count].size() - count * vector_size;
  }
}

void AiaWriter::write(ByteView request, const OrdinaryAir& air, std::span<const EutranVector> vectors,
                      Bytes& out) const {
  assert(!vectors.empty() && vectors.size() <= max_vectors);
  const Bytes& tail = tails_[vectors.size()];
  std::uint8_t* at = append_answer(request, air.session_id, tail, out);
  at += vectors_at_;
  for (const EutranVector& vector : vectors) {
    std::memcpy(at + rand_at, vector.rand.data(), vector.rand.size());
    std::memcpy(at + xres_at, vector.xres.data(), vector.xres.size());
    std::memcpy(at + autn_at, vector.autn.data(), vector.autn.size());
    std::memcpy(at + kasme_at, vector.kasme.data(), vector.kasme.size());
    at += vector_size;
  }
}

}  // namespace simbiont::diameter

#include "diameter/air_fast.h"

#include <bit>
#include <cassert>
#include <cstring>

namespace simbiont::diameter {
namespace {

constexpr std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

std::uint64_t load_u64(const std::uint8_t* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}
std::uint32_t load_u32(const std::uint8_t* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return std::endian::native == std::endian::little ? __builtin_bswap32(value) : value;
}

// Code and flags of an AVP in one number, as a case label.
constexpr std::uint64_t kind(const AvpDef& def, std::uint8_t flags) {
  return std::uint64_t{def.code} << 8 | flags;
}
constexpr std::uint64_t kind(const AvpDef& def) { return kind(def, def.flags); }

// What was seen, to know repetitions and omissions. The first six are required.
enum Seen : unsigned {
  session = 1,
  state = 2,
  host = 4,
  realm = 8,
  destination_realm = 16,
  user = 32,
  plmn = 64,
  requested = 128,
  required = 255,
  destination_host = 256,
  application = 512,
};

// DiameterIdentity as Scan::is_identity judges it, eight characters at a time.
bool is_identity(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101U, high = 0x8080808080808080U;
  if (text.empty() || text.size() > 255) return false;
  std::uint64_t bad = 0;
  const auto judge = [&](std::uint64_t eight) {
    const std::uint64_t low = eight & ~high;
    bad |= eight;                          // 0x80 and above
    bad |= ~(low + ones * (0x80 - 0x21));  // below 0x21: no carry into the high bit
    bad |= low + ones;                     // 0x7f
  };
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8)
    judge(load_u64(reinterpret_cast<const std::uint8_t*>(text.data()) + at));
  if (at < text.size()) {
    std::uint64_t rest = ones * 'a';
    std::memcpy(&rest, text.data() + at, text.size() - at);
    judge(rest);
  }
  return (bad & high) == 0;
}

struct Walker {
  const std::uint8_t* at;
  const std::uint8_t* end;
  std::uint64_t kind = 0;
  ByteView data{};

  // False at the end and where an AVP is not whole; at == end tells which.
  bool next() {
    if (end - at < 8) return false;
    const std::uint64_t head = load_u64(at);
    const std::size_t length = head & 0xffffff;
    const bool vendor = (head >> 31 & 1) != 0;
    const std::size_t header = vendor ? 12 : 8;
    if (length < header || padded(length) > static_cast<std::size_t>(end - at)) return false;
    if (vendor && load_u32(at + 8) != vendor_3gpp) return false;
    kind = head >> 24;
    data = {at + header, length - header};
    at += padded(length);
    return true;
  }
  bool is_u32() const { return data.size() == 4; }
};

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

// Notes the AVP; 0: not ordinary.
unsigned take(const Walker& avp, OrdinaryAir& out) {
  const auto identity = [&](std::string_view& to, unsigned bit) {
    to = as_text(avp.data);
    return is_identity(to) ? bit : 0U;
  };
  std::string_view destination;
  switch (avp.kind) {
    case kind(avp::session_id):
      out.session_id = as_text(avp.data);
      return Seen::session;
    case kind(avp::vendor_specific_application_id):
      return Seen::application;
    case kind(avp::auth_session_state):
      return avp.is_u32() && load_u32(avp.data.data()) <= 1 ? Seen::state : 0U;
    case kind(avp::origin_host):
      return identity(out.origin_host, Seen::host);
    case kind(avp::origin_realm):
      return identity(out.origin_realm, Seen::realm);
    case kind(avp::destination_host):
      return identity(out.destination_host, Seen::destination_host);
    case kind(avp::destination_realm):
      return identity(destination, Seen::destination_realm);
    case kind(avp::user_name):
      out.user_name = as_text(avp.data);
      return Seen::user;
    case kind(avp::visited_plmn_id):
      if (avp.data.size() != out.visited_plmn.size()) return 0;
      std::memcpy(out.visited_plmn.data(), avp.data.data(), out.visited_plmn.size());
      return Seen::plmn;
    case kind(avp::requested_eutran_authentication_info):
      return read_requested(avp.data, out.vectors) ? Seen::requested : 0U;
    default:
      return 0;
  }
}

// AVPs without effect on the answer, that may come any number of times.
bool is_ignored(std::uint64_t kind_of_it) {
  switch (kind_of_it) {
    case kind(avp::route_record):
    case kind(avp::supported_features):
    case kind(avp::supported_features, avp_v | avp_m):
      return true;
    default:
      return false;
  }
}

}  // namespace

bool read_ordinary_air(ByteView frame, OrdinaryAir& out) {
  constexpr std::uint32_t command = static_cast<std::uint32_t>(Command::air);
  if (frame.size() < header_size || load_u32(frame.data() + 8) != app_s6a) return false;
  const std::uint32_t flags_command = load_u32(frame.data() + 4);
  constexpr std::uint32_t request = std::uint32_t{Header::request_bit} << 24 | command;
  constexpr std::uint32_t proxiable = std::uint32_t{Header::proxiable_bit} << 24;
  if ((flags_command & ~proxiable) != request) return false;
  out = {};
  unsigned seen = 0;
  Walker avp{frame.data() + header_size, frame.data() + frame.size()};
  while (avp.next()) {
    if (is_ignored(avp.kind)) continue;
    const unsigned bit = take(avp, out);
    if (bit == 0 || (seen & bit) != 0) return false;
    seen |= bit;
  }
  return avp.at == avp.end && (seen & Seen::required) == Seen::required;
}

namespace {

// Octets of one E-UTRAN-Vector, and where its values stand in it: vendor AVPs with 12 octets of header, in
// the order of write_vector() in air.cpp.
constexpr std::size_t rand_at = 12 + 16 + 12, xres_at = rand_at + 16 + 12, autn_at = xres_at + 8 + 12,
                      kasme_at = autn_at + 16 + 12, vector_size = kasme_at + 32;
constexpr std::size_t session_head = 8;

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
  const std::size_t session_size = padded(air.session_id.size());
  const std::size_t size = header_size + session_head + session_size + tail.size();
  const std::size_t start = out.size();
  out.resize(start + size);  // zeros, for the padding
  std::uint8_t* at = out.data() + start;

  std::memcpy(at, request.data(), header_size);
  store_be(size, {at + 1, 3});
  at[4] = static_cast<std::uint8_t>(at[4] & Header::proxiable_bit);
  at += header_size;
  store_be(avp::session_id.code, {at, 4});
  at[4] = avp::session_id.flags;
  store_be(session_head + air.session_id.size(), {at + 5, 3});
  if (!air.session_id.empty()) std::memcpy(at + session_head, air.session_id.data(), air.session_id.size());
  at += session_head + session_size;

  std::memcpy(at, tail.data(), tail.size());
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

// What the quick readers and writers share: a walk over AVPs with code and flags as one case label, and the
// part of an answer that comes from its request.
#pragma once

#include <bit>
#include <cstring>
#include <string_view>

#include "diameter/ordinary.h"
#include "diameter/s6a.h"

namespace simbiont::diameter::fast {

inline constexpr std::size_t session_head = 8;
// Far below max_echoed_size, above which there is no answer.
inline constexpr std::size_t max_ordinary_session = 1024;

constexpr std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

inline std::uint64_t load_u64(const std::uint8_t* at) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return std::endian::native == std::endian::little ? __builtin_bswap64(value) : value;
}
inline std::uint32_t load_u32(const std::uint8_t* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return std::endian::native == std::endian::little ? __builtin_bswap32(value) : value;
}

// Code and flags of an AVP in one number, as a case label.
constexpr std::uint64_t kind(const AvpDef& def, std::uint8_t flags) {
  return std::uint64_t{def.code} << 8 | flags;
}
constexpr std::uint64_t kind(const AvpDef& def) { return kind(def, def.flags); }

// DiameterIdentity as Scan::is_identity judges it, eight characters at a time.
inline bool is_identity(std::string_view text) {
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

// AVPs without effect on the answer, that may come any number of times.
inline bool is_ignored(std::uint64_t kind_of_it) {
  switch (kind_of_it) {
    case kind(avp::route_record):
    case kind(avp::supported_features):
    case kind(avp::supported_features, avp_v | avp_m):
      return true;
    default:
      return false;
  }
}

// What was seen, to know repetitions and omissions.
namespace seen {
inline constexpr unsigned session = 1, state = 2, host = 4, realm = 8, destination_realm = 16, user = 32,
                          plmn = 64, required = 127, destination_host = 128, application = 256,
                          next = 512;  // for a command's own, from here on
}

// What every command has: notes the AVP and gives its bit; 0: not ordinary.
inline unsigned take_common(const Walker& avp, OrdinaryRequest& out) {
  const auto identity = [&](std::string_view& to, unsigned bit) {
    to = as_text(avp.data);
    return is_identity(to) ? bit : 0U;
  };
  std::string_view destination;
  switch (avp.kind) {
    case kind(avp::session_id):
      out.session_id = as_text(avp.data);
      return avp.data.size() <= max_ordinary_session ? seen::session : 0U;
    case kind(avp::vendor_specific_application_id):
      return seen::application;
    case kind(avp::auth_session_state):
      return avp.is_u32() && load_u32(avp.data.data()) <= 1 ? seen::state : 0U;
    case kind(avp::origin_host):
      return identity(out.origin_host, seen::host);
    case kind(avp::origin_realm):
      return identity(out.origin_realm, seen::realm);
    case kind(avp::destination_host):
      return identity(out.destination_host, seen::destination_host);
    case kind(avp::destination_realm):
      return identity(destination, seen::destination_realm);
    case kind(avp::user_name):
      out.user_name = as_text(avp.data);
      return seen::user;
    case kind(avp::visited_plmn_id):
      if (avp.data.size() != out.visited_plmn.size()) return 0;
      std::memcpy(out.visited_plmn.data(), avp.data.data(), out.visited_plmn.size());
      return seen::plmn;
    default:
      return 0;
  }
}

// Every AVP but the ignored once, take(avp) giving the bit of each, and none of `required` missing.
template <class Take>
bool take_each(ByteView frame, unsigned required, Take&& take) {
  unsigned seen = 0;
  Walker avp{frame.data() + header_size, frame.data() + frame.size()};
  while (avp.next()) {
    if (is_ignored(avp.kind)) continue;
    const unsigned bit = take(static_cast<const Walker&>(avp));
    if (bit == 0 || (seen & bit) != 0) return false;
    seen |= bit;
  }
  return avp.at == avp.end && (seen & required) == required;
}

// Whether the header is that of an ordinary request: of this command and of S6a, no bit but R and P.
inline bool is_ordinary(ByteView frame, Command command) {
  if (frame.size() < header_size || load_u32(frame.data() + 8) != app_s6a) return false;
  constexpr std::uint32_t proxiable = std::uint32_t{Header::proxiable_bit} << 24;
  const std::uint32_t request =
      std::uint32_t{Header::request_bit} << 24 | static_cast<std::uint32_t>(command);
  return (load_u32(frame.data() + 4) & ~proxiable) == request;
}

// Appends an answer: header and Session-Id as the request has them, then `tail`. Gives where the tail begins.
inline std::uint8_t* append_answer(ByteView request, std::string_view session_id, ByteView tail, Bytes& out) {
  const std::size_t session_size = padded(session_id.size());
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
  store_be(session_head + session_id.size(), {at + 5, 3});
  if (!session_id.empty()) std::memcpy(at + session_head, session_id.data(), session_id.size());
  at += session_head + session_size;
  std::memcpy(at, tail.data(), tail.size());
  return at;
}

}  // namespace simbiont::diameter::fast

#include "lab/load_template.h"

#include <algorithm>

#include "base/clock.h"

namespace simbiont::lab {
namespace {

constexpr std::size_t session_digits = 10;
constexpr std::size_t hop_by_hop_at = 12;  // End-to-End Identifier stands behind it

// RFC 6733 8.8: host;high;low. The low part is patched.
std::string session_id(const LoadFields& fields) {
  const UnixMs now = SystemClock().unix_ms();
  return fields.self.host + ";" + std::to_string(now / 1000) + ";" + std::string(session_digits, '0');
}

diameter::Routing routing(const LoadFields& fields, std::string_view session) {
  return {session, fields.self.host, fields.self.realm, fields.destination_host, fields.destination_realm};
}

void store_u32(std::uint8_t* out, std::uint32_t value) { store_be(value, std::span(out, 4)); }

}  // namespace

void write_digits(std::uint8_t* out, std::size_t width, std::uint64_t value) {
  static constexpr char pairs[] =
      "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
      "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
  for (; width >= 2; width -= 2, value /= 100) std::memcpy(out + width - 2, pairs + 2 * (value % 100), 2);
  if (width == 1) *out = static_cast<std::uint8_t>('0' + value % 10);
}

LoadTemplate LoadTemplate::air(const LoadFields& fields) {
  const std::string session = session_id(fields), imsi(fields.imsi_digits, '0');
  diameter::Air air;
  air.routing = routing(fields, session);
  air.user_name = imsi;
  air.visited_plmn = fields.visited_plmn.octets;
  air.eutran = diameter::Air::Requested{fields.vectors, false, {}};
  Bytes message;
  diameter::encode_air(air, {}, message);
  return LoadTemplate(std::move(message));
}

LoadTemplate LoadTemplate::ulr(const LoadFields& fields) {
  const std::string session = session_id(fields), imsi(fields.imsi_digits, '0');
  diameter::Ulr ulr;
  ulr.routing = routing(fields, session);
  ulr.user_name = imsi;
  ulr.rat_type = 1004;  // EUTRAN
  ulr.flags = diameter::ulr_flag::s6a | diameter::ulr_flag::initial_attach;
  ulr.visited_plmn = fields.visited_plmn.octets;
  Bytes message;
  diameter::encode_ulr(ulr, {}, message);
  return LoadTemplate(std::move(message));
}

LoadTemplate::LoadTemplate(Bytes message) : message_(std::move(message)) {
  diameter::AvpReader avps(ByteView(message_).subspan(diameter::header_size));
  while (const auto avp = avps.next()) {
    const auto at = static_cast<std::size_t>(avp->data.data() - message_.data());
    if (avp->code == diameter::avp::session_id.code) session_at_ = at + avp->data.size() - session_digits;
    if (avp->code != diameter::avp::user_name.code) continue;
    imsi_at_ = at;
    imsi_digits_ = avp->data.size();
  }
}

void LoadTemplate::write(std::uint8_t* out, std::uint64_t imsi, diameter::Ids ids,
                         std::uint32_t session) const {
  std::memcpy(out, message_.data(), message_.size());
  store_u32(out + hop_by_hop_at, ids.hop_by_hop);
  store_u32(out + hop_by_hop_at + 4, ids.end_to_end);
  write_digits(out + session_at_, session_digits, session);
  write_digits(out + imsi_at_, imsi_digits_, imsi);
}

}  // namespace simbiont::lab

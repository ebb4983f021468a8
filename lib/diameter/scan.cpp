#include "diameter/scan.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace simbiont::diameter {
namespace {

// RFC 6733 7.1.5, 5014: the offender's header, filled with zeros where it is cut short, with a length that
// makes the Failed-AVP readable, and the shortest value of its type.
Bytes repaired(ByteView offender) {
  Bytes header(offender.begin(), offender.end());
  header.resize(std::max<std::size_t>(8, header.size()));
  const bool with_vendor = (header[4] & avp_v) != 0;
  header.resize(with_vendor ? 12 : 8);
  const std::span<std::uint8_t> octets(header);
  const auto code = static_cast<std::uint32_t>(load_be(octets.first(4)));
  const auto vendor = with_vendor ? static_cast<std::uint32_t>(load_be(octets.subspan(8, 4))) : 0;
  const AvpDef* def = find_avp(code, vendor);
  const std::size_t size = header.size() + (def != nullptr ? def->minimum_size() : 0);
  store_be(size, octets.subspan(5, 3));
  header.resize(size);
  return header;
}

// A group's header, as received, around one AVP.
Bytes inside(const Avp& group, ByteView inner) {
  const std::size_t header = group.whole.size() - group.data.size();
  Bytes out(group.whole.begin(), group.whole.begin() + static_cast<std::ptrdiff_t>(header));
  out.insert(out.end(), inner.begin(), inner.end());
  out.resize((out.size() + 3) & ~std::size_t{3});
  store_be(out.size(), std::span(out).subspan(5, 3));
  return out;
}

bool is_identity_character(std::uint8_t octet) { return octet > 0x20 && octet < 0x7f; }

}  // namespace

Bytes minimum_form(const AvpDef& def) {
  const bool with_vendor = (def.flags & avp_v) != 0;
  const std::size_t header = with_vendor ? 12 : 8;
  Bytes out(header + def.minimum_size());
  const std::span<std::uint8_t> octets(out);
  store_be(def.code, octets.first(4));
  out[4] = def.flags;
  store_be(out.size(), octets.subspan(5, 3));
  if (with_vendor) store_be(def.vendor, octets.subspan(8, 4));
  return out;
}

std::optional<ResultCode> judge_header_bits(const Header& header) {
  constexpr std::uint8_t reserved = 0x0f;
  const bool request_with_error = header.is_request() && (header.flags & Header::error_bit) != 0;
  if ((header.flags & reserved) != 0 || request_with_error) return result::invalid_hdr_bits;
  return std::nullopt;
}

bool Scan::message(ByteView frame) {
  if (const auto bad = judge_header_bits(read_header(frame))) return refuse(*bad, ByteView{});
  return walk(frame.subspan(header_size));
}

bool Scan::group(const Avp& group) {
  group_ = &group;
  return walk(group.data);
}

bool Scan::walk(ByteView avps) {
  AvpReader reader(avps);
  while (const auto avp = reader.next()) {
    if (!note(*avp)) return false;
  }
  if (reader.malformed()) return refuse(result::invalid_avp_length, repaired(reader.offender()));
  return judge_occurrences();
}

bool Scan::note(const Avp& avp) {
  if ((avp.flags & avp_reserved) != 0) return refuse(result::invalid_avp_bits, avp.whole);
  const AvpDef* def = find_avp(avp.code, avp.vendor);
  if (def == nullptr) {
    if ((avp.flags & avp_m) != 0 && unknown_.empty()) unknown_ = avp.whole;
    return true;
  }
  if (def->has_fixed_size() && avp.data.size() != 4) return refuse(result::invalid_avp_length, avp.whole);
  if (def == &avp::session_id || def == &avp::proxy_info) {
    echoed_ += avp.whole.size() + 3;
    if (echoed_ > max_echoed_size) return refuse(result::invalid_avp_length, repaired(avp.whole));
  }
  const std::uint8_t slot = grammar_.slot(*def);
  if (slot == Grammar::none) return true;
  const std::uint32_t bit = 1U << slot;
  if ((present_ & bit) == 0) {
    found_[slot] = avp;
    present_ |= bit;
  } else if ((grammar_.single() & bit) != 0 && repeated_.empty()) {
    repeated_ = avp.whole;
  }
  return true;
}

bool Scan::judge_occurrences() {
  const std::uint32_t absent = grammar_.required() & ~present_;
  if (absent != 0) return missing(grammar_.def(static_cast<std::size_t>(std::countr_zero(absent))));
  if (!repeated_.empty()) return refuse(result::avp_occurs_too_many_times, repeated_);
  if (!unknown_.empty()) return refuse(result::avp_unsupported, unknown_);
  return true;
}

bool Scan::has_size(const AvpDef& def, std::size_t octets) {
  const Avp* avp = find(def);
  return avp == nullptr || avp->data.size() == octets || refuse(result::invalid_avp_length, avp->whole);
}

bool Scan::at_most(const AvpDef& def, std::uint32_t highest) {
  const Avp* avp = find(def);
  return avp == nullptr || load_be(avp->data) <= highest || refuse(result::invalid_avp_value, avp->whole);
}

bool Scan::is_identity(const AvpDef& def) {
  const Avp* avp = find(def);
  if (avp == nullptr) return true;
  const bool right = !avp->data.empty() && avp->data.size() <= 255 &&
                     std::all_of(avp->data.begin(), avp->data.end(), is_identity_character);
  return right || refuse(result::invalid_avp_value, avp->whole);
}

bool Scan::refuse(const AvpDef& def, ResultCode code) {
  const Avp* avp = find(def);
  return refuse(code, avp != nullptr ? avp->whole : ByteView{});
}

bool Scan::missing(const AvpDef& def) { return refuse(result::missing_avp, minimum_form(def)); }

bool Scan::refuse(Refusal of_a_group) {
  refusal_ = std::move(of_a_group);
  if (group_ != nullptr) refusal_.failed_avp = inside(*group_, refusal_.failed_avp);
  return false;
}

bool Scan::refuse(ResultCode code, ByteView failed_avp) {
  refusal_.code = code;
  if (group_ != nullptr && !failed_avp.empty()) {
    refusal_.failed_avp = inside(*group_, failed_avp);
  } else {
    refusal_.failed_avp.assign(failed_avp.begin(), failed_avp.end());
  }
  return false;
}

}  // namespace simbiont::diameter

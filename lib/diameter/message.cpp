#include "diameter/message.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace simbiont::diameter {
namespace {

constexpr std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }
constexpr std::size_t header_octets(bool with_vendor) { return with_vendor ? 12 : 8; }

}  // namespace

Header read_header(ByteView frame) {
  Reader reader(frame);
  Header header;
  header.version = reader.u8();
  header.length = reader.u24();
  header.flags = reader.u8();
  header.command = reader.u24();
  header.application = reader.u32();
  header.hop_by_hop = reader.u32();
  header.end_to_end = reader.u32();
  return header;
}

Frame next_frame(ByteView stream) {
  if (stream.size() < 4) return {FrameState::incomplete, {}};
  const std::size_t length = load_be(stream.subspan(1, 3));
  if (length < header_size || length % 4 != 0 || length > max_message_size) return {FrameState::broken, {}};
  if (stream.size() < length) return {FrameState::incomplete, {}};
  return {FrameState::complete, stream.first(length)};
}

std::optional<Avp> AvpReader::next() {
  if (malformed_ || reader_.empty()) return std::nullopt;
  const ByteView rest = reader_.rest();
  Avp avp;
  avp.code = reader_.u32();
  avp.flags = reader_.u8();
  const std::size_t length = reader_.u24();
  const bool with_vendor = (avp.flags & avp_v) != 0;
  if (with_vendor) avp.vendor = reader_.u32();
  const std::size_t header = header_octets(with_vendor);
  if (reader_.failed() || length < header || length > rest.size()) {
    malformed_ = true;
    offender_ = rest.first(std::min(rest.size(), header));
    return std::nullopt;
  }
  avp.data = reader_.bytes(length - header);
  avp.whole = rest.first(length);
  // The last AVP of a group may come without its padding.
  reader_.skip(std::min(padded(length) - length, reader_.rest().size()));
  return avp;
}

MessageWriter::MessageWriter(Bytes& out, const Header& header) : out_(out), start_(out.size()) {
  out_.resize(start_ + header_size);
  const std::span<std::uint8_t> at = std::span(out_).subspan(start_, header_size);
  at[0] = header.version;
  at[4] = header.flags;
  store_be(header.command, at.subspan(5, 3));
  store_be(header.application, at.subspan(8, 4));
  store_be(header.hop_by_hop, at.subspan(12, 4));
  store_be(header.end_to_end, at.subspan(16, 4));
}

// The room for an AVP's data, zeroed up to its padding; the header is written.
std::uint8_t* MessageWriter::append(const AvpDef& def, std::size_t data_size) {
  assert(data_size <= max_avp_data);
  const bool with_vendor = (def.flags & avp_v) != 0;
  const std::size_t header = header_octets(with_vendor);
  const std::size_t at = out_.size();
  out_.resize(at + header + padded(data_size));
  std::uint8_t* const octets = out_.data() + at;
  store_be(def.code, {octets, 4});
  octets[4] = def.flags;
  store_be(header + data_size, {octets + 5, 3});
  if (with_vendor) store_be(def.vendor, {octets + 8, 4});
  return octets + header;
}

void MessageWriter::u32(const AvpDef& def, std::uint32_t value) { store_be(value, {append(def, 4), 4}); }

void MessageWriter::octets(const AvpDef& def, ByteView value) {
  std::uint8_t* const data = append(def, value.size());
  if (!value.empty()) std::memcpy(data, value.data(), value.size());
}

void MessageWriter::address(const AvpDef& def, ByteView ip) {
  constexpr std::uint8_t family_ipv4 = 1, family_ipv6 = 2;  // RFC 6733 4.3.1: two octets of it come first
  assert(ip.size() == 4 || ip.size() == 16);
  Bytes value{0, ip.size() == 4 ? family_ipv4 : family_ipv6};
  value.insert(value.end(), ip.begin(), ip.end());
  octets(def, value);
}

void MessageWriter::raw(ByteView whole_avp) {
  out_.insert(out_.end(), whole_avp.begin(), whole_avp.end());
  out_.resize(out_.size() + padded(whole_avp.size()) - whole_avp.size());
}

std::size_t MessageWriter::begin(const AvpDef& def) {
  const std::size_t at = out_.size();
  append(def, 0);
  return at;
}

void MessageWriter::end(std::size_t begun) {
  store_be(out_.size() - begun, std::span(out_).subspan(begun + 5, 3));
}

void MessageWriter::finish() { store_be(out_.size() - start_, std::span(out_).subspan(start_ + 1, 3)); }

}  // namespace simbiont::diameter

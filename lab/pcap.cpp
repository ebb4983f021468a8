#include "lab/pcap.h"

#include <algorithm>

#include "base/writer.h"

namespace simbiont::lab {
namespace {

constexpr std::size_t max_segment = 1460;
constexpr std::uint8_t fin = 0x01, syn = 0x02, psh = 0x08, ack = 0x10;
constexpr std::uint8_t protocol_tcp = 6;

// RFC 1071, over 16-bit words; an odd last octet is padded with zero.
std::uint16_t internet_checksum(ByteView octets) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < octets.size(); i += 2) {
    const unsigned low = i + 1 < octets.size() ? octets[i + 1] : 0U;
    sum += static_cast<unsigned>(octets[i] << 8) | low;
  }
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void put_checksum(std::span<std::uint8_t> at, std::uint16_t checksum) { store_be(checksum, at.first(2)); }

// The classic format is written in the writer's byte order: little-endian here, whatever the machine.
void put_le32(Bytes& out, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

Bytes file_header() {
  Bytes out;
  put_le32(out, 0xa1b2c3d4);  // microsecond time stamps
  put_le32(out, 0x00040002);  // version 2.4
  put_le32(out, 0);
  put_le32(out, 0);
  put_le32(out, 65535);  // snapshot length
  put_le32(out, 101);    // LINKTYPE_RAW: packets begin with the IP header
  return out;
}

Bytes ipv4_header(const ByteArray<4>& from, const ByteArray<4>& to, std::size_t payload,
                  std::uint16_t identification) {
  Bytes out;
  Writer writer(out);
  writer.u16(0x4500);  // version 4, 5 words, no service type
  writer.u16(static_cast<std::uint16_t>(20 + payload));
  writer.u16(identification);
  writer.u16(0x4000);  // do not fragment
  writer.u8(64);
  writer.u8(protocol_tcp);
  writer.u16(0);
  writer.bytes(from);
  writer.bytes(to);
  put_checksum(std::span(out).subspan(10), internet_checksum(out));
  return out;
}

std::uint16_t tcp_checksum(const ByteArray<4>& from, const ByteArray<4>& to, ByteView segment) {
  Bytes pseudo;
  Writer writer(pseudo);
  writer.bytes(from);
  writer.bytes(to);
  writer.u16(protocol_tcp);
  writer.u16(static_cast<std::uint16_t>(segment.size()));
  writer.bytes(segment);
  return internet_checksum(pseudo);
}

void put(std::ofstream& file, ByteView octets) {
  const std::string_view text = as_text(octets);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace

Result<std::shared_ptr<PcapFile>> PcapFile::create(const std::string& path) {
  std::shared_ptr<PcapFile> out(new PcapFile(path));
  put(out->file_, file_header());
  if (auto written = out->flush(); !written) return error(Errc::io, "cannot write " + path);
  return out;
}

void PcapFile::write(const ByteArray<4>& from, const ByteArray<4>& to, Bytes segment, UnixMs at) {
  put_checksum(std::span(segment).subspan(16), tcp_checksum(from, to, segment));
  const Bytes header = ipv4_header(from, to, segment.size(), ++identification_);
  const auto size = static_cast<std::uint32_t>(header.size() + segment.size());
  Bytes record;
  put_le32(record, static_cast<std::uint32_t>(at / 1000));
  put_le32(record, static_cast<std::uint32_t>(at % 1000 * 1000));
  put_le32(record, size);
  put_le32(record, size);
  put(file_, record);
  put(file_, header);
  put(file_, segment);
}

Status PcapFile::flush() {
  file_.flush();
  if (!file_) return error(Errc::io, "the capture file could not be written");
  return {};
}

PcapFlow::PcapFlow(std::shared_ptr<PcapFile> file, const FlowEnds& ends, UnixMs now)
    : file_(std::move(file)), ends_(ends) {
  segment(true, syn, {}, now);
  segment(false, syn | ack, {}, now);
  segment(true, ack, {}, now);
}

void PcapFlow::data(bool from_client, ByteView octets, UnixMs now) {
  while (!octets.empty()) {
    const ByteView part = octets.first(std::min(octets.size(), max_segment));
    octets = octets.subspan(part.size());
    segment(from_client, psh | ack, part, now);
  }
}

void PcapFlow::close(UnixMs now) {
  segment(true, fin | ack, {}, now);
  segment(false, fin | ack, {}, now);
  segment(true, ack, {}, now);
}

void PcapFlow::segment(bool from_client, std::uint8_t flags, ByteView octets, UnixMs now) {
  std::uint32_t& own = from_client ? client_seq_ : server_seq_;
  const std::uint32_t other = from_client ? server_seq_ : client_seq_;
  Bytes out;
  Writer writer(out);
  writer.u16(from_client ? ends_.client_port : PcapFile::server_port);
  writer.u16(from_client ? PcapFile::server_port : ends_.client_port);
  writer.u32(own);
  writer.u32((flags & ack) != 0 ? other : 0);
  writer.u8(5 << 4);
  writer.u8(flags);
  writer.u16(65535);  // window
  writer.u32(0);      // checksum, urgent pointer
  writer.bytes(octets);
  own += static_cast<std::uint32_t>(octets.size()) + ((flags & (syn | fin)) != 0 ? 1U : 0U);
  const ByteArray<4>& from = from_client ? ends_.client : ends_.server;
  file_->write(from, from_client ? ends_.server : ends_.client, std::move(out), now);
}

}  // namespace simbiont::lab

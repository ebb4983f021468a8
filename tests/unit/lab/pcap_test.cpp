#include "lab/pcap.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/reader.h"
#include "base/writer.h"

namespace simbiont::lab {
namespace {

struct Packet {
  Bytes ip;
  std::uint16_t from_port, to_port;
  std::uint32_t seq, ack;
  std::uint8_t flags;
  Bytes data;
};

std::uint32_t le32(Reader& reader) {
  const ByteView octets = reader.bytes(4);
  std::uint32_t value = 0;
  for (std::size_t i = octets.size(); i-- > 0;) value = value << 8 | octets[i];
  return value;
}

// One's complement sum: 0xffff over anything that carries its checksum.
std::uint32_t folded_sum(ByteView octets) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) sum += i % 2 == 0 ? octets[i] * 256U : octets[i];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

std::vector<Packet> read_packets(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  const std::string content = text.str();
  Reader reader(as_bytes(content));
  EXPECT_EQ(le32(reader), 0xa1b2c3d4U);
  reader.skip(16);
  EXPECT_EQ(le32(reader), 101U);
  std::vector<Packet> packets;
  while (!reader.empty() && !reader.failed()) {
    reader.skip(4);
    EXPECT_LT(le32(reader), 1'000'000U);
    const std::uint32_t size = le32(reader);
    EXPECT_EQ(le32(reader), size);
    const ByteView ip = reader.bytes(size);
    if (ip.size() < 40) {
      ADD_FAILURE() << "a packet of " << ip.size() << " octets";
      return packets;
    }
    EXPECT_EQ(folded_sum(ip.first(20)), 0xffffU);
    EXPECT_EQ(load_be(ip.subspan(2, 2)), ip.size());
    Bytes pseudo(ip.begin() + 12, ip.begin() + 20);
    Writer(pseudo).u16(6);
    Writer(pseudo).u16(static_cast<std::uint16_t>(ip.size() - 20));
    Writer(pseudo).bytes(ip.subspan(20));
    EXPECT_EQ(folded_sum(pseudo), 0xffffU);
    Reader tcp(ip.subspan(20));
    Packet packet{Bytes(ip.begin(), ip.end()), tcp.u16(), tcp.u16(), tcp.u32(), tcp.u32(), 0, {}};
    tcp.skip(1);
    packet.flags = tcp.u8();
    tcp.skip(6);
    packet.data.assign(tcp.rest().begin(), tcp.rest().end());
    packets.push_back(std::move(packet));
  }
  EXPECT_FALSE(reader.failed());
  return packets;
}

TEST(Pcap, both_streams_can_be_put_together_again) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("simbiont-pcap-test-" + std::to_string(::getpid()) + ".pcap");
  Bytes request(5001), answer(3);
  for (std::size_t i = 0; i < request.size(); ++i) request[i] = static_cast<std::uint8_t>(i * 7);
  answer = {9, 8, 7};
  {
    auto file = PcapFile::create(path);
    ASSERT_TRUE(file.ok());
    PcapFlow flow(*file, {{127, 0, 0, 1}, {127, 0, 0, 2}, 40'000}, 1'700'000'000'123);
    flow.sent(request, 1'700'000'000'124);
    flow.received(answer, 1'700'000'000'125);
    flow.sent(answer, 1'700'000'000'126);
    flow.close(1'700'000'000'127);
    ASSERT_TRUE((*file)->flush().ok());
  }
  const std::vector<Packet> packets = read_packets(path);
  std::filesystem::remove(path);
  ASSERT_GE(packets.size(), 12U);
  EXPECT_EQ(packets[0].flags, 0x02);
  EXPECT_EQ(packets[1].flags, 0x12);
  std::uint32_t next[2] = {packets[0].seq, packets[1].seq};
  Bytes streams[2];
  for (const Packet& packet : packets) {
    const int side = packet.from_port == 40'000 ? 0 : 1;
    EXPECT_EQ(side == 0 ? packet.to_port : packet.from_port, 3868);
    EXPECT_EQ(packet.seq, next[side]);
    if ((packet.flags & 0x10) != 0) {
      EXPECT_EQ(packet.ack, next[1 - side]);
    }
    next[side] += static_cast<std::uint32_t>(packet.data.size()) + ((packet.flags & 3) != 0 ? 1 : 0);
    streams[side].insert(streams[side].end(), packet.data.begin(), packet.data.end());
  }
  Bytes sent = request;
  sent.insert(sent.end(), answer.begin(), answer.end());
  EXPECT_EQ(streams[0], sent);
  EXPECT_EQ(streams[1], answer);
}

TEST(Pcap, a_file_that_cannot_be_written_is_an_error) {
  EXPECT_FALSE(PcapFile::create("/nonexistent/directory/x.pcap").ok());
}

}  // namespace
}  // namespace simbiont::lab

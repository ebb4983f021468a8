// A capture file of what the lab sent and received, written from the octets of its own sockets: no privilege
// needed. IPv4 and TCP headers are made up around them, with consistent sequence numbers and checksums; the
// server's port is 3868 in the file, so that a dissector knows the protocol.
#pragma once

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace simbiont::lab {

struct FlowEnds {
  ByteArray<4> client{127, 0, 0, 1}, server{127, 0, 0, 1};
  std::uint16_t client_port = 0;
};

// Not thread-safe; its flows share it.
class PcapFile {
 public:
  static constexpr std::uint16_t server_port = 3868;

  static Result<std::shared_ptr<PcapFile>> create(const std::string& path);
  // One packet: an IPv4 header is put before `segment` (a TCP header, its checksum zero, and data).
  void write(const ByteArray<4>& from, const ByteArray<4>& to, Bytes segment, UnixMs at);
  // io when something could not be written.
  Status flush();

 private:
  explicit PcapFile(const std::string& path) : file_(path, std::ios::binary | std::ios::trunc) {}
  std::ofstream file_;
  std::uint16_t identification_ = 0;
};

// One TCP connection in the file, from SYN to FIN.
class PcapFlow {
 public:
  PcapFlow(std::shared_ptr<PcapFile> file, const FlowEnds& ends, UnixMs now);
  void sent(ByteView octets, UnixMs now) { data(true, octets, now); }
  void received(ByteView octets, UnixMs now) { data(false, octets, now); }
  void close(UnixMs now);

 private:
  void data(bool from_client, ByteView octets, UnixMs now);
  void segment(bool from_client, std::uint8_t flags, ByteView octets, UnixMs now);

  std::shared_ptr<PcapFile> file_;
  FlowEnds ends_;
  std::uint32_t client_seq_ = 1'000, server_seq_ = 2'000;
};

}  // namespace simbiont::lab

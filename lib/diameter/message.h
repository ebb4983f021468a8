// A Diameter message (RFC 6733 3) read in place and written into a buffer. No copy of a received AVP is made:
// views point into the frame.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/reader.h"
#include "base/writer.h"
#include "diameter/avp_table.h"

namespace simbiont::diameter {

inline constexpr std::size_t header_size = 20;
inline constexpr std::size_t max_message_size = 65536;
// Of a request, what its answer must repeat: Session-Id and Proxy-Info. More is refused with 5014, so that
// every answer is a message that can be framed.
inline constexpr std::size_t max_echoed_size = 32768;
inline constexpr std::uint32_t app_s6a = 16777251, app_s13 = 16777252;
inline constexpr std::uint32_t app_relay = 0xffffffff;

struct Header {
  static constexpr std::uint8_t request_bit = 0x80, proxiable_bit = 0x40, error_bit = 0x20,
                                retransmit_bit = 0x10;

  std::uint8_t version = 1;
  std::uint32_t length = 0;  // octets, header included
  std::uint8_t flags = 0;
  std::uint32_t command = 0;
  std::uint32_t application = 0;
  std::uint32_t hop_by_hop = 0;
  std::uint32_t end_to_end = 0;

  bool is_request() const { return (flags & request_bit) != 0; }
};

struct Avp {
  std::uint32_t code = 0;
  std::uint8_t flags = 0;
  std::uint32_t vendor = 0;  // 0 without the V bit
  ByteView data;             // without padding
  ByteView whole;            // header and data, for Failed-AVP
};

// Walks the AVPs of a message body or of a grouped AVP's data.
class AvpReader {
 public:
  explicit AvpReader(ByteView octets) : reader_(octets) {}
  // nullopt at the end, and when an AVP's length is impossible: then malformed() is true.
  std::optional<Avp> next();
  bool malformed() const { return malformed_; }
  // The AVP whose length is wrong, as far as it is there: header alone, for Failed-AVP with 5014.
  ByteView offender() const { return offender_; }

 private:
  Reader reader_;
  bool malformed_ = false;
  ByteView offender_;
};

// frame: exactly one message, header_size octets at least.
Header read_header(ByteView frame);

// Cuts a stream into messages.
enum class FrameState : std::uint8_t { complete, incomplete, broken };
struct Frame {
  FrameState state;
  ByteView message;  // when complete
};
// broken: a length below 20, not a multiple of 4, or above max_message_size. An unknown version is no broken
// frame: it is answered with 5011.
Frame next_frame(ByteView stream);

// Appends one message to a buffer; the length is patched by finish(). Code, vendor and flags come from the
// AVP's row of the table, e.g. writer.text(avp::user_name, imsi). A value is at most max_avp_data octets
// (assert).
class MessageWriter {
 public:
  static constexpr std::size_t max_avp_data = 0xffffff - 12;

  MessageWriter(Bytes& out, const Header& header);
  void u32(const AvpDef& def, std::uint32_t value);
  void text(const AvpDef& def, std::string_view value) { octets(def, as_bytes(value)); }
  void octets(const AvpDef& def, ByteView value);
  void address(const AvpDef& def, ByteView ip);  // 4 octets of IPv4 or 16 of IPv6
  // A whole AVP as received; padding is added when it lacks.
  void raw(ByteView whole_avp);
  // Grouped AVPs nest; end() takes what begin() gave, innermost first.
  std::size_t begin(const AvpDef& def);
  void end(std::size_t begun);
  void finish();

 private:
  std::uint8_t* append(const AvpDef& def, std::size_t data_size);
  Bytes& out_;
  std::size_t start_;
};

}  // namespace simbiont::diameter

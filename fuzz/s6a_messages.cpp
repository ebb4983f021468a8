// One message to every decoder. What is accepted must encode to a message that decodes to the same and
// encodes to the same octets; what is refused must be answered by a message that reads back.
#include <cstdlib>

#include "diameter/base_messages.h"
#include "diameter/s13.h"
#include "diameter/s6a_updates.h"

namespace {

using namespace simbiont;
using namespace simbiont::diameter;

const Identity self{"hss.example.net", "example.net"};

void must(bool holds) {
  if (!holds) std::abort();
}

void must_read_back(const Bytes& message) {
  must(next_frame(message).state == FrameState::broken ||
       next_frame(message).message.size() == message.size());
  AvpReader reader(ByteView(message).subspan(header_size));
  while (reader.next()) {
  }
  must(!reader.malformed());
}

template <class Message, class Encode>
void round_trip(ByteView frame, Decoded<Message> (*decode)(ByteView), const Encode& encode) {
  const auto first = decode(frame);
  if (!first.message) {
    Bytes out;
    encode_refusal(frame, self, first.refusal, out);
    return must_read_back(out);
  }
  Bytes once, twice;
  encode(*first.message, once);
  const auto second = decode(once);
  must(second.message.has_value());
  encode(*second.message, twice);
  must(once == twice);
}

template <class Message>
auto as_request(void (*encode)(const Message&, Ids, Bytes&)) {
  return [encode](const Message& message, Bytes& out) { encode(message, {1, 2}, out); };
}
template <class Message>
auto as_answer(ByteView request, void (*encode)(ByteView, const Identity&, const Message&, Bytes&)) {
  return [request, encode](const Message& message, Bytes& out) { encode(request, self, message, out); };
}

// An answer copies Session-Id and Proxy-Info of its request: one that is known to be good.
Bytes request() {
  Clr clr;
  clr.routing = {"s;1", "hss.example.net", "example.net", "mme", "visited"};
  Bytes out;
  encode_clr(clr, {1, 2}, out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView frame(data, size);
  if (size < header_size) return 0;
  static const Bytes asked = request();
  round_trip<Air>(frame, decode_air, as_request<Air>(encode_air));
  round_trip<Ulr>(frame, decode_ulr, as_request<Ulr>(encode_ulr));
  round_trip<Clr>(frame, decode_clr, as_request<Clr>(encode_clr));
  round_trip<Pur>(frame, decode_pur, as_request<Pur>(encode_pur));
  round_trip<Nor>(frame, decode_nor, as_request<Nor>(encode_nor));
  round_trip<Idr>(frame, decode_idr, as_request<Idr>(encode_idr));
  round_trip<Dsr>(frame, decode_dsr, as_request<Dsr>(encode_dsr));
  round_trip<Rsr>(frame, decode_rsr, as_request<Rsr>(encode_rsr));
  round_trip<Ecr>(frame, decode_ecr, as_request<Ecr>(encode_ecr));
  round_trip<Aia>(frame, decode_aia, as_answer<Aia>(asked, encode_aia));
  round_trip<Ula>(frame, decode_ula, as_answer<Ula>(asked, encode_ula));
  round_trip<Cla>(frame, decode_cla, as_answer<Cla>(asked, encode_cla));
  round_trip<Pua>(frame, decode_pua, as_answer<Pua>(asked, encode_pua));
  round_trip<Noa>(frame, decode_noa, as_answer<Noa>(asked, encode_noa));
  round_trip<Ida>(frame, decode_ida, as_answer<Ida>(asked, encode_ida));
  round_trip<Dsa>(frame, decode_dsa, as_answer<Dsa>(asked, encode_dsa));
  round_trip<Rsa>(frame, decode_rsa, as_answer<Rsa>(asked, encode_rsa));
  round_trip<Eca>(frame, decode_eca, as_answer<Eca>(asked, encode_eca));
  (void)decode_cer(frame);
  (void)decode_cea(frame);
  (void)judge_dpr(frame);
  return 0;
}

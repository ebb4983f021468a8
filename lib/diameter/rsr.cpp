// Reset-Request and -Answer, TS 29.272 7.2.15 and 7.2.16. Without a User-Id: all subscribers of this HSS.
#include "diameter/s6a_common.h"
#include "diameter/s6a_updates.h"

namespace simbiont::diameter {
namespace {

constexpr Grammar rsr_grammar{
    request_grammar, {{avp::destination_host, Occurs::once}, {avp::supported_features, Occurs::any}}};

}  // namespace

void encode_rsr(const Rsr& message, Ids ids, Bytes& out) {
  MessageWriter writer = begin_request(Command::rsr, message.routing, ids, out);
  if (message.features) write_features(writer, *message.features);
  writer.finish();
}

Decoded<Rsr> decode_rsr(ByteView frame) {
  Scan scan(rsr_grammar);
  Rsr rsr;
  if (!scan.message(frame) || !judge_routing(scan) || !read_features(scan, frame, rsr.features))
    return refused<Rsr>(scan);
  rsr.routing = routing_of(scan);
  return {rsr, {}};
}

void encode_rsa(ByteView request, const Identity& self, const Rsa& message, Bytes& out) {
  MessageWriter writer = begin_answer(request, self, message.code, out);
  finish_answer(request, writer);
}

Decoded<Rsa> decode_rsa(ByteView frame) { return decode_plain_answer<Rsa>(frame); }

}  // namespace simbiont::diameter

// Cancel-Location-Request and -Answer, TS 29.272 7.2.7 and 7.2.8.
#include "diameter/s6a_common.h"

namespace simbiont::diameter {
namespace {

constexpr std::uint32_t highest_cancellation_type = 4;  // 7.3.24: initial attach procedure

constexpr Grammar clr_grammar{request_grammar,
                              {{avp::destination_host, Occurs::once},
                               {avp::user_name, Occurs::once},
                               {avp::cancellation_type, Occurs::once},
                               {avp::clr_flags, Occurs::at_most_once}}};

}  // namespace

void encode_clr(const Clr& message, Ids ids, Bytes& out) {
  MessageWriter writer = begin_request(Command::clr, message.routing, ids, out);
  writer.text(avp::user_name, message.user_name);
  writer.u32(avp::cancellation_type, message.cancellation_type);
  if (message.flags) writer.u32(avp::clr_flags, *message.flags);
  writer.finish();
}

Decoded<Clr> decode_clr(ByteView frame) {
  Scan scan(clr_grammar);
  const bool right = scan.message(frame) && judge_routing(scan) &&
                     scan.at_most(avp::cancellation_type, highest_cancellation_type);
  if (!right) return refused<Clr>(scan);
  Clr clr;
  clr.routing = routing_of(scan);
  clr.user_name = scan.text(avp::user_name);
  clr.cancellation_type = scan.u32(avp::cancellation_type);
  if (scan.find(avp::clr_flags) != nullptr) clr.flags = scan.u32(avp::clr_flags);
  return {clr, {}};
}

void encode_cla(ByteView request, const Identity& self, const Cla& message, Bytes& out) {
  MessageWriter writer = begin_answer(request, self, message.code, out);
  finish_answer(request, writer);
}

Decoded<Cla> decode_cla(ByteView frame) { return decode_plain_answer<Cla>(frame); }

}  // namespace simbiont::diameter

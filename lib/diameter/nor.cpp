// Notify-Request and -Answer, TS 29.272 7.2.17 and 7.2.18. What else a NOR may say (an APN's PGW, alerts,
// SMS) is not this HSS's concern and is passed over.
#include "diameter/s6a_common.h"

namespace simbiont::diameter {
namespace {

constexpr Grammar nor_grammar{request_grammar,
                              {{avp::user_name, Occurs::once},
                               {avp::terminal_information, Occurs::at_most_once},
                               {avp::nor_flags, Occurs::at_most_once}}};

}  // namespace

void encode_nor(const Nor& message, Ids ids, Bytes& out) {
  MessageWriter writer = begin_request(Command::nor, message.routing, ids, out);
  writer.text(avp::user_name, message.user_name);
  if (message.terminal) write_terminal(writer, *message.terminal);
  if (message.flags) writer.u32(avp::nor_flags, *message.flags);
  writer.finish();
}

Decoded<Nor> decode_nor(ByteView frame) {
  Scan scan(nor_grammar);
  Nor nor;
  if (!scan.message(frame) || !judge_routing(scan) || !read_terminal(scan, nor.terminal)) {
    return refused<Nor>(scan);
  }
  nor.routing = routing_of(scan);
  nor.user_name = scan.text(avp::user_name);
  if (scan.find(avp::nor_flags) != nullptr) nor.flags = scan.u32(avp::nor_flags);
  return {nor, {}};
}

void encode_noa(ByteView request, const Identity& self, const Noa& message, Bytes& out) {
  MessageWriter writer = begin_answer(request, self, message.code, out);
  finish_answer(request, writer);
}

Decoded<Noa> decode_noa(ByteView frame) { return decode_plain_answer<Noa>(frame); }

}  // namespace simbiont::diameter

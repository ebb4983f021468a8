// Delete-Subscriber-Data-Request and -Answer, TS 29.272 7.2.11 and 7.2.12.
#include <utility>

#include "diameter/s6a_common.h"
#include "diameter/s6a_updates.h"

namespace simbiont::diameter {
namespace {

constexpr Grammar dsr_grammar{request_grammar,
                              {{avp::destination_host, Occurs::once},
                               {avp::user_name, Occurs::once},
                               {avp::dsr_flags, Occurs::once},
                               {avp::context_identifier, Occurs::any},
                               {avp::supported_features, Occurs::any}}};

}  // namespace

void encode_dsr(const Dsr& message, Ids ids, Bytes& out) {
  MessageWriter writer = begin_request(Command::dsr, message.routing, ids, out);
  if (message.features) write_features(writer, *message.features);
  writer.text(avp::user_name, message.user_name);
  writer.u32(avp::dsr_flags, message.flags);
  for (const std::uint32_t context : message.contexts) writer.u32(avp::context_identifier, context);
  writer.finish();
}

Decoded<Dsr> decode_dsr(ByteView frame) {
  Scan scan(dsr_grammar);
  Dsr dsr;
  if (!scan.message(frame) || !judge_routing(scan) || !read_features(scan, frame, dsr.features))
    return refused<Dsr>(scan);
  dsr.routing = routing_of(scan);
  dsr.user_name = scan.text(avp::user_name);
  dsr.flags = scan.u32(avp::dsr_flags);
  AvpReader reader(frame.subspan(header_size));
  while (const auto avp = reader.next()) {
    if (find_avp(avp->code, avp->vendor) == &avp::context_identifier)
      dsr.contexts.push_back(static_cast<std::uint32_t>(load_be(avp->data)));
  }
  return {std::move(dsr), {}};
}

void encode_dsa(ByteView request, const Identity& self, const Dsa& message, Bytes& out) {
  MessageWriter writer = begin_answer(request, self, message.code, out);
  finish_answer(request, writer);
}

Decoded<Dsa> decode_dsa(ByteView frame) { return decode_plain_answer<Dsa>(frame); }

}  // namespace simbiont::diameter

// Purge-UE-Request and -Answer, TS 29.272 7.2.13 and 7.2.14.
#include "diameter/s6a_common.h"

namespace simbiont::diameter {
namespace {

constexpr Grammar pur_grammar{request_grammar,
                              {{avp::user_name, Occurs::once}, {avp::pur_flags, Occurs::at_most_once}}};
constexpr Grammar pua_grammar{answer_grammar, {{avp::pua_flags, Occurs::at_most_once}}};

}  // namespace

void encode_pur(const Pur& message, Ids ids, Bytes& out) {
  MessageWriter writer = begin_request(Command::pur, message.routing, ids, out);
  writer.text(avp::user_name, message.user_name);
  if (message.flags) writer.u32(avp::pur_flags, *message.flags);
  writer.finish();
}

Decoded<Pur> decode_pur(ByteView frame) {
  Scan scan(pur_grammar);
  if (!scan.message(frame) || !judge_routing(scan)) return refused<Pur>(scan);
  Pur pur;
  pur.routing = routing_of(scan);
  pur.user_name = scan.text(avp::user_name);
  if (scan.find(avp::pur_flags) != nullptr) pur.flags = scan.u32(avp::pur_flags);
  return {pur, {}};
}

void encode_pua(ByteView request, const Identity& self, const Pua& message, Bytes& out) {
  MessageWriter writer = begin_answer(request, self, message.code, out);
  if (message.code == result::success) writer.u32(avp::pua_flags, message.flags);
  finish_answer(request, writer);
}

Decoded<Pua> decode_pua(ByteView frame) {
  Scan scan(pua_grammar);
  Pua pua;
  if (!scan.message(frame) || !judge_routing(scan) || !read_result(scan, pua.code)) return refused<Pua>(scan);
  pua.routing = routing_of(scan);
  pua.flags = scan.u32(avp::pua_flags);
  return {pua, {}};
}

}  // namespace simbiont::diameter

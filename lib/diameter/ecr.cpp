// ME-Identity-Check-Request and -Answer of S13, TS 29.272 6.2 and 7.2.19, 7.2.20.
#include "diameter/s13.h"
#include "diameter/s6a_common.h"

namespace simbiont::diameter {
namespace {

constexpr Grammar ecr_grammar{
    request_grammar, {{avp::terminal_information, Occurs::once}, {avp::user_name, Occurs::at_most_once}}};
constexpr Grammar eca_grammar{answer_grammar, {{avp::equipment_status, Occurs::at_most_once}}};
constexpr auto highest_status = static_cast<std::uint32_t>(EquipmentStatus::grey);

}  // namespace

void encode_ecr(const Ecr& message, Ids ids, Bytes& out) {
  MessageWriter writer = begin_request(Command::ecr, message.routing, ids, out);
  write_terminal(writer, message.terminal);
  if (!message.user_name.empty()) writer.text(avp::user_name, message.user_name);
  writer.finish();
}

Decoded<Ecr> decode_ecr(ByteView frame) {
  Scan scan(ecr_grammar);
  std::optional<TerminalInformation> terminal;
  if (!scan.message(frame) || !judge_routing(scan) || !read_terminal(scan, terminal))
    return refused<Ecr>(scan);
  Ecr ecr;
  ecr.routing = routing_of(scan);
  ecr.terminal = *terminal;
  ecr.user_name = scan.text(avp::user_name);
  return {ecr, {}};
}

void encode_eca(ByteView request, const Identity& self, const Eca& message, Bytes& out) {
  MessageWriter writer = begin_answer(request, self, message.code, out);
  if (message.status) writer.u32(avp::equipment_status, static_cast<std::uint32_t>(*message.status));
  finish_answer(request, writer);
}

Decoded<Eca> decode_eca(ByteView frame) {
  Scan scan(eca_grammar);
  Eca eca;
  const bool right = scan.message(frame) && judge_routing(scan) && read_result(scan, eca.code) &&
                     scan.at_most(avp::equipment_status, highest_status);
  if (!right) return refused<Eca>(scan);
  eca.routing = routing_of(scan);
  if (scan.find(avp::equipment_status) != nullptr)
    eca.status = static_cast<EquipmentStatus>(scan.u32(avp::equipment_status));
  return {eca, {}};
}

}  // namespace simbiont::diameter

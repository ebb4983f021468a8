// Update-Location-Request and -Answer, TS 29.272 7.2.3 and 7.2.4.
#include <algorithm>

#include "diameter/s6a_common.h"
#include "diameter/tbcd.h"

namespace simbiont::diameter {
namespace {

constexpr Grammar ulr_grammar{request_grammar,
                              {{avp::user_name, Occurs::once},
                               {avp::rat_type, Occurs::once},
                               {avp::ulr_flags, Occurs::once},
                               {avp::visited_plmn_id, Occurs::once},
                               {avp::terminal_information, Occurs::at_most_once},
                               {avp::sgsn_number, Occurs::at_most_once},
                               {avp::supported_features, Occurs::any}}};
constexpr Grammar ula_grammar{answer_grammar,
                              {{avp::ula_flags, Occurs::at_most_once},
                               {avp::subscription_data, Occurs::at_most_once},
                               {avp::supported_features, Occurs::any}}};
// 7.3.102: an E.164 number, so at most 15 digits.
bool read_sgsn_number(Scan& scan, std::string& out) {
  const auto digits = decode_tbcd(scan.octets(avp::sgsn_number));
  if (!digits || digits->size() > 15) return scan.refuse(avp::sgsn_number, result::invalid_avp_value);
  out = *digits;
  return true;
}

}  // namespace

void encode_ulr(const Ulr& message, Ids ids, Bytes& out) {
  MessageWriter writer = begin_request(Command::ulr, message.routing, ids, out);
  if (message.features) write_features(writer, *message.features);
  writer.text(avp::user_name, message.user_name);
  if (message.terminal) write_terminal(writer, *message.terminal);
  writer.u32(avp::rat_type, message.rat_type);
  writer.u32(avp::ulr_flags, message.flags);
  writer.octets(avp::visited_plmn_id, message.visited_plmn);
  if (!message.sgsn_number.empty()) writer.octets(avp::sgsn_number, encode_tbcd(message.sgsn_number));
  writer.finish();
}

Decoded<Ulr> decode_ulr(ByteView frame) {
  Scan scan(ulr_grammar);
  Ulr ulr;
  const bool right = scan.message(frame) && judge_routing(scan) &&
                     scan.has_size(avp::visited_plmn_id, ulr.visited_plmn.size()) &&
                     read_terminal(scan, ulr.terminal) && read_sgsn_number(scan, ulr.sgsn_number) &&
                     read_features(scan, frame, ulr.features);
  if (!right) return refused<Ulr>(scan);
  ulr.routing = routing_of(scan);
  ulr.user_name = scan.text(avp::user_name);
  ulr.rat_type = scan.u32(avp::rat_type);
  ulr.flags = scan.u32(avp::ulr_flags);
  std::copy_n(scan.octets(avp::visited_plmn_id).begin(), ulr.visited_plmn.size(), ulr.visited_plmn.begin());
  return {ulr, {}};
}

void encode_ula(ByteView request, const Identity& self, const Ula& message, Bytes& out) {
  MessageWriter writer = begin_answer(request, self, message.code, out);
  if (message.features) write_features(writer, *message.features);
  if (message.code == result::success) writer.u32(avp::ula_flags, message.flags);
  if (message.data) write_subscription(writer, *message.data);
  finish_answer(request, writer);
}

Decoded<Ula> decode_ula(ByteView frame) {
  Scan scan(ula_grammar);
  Ula ula;
  const bool right = scan.message(frame) && judge_routing(scan) && read_result(scan, ula.code) &&
                     read_subscription(scan, ula.data) && read_features(scan, frame, ula.features);
  if (!right) return refused<Ula>(scan);
  ula.routing = routing_of(scan);
  ula.flags = scan.u32(avp::ula_flags);
  return {std::move(ula), {}};
}

}  // namespace simbiont::diameter

// The answer to a request that cannot be taken, whatever its command.
#include "diameter/s6a_common.h"

namespace simbiont::diameter {

ResultCode judge_header(const Header& header) {
  constexpr std::uint32_t app_base = 0;
  if (const auto bad = judge_header_bits(header)) return *bad;
  if (header.application == app_base) return result::command_unsupported;
  return header.application == app_s6a ? result::success : result::application_unsupported;
}

bool is_protocol_error(ResultCode code) { return !code.experimental && code.value / 1000 == 3; }

void write_reason(MessageWriter& writer, const Refusal& refusal) {
  if (!refusal.message.empty()) writer.text(avp::error_message, refusal.message);
  if (refusal.failed_avp.empty()) return;
  const std::size_t group = writer.begin(avp::failed_avp);
  writer.raw(refusal.failed_avp);
  writer.end(group);
}

void encode_refusal(ByteView request, const Identity& self, const Refusal& refusal, Bytes& out) {
  const bool protocol_error = is_protocol_error(refusal.code);
  if (!protocol_error && read_header(request).application == app_s6a) {
    MessageWriter writer = begin_answer(request, self, refusal.code, out);
    write_reason(writer, refusal);
    return finish_answer(request, writer);
  }
  MessageWriter writer(out, answer_header(request, protocol_error));
  copy_session_id(request, writer);
  writer.text(avp::origin_host, self.host);
  writer.text(avp::origin_realm, self.realm);
  write_result(writer, refusal.code);
  write_reason(writer, refusal);
  finish_answer(request, writer);
}

}  // namespace simbiont::diameter

// The answer to a request that cannot be taken, whatever its command.
#include "diameter/s6a_common.h"

namespace simbiont::diameter {

ResultCode judge_header(const Header& header) {
  if (const auto bad = judge_header_bits(header)) return *bad;
  return header.application == app_s6a ? result::success : result::application_unsupported;
}

void encode_refusal(ByteView request, const Identity& self, const Refusal& refusal, Bytes& out) {
  const bool protocol_error = !refusal.code.experimental && refusal.code.value / 1000 == 3;
  const bool s6a_grammar = !protocol_error && read_header(request).application == app_s6a;
  const auto write = [&](MessageWriter writer) {
    if (!refusal.message.empty()) writer.text(avp::error_message, refusal.message);
    if (!refusal.failed_avp.empty()) {
      const std::size_t group = writer.begin(avp::failed_avp);
      writer.raw(refusal.failed_avp);
      writer.end(group);
    }
    finish_answer(request, writer);
  };
  if (s6a_grammar) return write(begin_answer(request, self, refusal.code, out));

  MessageWriter writer(out, answer_header(request, protocol_error));
  copy_session_id(request, writer);
  writer.text(avp::origin_host, self.host);
  writer.text(avp::origin_realm, self.realm);
  write_result(writer, refusal.code);
  write(writer);
}

}  // namespace simbiont::diameter

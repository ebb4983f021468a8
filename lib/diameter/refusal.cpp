// The answer to a request that cannot be taken, whatever its command.
#include <span>

#include "diameter/s6a_common.h"

namespace simbiont::diameter {

ResultCode judge_header(const Header& header) {
  constexpr std::uint32_t app_base = 0;
  if (const auto bad = judge_header_bits(header)) return *bad;
  if (header.application == app_base) return result::command_unsupported;
  const bool served = header.application == app_s6a || header.application == app_s13;
  return served ? result::success : result::application_unsupported;
}

bool is_protocol_error(ResultCode code) { return !code.experimental && code.value / 1000 == 3; }

Bytes shortened(ByteView whole_avp) {
  constexpr std::size_t max_size = 1024, kept = 64;
  const auto avp = AvpReader(whole_avp).next();
  if (whole_avp.size() <= max_size || !avp) return {whole_avp.begin(), whole_avp.end()};
  const std::size_t header = whole_avp.size() - avp->data.size();
  Bytes out(whole_avp.begin(), whole_avp.begin() + static_cast<std::ptrdiff_t>(header));
  const AvpDef* def = find_avp(avp->code, avp->vendor);
  const auto inner =
      def != nullptr && def->type == AvpType::grouped ? AvpReader(avp->data).next() : std::nullopt;
  if (inner) {
    const Bytes first = shortened(inner->whole);
    out.insert(out.end(), first.begin(), first.end());
    out.resize((out.size() + 3) & ~std::size_t{3});
  } else {
    out.insert(out.end(), avp->data.begin(), avp->data.begin() + kept);
  }
  store_be(out.size(), std::span(out).subspan(5, 3));
  return out;
}

void write_reason(MessageWriter& writer, const Refusal& refusal) {
  if (!refusal.message.empty()) writer.text(avp::error_message, refusal.message);
  if (refusal.failed_avp.empty()) return;
  const std::size_t group = writer.begin(avp::failed_avp);
  writer.raw(shortened(refusal.failed_avp));
  writer.end(group);
}

void encode_refusal(ByteView request, const Identity& self, const Refusal& refusal, Bytes& out) {
  const bool protocol_error = is_protocol_error(refusal.code);
  const std::uint32_t application = read_header(request).application;
  if (!protocol_error && (application == app_s6a || application == app_s13)) {
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

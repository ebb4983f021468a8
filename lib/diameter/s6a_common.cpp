#include "diameter/s6a_common.h"

namespace simbiont::diameter {
namespace {

constexpr std::uint32_t no_state_maintained = 1;

constexpr Grammar experimental_grammar{
    {avp::vendor_id, Occurs::once},
    {avp::experimental_result_code, Occurs::once},
};

// What an answer repeats of its request, in octets.
struct Echo {
  std::size_t session_id = 0, proxy_info = 0;
};

Echo echo_of(ByteView request) {
  Echo echo;
  AvpReader reader(request.subspan(header_size));
  while (const auto avp = reader.next()) {
    if (avp->vendor != 0) continue;
    if (avp->code == avp::session_id.code && echo.session_id == 0) echo.session_id = avp->whole.size() + 3;
    if (avp->code == avp::proxy_info.code) echo.proxy_info += avp->whole.size() + 3;
  }
  return echo;
}

void write_application(MessageWriter& writer, std::uint32_t application) {
  const std::size_t group = writer.begin(avp::vendor_specific_application_id);
  writer.u32(avp::vendor_id, vendor_3gpp);
  writer.u32(avp::auth_application_id, application);
  writer.end(group);
}

constexpr Grammar terminal_grammar{
    {avp::imei, Occurs::at_most_once},
    {avp::software_version, Occurs::at_most_once},
};

}  // namespace

bool judge_routing(Scan& scan) {
  return scan.at_most(avp::auth_session_state, no_state_maintained) && scan.is_identity(avp::origin_host) &&
         scan.is_identity(avp::origin_realm) && scan.is_identity(avp::destination_host) &&
         scan.is_identity(avp::destination_realm);
}

Routing routing_of(const Scan& scan) {
  return {scan.text(avp::session_id), scan.text(avp::origin_host), scan.text(avp::origin_realm),
          scan.text(avp::destination_host), scan.text(avp::destination_realm)};
}

bool read_result(Scan& scan, ResultCode& code) {
  if (const Avp* avp = scan.find(avp::experimental_result)) {
    Scan inner(experimental_grammar);
    if (!inner.group(*avp)) return scan.refuse(inner.refusal());
    code = {inner.u32(avp::experimental_result_code), true};
    return true;
  }
  if (scan.find(avp::result_code) == nullptr) return scan.missing(avp::result_code);
  code = {scan.u32(avp::result_code), false};
  return true;
}

MessageWriter begin_request(Command command, const Routing& routing, Ids ids, Bytes& out) {
  Header header;
  header.flags = Header::request_bit | Header::proxiable_bit;
  header.command = static_cast<std::uint32_t>(command);
  header.application = command == Command::ecr ? app_s13 : app_s6a;
  header.hop_by_hop = ids.hop_by_hop;
  header.end_to_end = ids.end_to_end;
  MessageWriter writer(out, header);
  writer.text(avp::session_id, routing.session_id);
  write_application(writer, header.application);
  writer.u32(avp::auth_session_state, no_state_maintained);
  writer.text(avp::origin_host, routing.origin_host);
  writer.text(avp::origin_realm, routing.origin_realm);
  if (!routing.destination_host.empty()) writer.text(avp::destination_host, routing.destination_host);
  writer.text(avp::destination_realm, routing.destination_realm);
  return writer;
}

Header answer_header(ByteView request, bool error) {
  Header header = read_header(request);
  header.version = 1;
  header.flags =
      static_cast<std::uint8_t>((header.flags & Header::proxiable_bit) | (error ? Header::error_bit : 0));
  return header;
}

void copy_session_id(ByteView request, MessageWriter& writer) {
  const Echo echo = echo_of(request);
  if (echo.session_id > max_echoed_size || echo.session_id + echo.proxy_info > max_echoed_size) return;
  AvpReader reader(request.subspan(header_size));
  while (const auto avp = reader.next()) {
    if (avp->code != avp::session_id.code || avp->vendor != 0) continue;
    writer.octets(avp::session_id, avp->data);
    return;
  }
}

void write_result(MessageWriter& writer, ResultCode code) {
  if (!code.experimental) {
    writer.u32(avp::result_code, code.value);
    return;
  }
  const std::size_t group = writer.begin(avp::experimental_result);
  writer.u32(avp::vendor_id, vendor_3gpp);
  writer.u32(avp::experimental_result_code, code.value);
  writer.end(group);
}

MessageWriter begin_answer(ByteView request, const Identity& self, ResultCode code, Bytes& out) {
  MessageWriter writer(out, answer_header(request, false));
  copy_session_id(request, writer);
  write_application(writer, read_header(request).application);
  write_result(writer, code);
  writer.u32(avp::auth_session_state, no_state_maintained);
  writer.text(avp::origin_host, self.host);
  writer.text(avp::origin_realm, self.realm);
  return writer;
}

void finish_answer(ByteView request, MessageWriter& writer) {
  AvpReader reader(request.subspan(header_size));
  const bool fits = echo_of(request).proxy_info <= max_echoed_size;
  while (const auto avp = reader.next()) {
    if (fits && avp->code == avp::proxy_info.code && avp->vendor == 0) writer.raw(avp->whole);
  }
  writer.finish();
}

bool read_terminal(Scan& scan, std::optional<TerminalInformation>& out) {
  const Avp* group = scan.find(avp::terminal_information);
  if (group == nullptr) return true;
  Scan inner(terminal_grammar);
  if (!inner.group(*group)) return scan.refuse(inner.refusal());
  out = TerminalInformation{inner.text(avp::imei), inner.text(avp::software_version)};
  return true;
}

void write_terminal(MessageWriter& writer, const TerminalInformation& terminal) {
  const std::size_t group = writer.begin(avp::terminal_information);
  if (!terminal.imei.empty()) writer.text(avp::imei, terminal.imei);
  if (!terminal.software_version.empty()) writer.text(avp::software_version, terminal.software_version);
  writer.end(group);
}

}  // namespace simbiont::diameter

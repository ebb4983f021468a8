#include "diameter/base_messages.h"

#include <algorithm>

#include "diameter/s6a_common.h"

namespace simbiont::diameter {
namespace {

constexpr std::string_view product_name = "Simbiont";
constexpr std::uint32_t highest_disconnect_cause = 2;

constexpr Grammar origin_grammar{
    {avp::origin_host, Occurs::once},
    {avp::origin_realm, Occurs::once},
    {avp::origin_state_id, Occurs::at_most_once},
};
constexpr Grammar cer_grammar{origin_grammar,
                              {{avp::host_ip_address, Occurs::at_least_once},
                               {avp::vendor_id, Occurs::once},
                               {avp::product_name, Occurs::once}}};
// The rest of a CEA matters only when it is a success, and is then not needed to talk.
constexpr Grammar cea_grammar{
    origin_grammar,
    {{avp::result_code, Occurs::at_most_once}, {avp::experimental_result, Occurs::at_most_once}}};
constexpr Grammar dpr_grammar{origin_grammar, {{avp::disconnect_cause, Occurs::once}}};
// RFC 3588 let Vendor-Id occur several times; peers of that age still do.
constexpr Grammar application_grammar{
    {avp::vendor_id, Occurs::any},
    {avp::auth_application_id, Occurs::at_most_once},
    {avp::acct_application_id, Occurs::at_most_once},
};

std::uint32_t value_of(const Avp& avp) { return static_cast<std::uint32_t>(load_be(avp.data)); }

bool read_vendor_application(Scan& scan, const Avp& group, Capabilities& out) {
  Scan inner(application_grammar);
  if (!inner.group(group)) return scan.refuse(inner.refusal());
  if (const Avp* id = inner.find(avp::auth_application_id)) out.applications.push_back(value_of(*id));
  return true;
}

bool read_applications(Scan& scan, ByteView frame, Capabilities& out) {
  AvpReader reader(frame.subspan(header_size));
  while (const auto avp = reader.next()) {
    const AvpDef* def = find_avp(avp->code, avp->vendor);
    if (def == &avp::auth_application_id) out.applications.push_back(value_of(*avp));
    if (def == &avp::acct_application_id) out.relay |= value_of(*avp) == app_relay;
    const bool vendor_specific = def == &avp::vendor_specific_application_id;
    if (vendor_specific && !read_vendor_application(scan, *avp, out)) return false;
  }
  out.relay |= out.offers(app_relay);
  return true;
}

bool judge_origin(Scan& scan) {
  return scan.is_identity(avp::origin_host) && scan.is_identity(avp::origin_realm);
}

Capabilities capabilities_of(const Scan& scan) {
  Capabilities out;
  out.origin_host = scan.text(avp::origin_host);
  out.origin_realm = scan.text(avp::origin_realm);
  if (scan.find(avp::origin_state_id) != nullptr) out.origin_state_id = scan.u32(avp::origin_state_id);
  return out;
}

MessageWriter begin_base_request(Command command, const Announcement& us, Ids ids, Bytes& out) {
  Header header;
  header.flags = Header::request_bit;
  header.command = static_cast<std::uint32_t>(command);
  header.hop_by_hop = ids.hop_by_hop;
  header.end_to_end = ids.end_to_end;
  MessageWriter writer(out, header);
  writer.text(avp::origin_host, us.self.host);
  writer.text(avp::origin_realm, us.self.realm);
  return writer;
}

MessageWriter begin_base_answer(ByteView request, const Announcement& us, ResultCode code, Bytes& out) {
  MessageWriter writer(out, answer_header(request, false));
  write_result(writer, code);
  writer.text(avp::origin_host, us.self.host);
  writer.text(avp::origin_realm, us.self.realm);
  return writer;
}

void write_device(MessageWriter& writer, const Announcement& us) {
  constexpr std::uint32_t vendor_not_said = 0;
  for (const auto& address : us.host_addresses) writer.address(avp::host_ip_address, address);
  writer.u32(avp::vendor_id, vendor_not_said);
  writer.text(avp::product_name, product_name);
  writer.u32(avp::origin_state_id, us.origin_state_id);
}

void write_applications(MessageWriter& writer, const Announcement& us) {
  writer.u32(avp::supported_vendor_id, vendor_3gpp);
  for (const std::uint32_t application : us.applications) {
    if (application == app_relay) {
      writer.u32(avp::auth_application_id, application);
      continue;
    }
    const std::size_t group = writer.begin(avp::vendor_specific_application_id);
    writer.u32(avp::vendor_id, vendor_3gpp);
    writer.u32(avp::auth_application_id, application);
    writer.end(group);
  }
}

}  // namespace

bool Capabilities::offers(std::uint32_t application) const {
  return std::find(applications.begin(), applications.end(), application) != applications.end();
}

void encode_cer(const Announcement& us, Ids ids, Bytes& out) {
  MessageWriter writer = begin_base_request(Command::cer, us, ids, out);
  write_device(writer, us);
  write_applications(writer, us);
  writer.finish();
}

Decoded<Capabilities> decode_cer(ByteView frame) {
  Scan scan(cer_grammar);
  if (!scan.message(frame) || !judge_origin(scan)) return refused<Capabilities>(scan);
  Capabilities out = capabilities_of(scan);
  if (!read_applications(scan, frame, out)) return refused<Capabilities>(scan);
  return {std::move(out), {}};
}

void encode_cea(ByteView request, const Announcement& us, const Refusal& verdict, Bytes& out) {
  if (is_protocol_error(verdict.code)) return encode_refusal(request, us.self, verdict, out);
  MessageWriter writer = begin_base_answer(request, us, verdict.code, out);
  write_device(writer, us);
  write_reason(writer, verdict);
  write_applications(writer, us);
  writer.finish();
}

Decoded<Capabilities> decode_cea(ByteView frame) {
  Scan scan(cea_grammar);
  if (!scan.message(frame) || !judge_origin(scan)) return refused<Capabilities>(scan);
  Capabilities out = capabilities_of(scan);
  if (!read_result(scan, out.code) || !read_applications(scan, frame, out))
    return refused<Capabilities>(scan);
  return {std::move(out), {}};
}

void encode_dwr(const Announcement& us, Ids ids, Bytes& out) {
  MessageWriter writer = begin_base_request(Command::dwr, us, ids, out);
  writer.u32(avp::origin_state_id, us.origin_state_id);
  writer.finish();
}

std::optional<Refusal> judge_dwr(ByteView frame) {
  Scan scan(origin_grammar);
  if (!scan.message(frame) || !judge_origin(scan)) return scan.refusal();
  return std::nullopt;
}

void encode_dwa(ByteView request, const Announcement& us, Bytes& out) {
  MessageWriter writer = begin_base_answer(request, us, result::success, out);
  writer.u32(avp::origin_state_id, us.origin_state_id);
  writer.finish();
}

void encode_dpr(const Announcement& us, std::uint32_t disconnect_cause, Ids ids, Bytes& out) {
  MessageWriter writer = begin_base_request(Command::dpr, us, ids, out);
  writer.u32(avp::disconnect_cause, disconnect_cause);
  writer.finish();
}

std::optional<Refusal> judge_dpr(ByteView frame) {
  Scan scan(dpr_grammar);
  const bool right = scan.message(frame) && judge_origin(scan) &&
                     scan.at_most(avp::disconnect_cause, highest_disconnect_cause);
  if (!right) return scan.refusal();
  return std::nullopt;
}

void encode_dpa(ByteView request, const Announcement& us, Bytes& out) {
  MessageWriter writer = begin_base_answer(request, us, result::success, out);
  writer.finish();
}

}  // namespace simbiont::diameter

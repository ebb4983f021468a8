#include "lab/hss_request.h"

#include "diameter/s6a_updates.h"

namespace simbiont::lab {
namespace {

std::string text(std::uint32_t number) { return std::to_string(number); }

std::string line(const diameter::Clr& clr) {
  return "CLR " + std::string(clr.user_name) + " type " + text(clr.cancellation_type) + " flags " +
         text(clr.flags.value_or(0));
}

std::string line(const diameter::Idr& idr) {
  const diameter::SubscriptionData& data = idr.data;
  std::string out = "IDR " + std::string(idr.user_name);
  if (!data.msisdn.empty()) out += " msisdn " + data.msisdn;
  if (!data.apns.empty()) out += " default " + text(data.default_context);
  for (const auto& apn : data.apns) out += " apn " + text(apn.context_identifier) + " " + apn.name;
  for (const auto& pdp : data.pdp_contexts) out += " pdp " + text(pdp.context_identifier) + " " + pdp.name;
  return out;
}

std::string line(const diameter::Dsr& dsr) {
  std::string out = "DSR " + std::string(dsr.user_name) + " flags " + text(dsr.flags);
  for (const std::uint32_t context : dsr.contexts) out += " context " + text(context);
  return out;
}

std::string line(const diameter::Rsr& rsr) { return "RSR " + std::string(rsr.routing.origin_host); }

template <class Request, class Answer>
HssRequest take(ByteView frame, const diameter::Identity& self,
                diameter::Decoded<Request> (*decode)(ByteView),
                void (*encode)(ByteView, const diameter::Identity&, const Answer&, Bytes&)) {
  HssRequest out;
  const auto decoded = decode(frame);
  if (!decoded.message) {
    diameter::encode_refusal(frame, self, decoded.refusal, out.answer);
    return out;
  }
  out.line = line(*decoded.message);
  Answer answer;
  answer.code = diameter::result::success;
  encode(frame, self, answer, out.answer);
  return out;
}

}  // namespace

HssRequest take_hss_request(ByteView frame, const diameter::Identity& self) {
  using namespace diameter;
  switch (static_cast<Command>(read_header(frame).command)) {
    case Command::clr:
      return take<Clr, Cla>(frame, self, decode_clr, encode_cla);
    case Command::idr:
      return take<Idr, Ida>(frame, self, decode_idr, encode_ida);
    case Command::dsr:
      return take<Dsr, Dsa>(frame, self, decode_dsr, encode_dsa);
    case Command::rsr:
      return take<Rsr, Rsa>(frame, self, decode_rsr, encode_rsa);
    default:
      HssRequest out;
      encode_refusal(frame, self, {result::command_unsupported, {}, {}}, out.answer);
      return out;
  }
}

}  // namespace simbiont::lab

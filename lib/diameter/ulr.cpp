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
                               {avp::terminal_information, Occurs::at_most_once}}};
constexpr Grammar ula_grammar{
    answer_grammar, {{avp::ula_flags, Occurs::at_most_once}, {avp::subscription_data, Occurs::at_most_once}}};
constexpr Grammar subscription_grammar{
    {avp::msisdn, Occurs::at_most_once},
    {avp::ambr, Occurs::at_most_once},
    {avp::apn_configuration_profile, Occurs::at_most_once},
};
constexpr Grammar ambr_grammar{
    {avp::max_requested_bandwidth_ul, Occurs::once},
    {avp::max_requested_bandwidth_dl, Occurs::once},
};
constexpr Grammar profile_grammar{
    {avp::context_identifier, Occurs::once},
    {avp::all_apn_configurations_included_indicator, Occurs::once},
    {avp::apn_configuration, Occurs::at_least_once},
};
constexpr Grammar apn_grammar{
    {avp::context_identifier, Occurs::once},
    {avp::pdn_type, Occurs::once},
    {avp::service_selection, Occurs::once},
    {avp::ambr, Occurs::at_most_once},
};

void write_ambr(MessageWriter& writer, std::uint32_t uplink, std::uint32_t downlink) {
  const std::size_t group = writer.begin(avp::ambr);
  writer.u32(avp::max_requested_bandwidth_ul, uplink);
  writer.u32(avp::max_requested_bandwidth_dl, downlink);
  writer.end(group);
}

bool read_ambr(Scan& scan, std::uint32_t& uplink, std::uint32_t& downlink) {
  const Avp* group = scan.find(avp::ambr);
  if (group == nullptr) return true;
  Scan inner(ambr_grammar);
  if (!inner.group(*group)) return scan.refuse(inner.refusal());
  uplink = inner.u32(avp::max_requested_bandwidth_ul);
  downlink = inner.u32(avp::max_requested_bandwidth_dl);
  return true;
}

// The default bearer: QCI 9, a low priority, may neither push out others nor be kept when pushed
// (TS 29.212 5.3.45-47).
void write_qos(MessageWriter& writer) {
  constexpr std::uint32_t qci_9 = 9, priority_level_8 = 8, pre_emption_disabled = 1;
  const std::size_t profile = writer.begin(avp::eps_subscribed_qos_profile);
  writer.u32(avp::qos_class_identifier, qci_9);
  const std::size_t priority = writer.begin(avp::allocation_retention_priority);
  writer.u32(avp::priority_level, priority_level_8);
  writer.u32(avp::pre_emption_capability, pre_emption_disabled);
  writer.u32(avp::pre_emption_vulnerability, pre_emption_disabled);
  writer.end(priority);
  writer.end(profile);
}

void write_apn(MessageWriter& writer, const SubscriptionData::Apn& apn) {
  constexpr std::uint32_t ipv4 = 0;
  const std::size_t group = writer.begin(avp::apn_configuration);
  writer.u32(avp::context_identifier, apn.context_identifier);
  writer.u32(avp::pdn_type, ipv4);
  writer.text(avp::service_selection, apn.name);
  write_qos(writer);
  write_ambr(writer, apn.ambr_uplink, apn.ambr_downlink);
  writer.end(group);
}

bool read_apn(Scan& scan, const Avp& group, SubscriptionData::Apn& apn) {
  Scan inner(apn_grammar);
  if (!inner.group(group) || !read_ambr(inner, apn.ambr_uplink, apn.ambr_downlink)) {
    return scan.refuse(inner.refusal());
  }
  apn.context_identifier = inner.u32(avp::context_identifier);
  apn.name = inner.text(avp::service_selection);
  return true;
}

// The first APN is the default one.
void write_profile(MessageWriter& writer, const std::vector<SubscriptionData::Apn>& apns) {
  constexpr std::uint32_t all_included = 0;
  const std::size_t group = writer.begin(avp::apn_configuration_profile);
  writer.u32(avp::context_identifier, apns.front().context_identifier);
  writer.u32(avp::all_apn_configurations_included_indicator, all_included);
  for (const SubscriptionData::Apn& apn : apns) write_apn(writer, apn);
  writer.end(group);
}

bool read_profile(Scan& scan, std::vector<SubscriptionData::Apn>& apns) {
  const Avp* group = scan.find(avp::apn_configuration_profile);
  if (group == nullptr) return true;
  Scan inner(profile_grammar);
  if (!inner.group(*group)) return scan.refuse(inner.refusal());
  AvpReader reader(group->data);
  while (const auto avp = reader.next()) {
    if (find_avp(avp->code, avp->vendor) != &avp::apn_configuration) continue;
    if (!read_apn(scan, *avp, apns.emplace_back())) return false;
  }
  return true;
}

void write_subscription(MessageWriter& writer, const SubscriptionData& data) {
  constexpr std::uint32_t service_granted = 0, only_packet = 2;
  const std::size_t group = writer.begin(avp::subscription_data);
  writer.u32(avp::subscriber_status, service_granted);
  if (!data.msisdn.empty()) writer.octets(avp::msisdn, encode_tbcd(data.msisdn));
  writer.u32(avp::network_access_mode, only_packet);
  write_ambr(writer, data.ambr_uplink, data.ambr_downlink);
  if (!data.apns.empty()) write_profile(writer, data.apns);
  writer.end(group);
}

bool read_subscription(Scan& scan, std::optional<SubscriptionData>& out) {
  const Avp* group = scan.find(avp::subscription_data);
  if (group == nullptr) return true;
  Scan inner(subscription_grammar);
  SubscriptionData data;
  if (!inner.group(*group) || !read_ambr(inner, data.ambr_uplink, data.ambr_downlink) ||
      !read_profile(inner, data.apns)) {
    return scan.refuse(inner.refusal());
  }
  const auto digits = decode_tbcd(inner.octets(avp::msisdn));
  if (!digits) {
    inner.refuse(avp::msisdn, result::invalid_avp_value);
    return scan.refuse(inner.refusal());
  }
  data.msisdn = *digits;
  out = std::move(data);
  return true;
}

}  // namespace

void encode_ulr(const Ulr& message, Ids ids, Bytes& out) {
  MessageWriter writer = begin_request(Command::ulr, message.routing, ids, out);
  writer.text(avp::user_name, message.user_name);
  if (message.terminal) write_terminal(writer, *message.terminal);
  writer.u32(avp::rat_type, message.rat_type);
  writer.u32(avp::ulr_flags, message.flags);
  writer.octets(avp::visited_plmn_id, message.visited_plmn);
  writer.finish();
}

Decoded<Ulr> decode_ulr(ByteView frame) {
  Scan scan(ulr_grammar);
  Ulr ulr;
  const bool right = scan.message(frame) && judge_routing(scan) &&
                     scan.has_size(avp::visited_plmn_id, ulr.visited_plmn.size()) &&
                     read_terminal(scan, ulr.terminal);
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
  if (message.code == result::success) writer.u32(avp::ula_flags, message.flags);
  if (message.data) write_subscription(writer, *message.data);
  finish_answer(request, writer);
}

Decoded<Ula> decode_ula(ByteView frame) {
  Scan scan(ula_grammar);
  Ula ula;
  const bool right = scan.message(frame) && judge_routing(scan) && read_result(scan, ula.code) &&
                     read_subscription(scan, ula.data);
  if (!right) return refused<Ula>(scan);
  ula.routing = routing_of(scan);
  ula.flags = scan.u32(avp::ula_flags);
  return {std::move(ula), {}};
}

}  // namespace simbiont::diameter

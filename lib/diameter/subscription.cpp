// Subscription-Data, TS 29.272 7.3.2, of ULA and IDR.
#include "diameter/s6a_common.h"
#include "diameter/tbcd.h"

namespace simbiont::diameter {
namespace {

constexpr Grammar subscription_grammar{
    {avp::msisdn, Occurs::at_most_once},
    {avp::ambr, Occurs::at_most_once},
    {avp::apn_configuration_profile, Occurs::at_most_once},
    {avp::gprs_subscription_data, Occurs::at_most_once},
    {avp::subscriber_status, Occurs::at_most_once},
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

constexpr Grammar gprs_grammar{
    {avp::complete_data_list_included_indicator, Occurs::once},
    {avp::pdp_context, Occurs::at_least_once},
};
constexpr Grammar pdp_grammar{
    {avp::context_identifier, Occurs::once},
    {avp::pdp_type, Occurs::once},
    {avp::qos_subscribed, Occurs::once},
    {avp::service_selection, Occurs::once},
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

void write_profile(MessageWriter& writer, const SubscriptionData& data) {
  constexpr std::uint32_t all_included = 0, new_and_changed_included = 1;
  const std::uint32_t first = data.apns.front().context_identifier;
  const std::size_t group = writer.begin(avp::apn_configuration_profile);
  writer.u32(avp::context_identifier, data.default_context != 0 ? data.default_context : first);
  writer.u32(avp::all_apn_configurations_included_indicator,
             data.all_apns ? all_included : new_and_changed_included);
  for (const SubscriptionData::Apn& apn : data.apns) write_apn(writer, apn);
  writer.end(group);
}

bool read_profile(Scan& scan, SubscriptionData& data) {
  const Avp* group = scan.find(avp::apn_configuration_profile);
  if (group == nullptr) return true;
  Scan inner(profile_grammar);
  if (!inner.group(*group)) return scan.refuse(inner.refusal());
  data.default_context = inner.u32(avp::context_identifier);
  data.all_apns = inner.u32(avp::all_apn_configurations_included_indicator) == 0;
  AvpReader reader(group->data);
  while (const auto avp = reader.next()) {
    if (find_avp(avp->code, avp->vendor) != &avp::apn_configuration) continue;
    if (!read_apn(scan, *avp, data.apns.emplace_back())) return false;
  }
  return true;
}

// IPv4 of the IETF (TS 29.060 7.7.29); best effort, TS 24.008 10.5.6.5: delay class 4, reliability class 3,
// peak throughput class 9, precedence 2, mean throughput best effort.
constexpr ByteArray<2> pdp_type_ipv4{0xf1, 0x21};
constexpr ByteArray<3> qos_best_effort{0x23, 0x92, 0x1f};

// Each APN for which there is an EPS configuration may be used for a PDP context too, under the same
// Context-Identifier.
void write_gprs(MessageWriter& writer, const std::vector<SubscriptionData::Pdp>& contexts) {
  constexpr std::uint32_t all_included = 0;
  const std::size_t group = writer.begin(avp::gprs_subscription_data);
  writer.u32(avp::complete_data_list_included_indicator, all_included);
  for (const SubscriptionData::Pdp& pdp : contexts) {
    const std::size_t context = writer.begin(avp::pdp_context);
    writer.u32(avp::context_identifier, pdp.context_identifier);
    writer.octets(avp::pdp_type, pdp_type_ipv4);
    writer.octets(avp::qos_subscribed, qos_best_effort);
    writer.text(avp::service_selection, pdp.name);
    writer.end(context);
  }
  writer.end(group);
}

bool read_gprs(Scan& scan, std::vector<SubscriptionData::Pdp>& contexts) {
  const Avp* group = scan.find(avp::gprs_subscription_data);
  if (group == nullptr) return true;
  Scan inner(gprs_grammar);
  if (!inner.group(*group)) return scan.refuse(inner.refusal());
  AvpReader reader(group->data);
  while (const auto avp = reader.next()) {
    if (find_avp(avp->code, avp->vendor) != &avp::pdp_context) continue;
    Scan pdp(pdp_grammar);
    if (!pdp.group(*avp)) return scan.refuse(pdp.refusal());
    contexts.push_back({pdp.u32(avp::context_identifier), std::string(pdp.text(avp::service_selection))});
  }
  return true;
}

}  // namespace

void write_subscription(MessageWriter& writer, const SubscriptionData& data) {
  constexpr std::uint32_t service_granted = 0, only_packet = 2;
  const std::size_t group = writer.begin(avp::subscription_data);
  if (data.whole) writer.u32(avp::subscriber_status, service_granted);
  if (!data.msisdn.empty()) writer.octets(avp::msisdn, encode_tbcd(data.msisdn));
  if (data.whole) writer.u32(avp::network_access_mode, only_packet);
  if (data.whole) write_ambr(writer, data.ambr_uplink, data.ambr_downlink);
  if (!data.apns.empty()) write_profile(writer, data);
  if (!data.pdp_contexts.empty()) write_gprs(writer, data.pdp_contexts);
  writer.end(group);
}

bool read_subscription(Scan& scan, std::optional<SubscriptionData>& out) {
  const Avp* group = scan.find(avp::subscription_data);
  if (group == nullptr) return true;
  Scan inner(subscription_grammar);
  SubscriptionData data;
  if (!inner.group(*group) || !read_ambr(inner, data.ambr_uplink, data.ambr_downlink) ||
      !read_profile(inner, data) || !read_gprs(inner, data.pdp_contexts)) {
    return scan.refuse(inner.refusal());
  }
  const auto digits = decode_tbcd(inner.octets(avp::msisdn));
  if (!digits) {
    inner.refuse(avp::msisdn, result::invalid_avp_value);
    return scan.refuse(inner.refusal());
  }
  data.msisdn = *digits;
  data.whole = inner.find(avp::subscriber_status) != nullptr;
  out = std::move(data);
  return true;
}

}  // namespace simbiont::diameter

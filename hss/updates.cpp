#include "hss/updates.h"

#include <algorithm>

#include "diameter/s6a_updates.h"

namespace simbiont::hss {
namespace {

namespace part = store::update_part;

bool holds(const std::vector<std::uint32_t>& numbers, std::uint32_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

// What of the subscription an IDR says: the number; the APNs that are new and the default one, which may have
// changed; all PDP contexts.
diameter::SubscriptionData changed_data(const store::OwedUpdate& row, const store::Subscriber& subscriber,
                                        const store::Registration& at, const CoreConfig& config) {
  diameter::SubscriptionData data = subscription_of(subscriber, config);
  data.whole = false;
  data.all_apns = false;
  if ((row.parts & part::msisdn) == 0) data.msisdn.clear();
  if (!data.apns.empty()) data.default_context = data.apns.front().context_identifier;
  std::erase_if(data.apns, [&](const diameter::SubscriptionData::Apn& apn) {
    const bool named =
        apn.context_identifier == data.default_context || holds(row.contexts, apn.context_identifier);
    return (row.parts & part::apns) == 0 || !named;
  });
  if ((row.parts & part::pdp_contexts) != 0 && at.gprs_data) data.pdp_contexts = pdp_contexts_of(subscriber);
  return data;
}

// DSR-Flags and Context-Identifiers of what is still gone.
diameter::Dsr deletion(const store::OwedUpdate& row, const store::Subscriber& subscriber,
                       const store::Registration& at) {
  diameter::Dsr dsr;
  const bool can_withdraw_msisdn = (at.features_2 & diameter::feature::removal_of_msisdn) != 0;
  if ((row.parts & part::msisdn) != 0 && subscriber.msisdn.empty() && can_withdraw_msisdn)
    dsr.flags |= diameter::dsr_flag::msisdn;
  if ((row.parts & part::apns) == 0) return dsr;
  if (subscriber.apns.empty()) {
    dsr.flags |= diameter::dsr_flag::complete_apn_profile;
    if (at.gprs_data) dsr.flags |= diameter::dsr_flag::complete_pdp_list;
    return dsr;
  }
  for (const std::uint32_t context : row.contexts)
    if (!holds(subscriber.contexts, context)) dsr.contexts.push_back(context);
  if (!dsr.contexts.empty()) dsr.flags |= diameter::dsr_flag::pdn_contexts;
  return dsr;
}

}  // namespace

Result<std::vector<Debt>> UpdateProcedure::read(std::int64_t after_id, std::size_t limit) {
  auto rows = services_.store.owed_updates(after_id, limit);
  if (!rows) return rows.error();
  std::vector<Debt> debts;
  for (store::OwedUpdate& row : *rows) debts.push_back({std::move(row)});
  return debts;
}

bool UpdateProcedure::encode(const Debt& debt, const diameter::Routing& routing, diameter::Ids ids,
                             Bytes& out) {
  const auto& row = std::get<store::OwedUpdate>(debt.row);
  if (row.kind == store::UpdateKind::reset) {
    diameter::encode_rsr({routing, diameter::our_features}, ids, out);
    return true;
  }
  const auto state = services_.store.subscriber(row.imsi);
  if (!state || !state->has_value()) return false;
  const auto& at = (*state)->at(row.node);
  if (!at || !same_host(at->host, row.host)) return false;  // who serves it now got it with the ULA
  const std::string imsi = row.imsi.str();
  if (row.kind == store::UpdateKind::remove) {
    diameter::Dsr dsr = deletion(row, (*state)->subscriber, *at);
    dsr.routing = routing;
    dsr.user_name = imsi;
    dsr.features = diameter::our_features;
    if (dsr.flags != 0) diameter::encode_dsr(dsr, ids, out);
    return dsr.flags != 0;
  }
  const diameter::SubscriptionData data = changed_data(row, (*state)->subscriber, *at, services_.config);
  if (data.msisdn.empty() && data.apns.empty() && data.pdp_contexts.empty()) return false;
  diameter::encode_idr({routing, imsi, data, diameter::our_features}, ids, out);
  return true;
}

// IDA, DSA and RSA differ in nothing that counts here.
std::optional<diameter::ResultCode> UpdateProcedure::result_of(ByteView answer) {
  const auto decoded = diameter::decode_ida(answer);
  return decoded.message ? std::optional(decoded.message->code) : std::nullopt;
}

}  // namespace simbiont::hss

#include "hss/ulr_notes.h"

#include <algorithm>

#include "diameter/tbcd.h"

namespace simbiont::hss {
namespace {

constexpr std::uint32_t separation_indication = 1;  // ULA-Flags bit 0, 7.3.8

std::uint32_t context_of(const store::Subscriber& subscriber, std::size_t i) {
  return i < subscriber.contexts.size() ? subscriber.contexts[i] : static_cast<std::uint32_t>(i + 1);
}

}  // namespace

diameter::SubscriptionData subscription_of(const store::Subscriber& subscriber, const CoreConfig& config) {
  diameter::SubscriptionData data;
  data.msisdn = subscriber.msisdn;
  data.ambr_uplink = config.ambr_uplink;
  data.ambr_downlink = config.ambr_downlink;
  for (std::size_t i = 0; i < subscriber.apns.size(); ++i)
    data.apns.push_back(
        {context_of(subscriber, i), subscriber.apns[i], config.ambr_uplink, config.ambr_downlink});
  return data;
}

std::vector<diameter::SubscriptionData::Pdp> pdp_contexts_of(const store::Subscriber& subscriber) {
  std::vector<diameter::SubscriptionData::Pdp> out;
  for (std::size_t i = 0; i < subscriber.apns.size(); ++i)
    out.push_back({context_of(subscriber, i), subscriber.apns[i]});
  return out;
}

diameter::Ula ula_of(const store::Subscriber* subscriber, const CoreConfig& config) {
  diameter::Ula ula;
  ula.code = diameter::result::success;
  ula.flags = separation_indication;
  if (subscriber != nullptr) ula.data = subscription_of(*subscriber, config);
  return ula;
}

UlrNotes::UlrNotes(const CoreConfig& config)
    : config_(config), without_data_(config.self, ula_of(nullptr, config)) {}

std::uint32_t UlrNotes::subscription(const store::Subscriber& subscriber) {
  std::string key = std::to_string((subscriber.msisdn.size() + 1) / 2);
  for (std::size_t i = 0; i < subscriber.apns.size(); ++i)
    key += ';' + std::to_string(context_of(subscriber, i)) + '=' + subscriber.apns[i];
  if (const auto known = subscriptions_.find(key); known != subscriptions_.end()) return known->second;
  if (answers_.size() >= max_subscriptions) return 0;
  answers_.emplace_back(config_.self, ula_of(&subscriber, config_));
  const auto number = static_cast<std::uint32_t>(answers_.size());
  subscriptions_.emplace(std::move(key), number);
  return number;
}

std::uint32_t UlrNotes::registrant(std::string_view host, std::string_view realm) {
  std::string key(host);
  key += '\n';
  key += realm;
  if (const auto known = registrants_.find(key); known != registrants_.end()) return known->second;
  if (registrants_.size() >= max_registrants) return 0;
  const auto number = static_cast<std::uint32_t>(registrants_.size() + 1);
  registrants_.emplace(std::move(key), number);
  return number;
}

UlrNote UlrNotes::describe(const store::SubscriberState& state) {
  UlrNote note;
  const auto& associations = state.binding.associations;
  const auto& at = state.registration;
  if (state.sgsn || (at && (at->purged_at != 0 || (at->features_1 | at->features_2) != 0))) return note;
  if (binding::is_special(state.binding)) return note;
  if (associations.size() > 1 || state.subscriber.msisdn.size() > 2 * note.msisdn.size()) return note;
  if (!associations.empty()) {
    const Imei& device = associations.front().imei;
    const std::optional<binding::Hint>&reported = state.binding.reported, &evidence = state.binding.evidence;
    // The fast path does not say under which epoch evidence came: of a later one than the first the slow path
    // sees to it once.
    const binding::EpochNumber epoch = associations.front().epoch;
    if (epoch != 1 && (!evidence || evidence->epoch != epoch)) return note;
    note.device = device.key();
    note.device_reported = reported && reported->imei == device;
    if (evidence && evidence->imei == device)
      note.evidence_s = static_cast<std::uint32_t>(evidence->at / 1000);
  }
  if (state.registration) {
    note.registrant = registrant(state.registration->host, state.registration->realm);
    if (note.registrant == 0) return note;
    note.rat_type = state.registration->rat_type;
    note.visited_plmn = state.registration->visited_plmn.octets;
  }
  const Bytes msisdn = diameter::encode_tbcd(state.subscriber.msisdn);
  std::copy(msisdn.begin(), msisdn.end(), note.msisdn.begin());
  note.subscription = subscription(state.subscriber);
  return note;
}

}  // namespace simbiont::hss

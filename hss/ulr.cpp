// A ULR step by step: decode; find the subscriber; write the registration, of the MME or the SGSN, the CLRs
// owed to the nodes left behind and what ADD reported as one group; once that is durable, answer with the
// subscription and send the CLRs.
#include "hss/ulr.h"

#include <algorithm>
#include <utility>

#include "hss/add.h"
#include "hss/auc.h"
#include "hss/clr.h"
#include "hss/log.h"

namespace simbiont::hss {

using diameter::result::unable_to_comply;

namespace {

namespace ulr_flag = diameter::ulr_flag;
using store::ServingNode;

ServingNode node_of(const diameter::Ulr& ulr) {
  return (ulr.flags & ulr_flag::s6a) != 0 ? ServingNode::mme : ServingNode::sgsn;
}
ServingNode other(ServingNode node) {
  return node == ServingNode::mme ? ServingNode::sgsn : ServingNode::mme;
}

// 7.3.7: an SGSN asks for it, or a combined MME/SGSN over S6a.
bool wants_gprs_data(const diameter::Ulr& ulr) {
  return (ulr.flags & ulr_flag::gprs_subscription_data) != 0 &&
         (node_of(ulr) == ServingNode::sgsn || (ulr.flags & ulr_flag::node_type) != 0);
}

store::Registration registration_of(const diameter::Ulr& ulr, const Entry& entry, UnixMs now) {
  const ServingNode node = node_of(ulr);
  const auto& old = entry.state.at(node);
  const bool same = old && same_host(old->host, ulr.routing.origin_host);
  const diameter::Features common = ulr.features.value_or(diameter::Features{}) & diameter::our_features;
  const bool sgsn = node == ServingNode::sgsn;
  return {entry.imsi(),
          std::string(ulr.routing.origin_host),
          std::string(ulr.routing.origin_realm),
          Plmn{ulr.visited_plmn},
          ulr.rat_type,
          same ? old->since : now,
          0,
          common.list_1,
          common.list_2,
          sgsn ? ulr.sgsn_number : std::string(),
          sgsn && wants_gprs_data(ulr)};
}

// A ULR that says what is stored already costs no row.
bool is_news(const store::Registration& fresh, const std::optional<store::Registration>& old) {
  return !old || old->host != fresh.host || old->realm != fresh.realm ||
         old->visited_plmn != fresh.visited_plmn || old->rat_type != fresh.rat_type ||
         old->purged_at != fresh.purged_at || old->features_1 != fresh.features_1 ||
         old->features_2 != fresh.features_2 || old->sgsn_number != fresh.sgsn_number ||
         old->gprs_data != fresh.gprs_data;
}
// What the fast path noted without an epoch was of the first one (UlrNotes::describe).
bool same_epoch(const binding::Hint& a, const binding::Hint& b) {
  return std::max<binding::EpochNumber>(a.epoch, 1) == std::max<binding::EpochNumber>(b.epoch, 1);
}
bool is_news(const binding::Hint& fresh, const std::optional<binding::Hint>& old) {
  return !old || old->imei != fresh.imei || !same_epoch(*old, fresh) || fresh.at - old->at >= hint_life_ms;
}

store::OweClr clr_to(const store::Registration& left, ServingNode node, std::uint32_t type, UnixMs now) {
  const std::uint32_t flags = node == ServingNode::mme ? diameter::clr_flag::s6a_indicator : 0;
  return {{0, left.imsi, left.host, left.realm, type, flags, now}};
}

std::uint32_t update_type(ServingNode left) {
  return left == ServingNode::mme ? diameter::cancellation::mme_update : diameter::cancellation::sgsn_update;
}

// TS 29.272 5.2.1.1.3: the former node of this kind is left behind; that of the other kind when the UE has
// one registration only, or attaches anew. Whether the other kind's registration ends.
bool leave_behind(const Entry& entry, const diameter::Ulr& ulr, UnixMs now, store::Changes& changes) {
  const ServingNode node = node_of(ulr);
  const auto& before = entry.state.at(node);
  if (before && !same_host(before->host, ulr.routing.origin_host))
    changes.emplace_back(clr_to(*before, node, update_type(node), now));
  const auto& beside = entry.state.at(other(node));
  const bool single = (ulr.flags & ulr_flag::single_registration) != 0;
  if (!beside || (!single && (ulr.flags & ulr_flag::initial_attach) == 0)) return false;
  const std::uint32_t type = single ? update_type(other(node)) : diameter::cancellation::initial_attach;
  changes.emplace_back(store::RemoveRegistration{entry.imsi(), beside->host, other(node)});
  changes.emplace_back(clr_to(*beside, other(node), type, now));
  return true;
}

bool is_first(const binding::Hint& evidence, const std::optional<binding::Hint>& before) {
  return !before || before->imei != evidence.imei;
}

// A node that registers after an answer made under a K_ME: a device with that key answered the challenge.
std::optional<binding::Hint> evidence_of(const Entry& entry, const diameter::Ulr& ulr,
                                         const std::optional<Imei>& reported, UnixMs now,
                                         const Services& services) {
  const NodeId node = services.nodes.find(ulr.routing.origin_host);
  if (node == no_node || entry.hot->last_node != node) return std::nullopt;
  const auto pair = services.cache.last_pair(entry);
  if (!pair) return std::nullopt;
  const auto device = device_of(entry.state.binding, pair->kme, reported);
  const binding::Hint hint{device.value_or(Imei::from_key(0)), now, pair->epoch};
  if (!device || !is_news(hint, entry.state.binding.evidence)) return std::nullopt;
  return hint;
}

}  // namespace

void UlrProcedure::run(const Request& request) {
  const auto decoded = diameter::decode_ulr(request.frame);
  if (!decoded.message) return services_.refuse(request, decoded.refusal);
  const diameter::Ulr& ulr = *decoded.message;
  if (!services_.accept(request, ulr.routing)) return;
  if (services_.said_before(request, ulr.routing)) return finish(request);
  const auto entry = services_.entry_of(request, ulr.user_name);
  if (entry == nullptr) return;
  if (entry->state.binding.suspended_at != 0) return services_.refuse(request, unable_to_comply, "suspended");
  commit(request, ulr, entry);
}

std::vector<store::AddEvent> UlrProcedure::events_of(const Entry& entry, const Add& seen,
                                                     const std::optional<binding::Hint>& evidence) {
  std::vector<store::AddEvent> events;
  for (const auto& [kind, detail] : seen.events)
    if (auto row = services_.event(kind, entry.imsi(), detail)) events.push_back(*std::move(row));
  if (evidence && is_first(*evidence, entry.state.binding.evidence))
    if (auto row = services_.event(EventKind::key_evidence, entry.imsi(), "IMEI " + evidence->imei.str()))
      events.push_back(*std::move(row));
  return events;
}

void UlrProcedure::commit(const Request& request, const diameter::Ulr& ulr,
                          const std::shared_ptr<Entry>& entry) {
  const UnixMs now = services_.clock.unix_ms();
  const ServingNode node = node_of(ulr);
  const store::Registration fresh = registration_of(ulr, *entry, now);
  store::Changes changes;
  if (is_news(fresh, entry->state.at(node))) changes.emplace_back(store::PutRegistration{fresh, node});
  const bool ends_other = leave_behind(*entry, ulr, now, changes);
  auto seen = ulr.terminal ? read_add(*ulr.terminal, *entry, fresh, now) : Add{};
  const auto step = modes_.registered(*entry, node, fresh, seen);
  // Before the hints, which it does not know.
  if (step) changes.insert(changes.end(), step->changes.begin(), step->changes.end());
  changes.insert(changes.end(), seen.changes.begin(), seen.changes.end());
  const auto evidence = evidence_of(*entry, ulr, seen.imei, now, services_);
  entry->hot->airs = 0;
  const std::vector<store::AddEvent> events = events_of(*entry, seen, evidence);
  changes.insert(changes.end(), events.begin(), events.end());
  // Not later where the step has put the whole binding: it would undo the evidence.
  if (evidence && (step || !binding::share_one_kme(entry->state.binding.associations))) {
    changes.emplace_back(store::SetEvidence{entry->imsi(), *evidence});
  } else if (evidence) {
    entry->state.binding.evidence = evidence;
    services_.committer.submit_later(entry->imsi(), {store::SetEvidence{entry->imsi(), *evidence, true}});
  }
  if (changes.empty()) return finish(request);

  auto done = [this, node, fresh, ends_other, evidence, seen, events, step, link = request.link,
               runs = request.runs, frame = Bytes(request.frame.begin(), request.frame.end())](
                  const Status& status, Entry* alive) {
    if (status.ok() && alive != nullptr) {
      alive->state.at(node) = fresh;
      if (ends_other) alive->state.at(other(node)).reset();
      if (step) modes_.taken(*alive, *step);
      if (seen.imei) alive->state.binding.reported = binding::Hint{*seen.imei, seen.at};
      if (evidence) alive->state.binding.evidence = evidence;
      if (seen.imei || evidence) services_.cache.choose_key_again(*alive);
    }
    if (status.ok())
      for (const store::AddEvent& each : events) services_.raised(each);
    const Request again{link, frame, runs + 1, !status.ok() && status.error().code != Errc::not_found};
    if (!status.ok()) return run(again);
    finish(again);
    clr_.kick();
  };
  services_.commit(entry, std::move(changes), std::move(done));
}

// The subscriber is looked up again: an administrator may have come between.
void UlrProcedure::finish(const Request& request) {
  const auto decoded = diameter::decode_ulr(request.frame);
  const auto imsi = Imsi::parse(decoded.message->user_name);
  const auto found = services_.cache.find(*imsi);
  if (!found) return services_.refuse(request, unable_to_comply, "the store failed");
  if (*found == nullptr) return services_.refuse(request, diameter::result::user_unknown);

  const diameter::Ulr& ulr = *decoded.message;
  const bool data = (ulr.flags & ulr_flag::skip_subscriber_data) == 0;
  const store::Subscriber& subscriber = (*found)->state.subscriber;
  diameter::Ula ula = ula_of(data ? &subscriber : nullptr, services_.config);
  if (data && wants_gprs_data(ulr)) ula.data->pdp_contexts = pdp_contexts_of(subscriber);
  if (ulr.features) ula.features = *ulr.features & diameter::our_features;
  services_.remember(request, ulr.routing);
  Bytes message;
  diameter::encode_ula(request.frame, services_.config.self, ula, message);
  services_.outlet.send(request.link, message);
}

}  // namespace simbiont::hss

// A ULR step by step: decode; find the subscriber; write the registration, the CLR owed to the MME left
// behind and what ADD reported as one group; once that is durable, answer with the subscription and send the
// CLR.
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

store::Registration registration_of(const diameter::Ulr& ulr, const Entry& entry, UnixMs now) {
  const auto& old = entry.state.registration;
  const bool same = old && same_host(old->host, ulr.routing.origin_host);
  return {entry.imsi(),
          std::string(ulr.routing.origin_host),
          std::string(ulr.routing.origin_realm),
          Plmn{ulr.visited_plmn},
          ulr.rat_type,
          same ? old->since : now,
          0};
}

// A ULR that says what is stored already costs no row.
bool is_news(const store::Registration& fresh, const std::optional<store::Registration>& old) {
  return !old || old->host != fresh.host || old->realm != fresh.realm ||
         old->visited_plmn != fresh.visited_plmn || old->rat_type != fresh.rat_type ||
         old->purged_at != fresh.purged_at;
}
bool is_news(const binding::Hint& fresh, const std::optional<binding::Hint>& old) {
  return !old || old->imei != fresh.imei || fresh.at - old->at >= hint_life_ms;
}

std::optional<store::OwedClr> clr_to_old_node(const Entry& entry, const store::Registration& fresh,
                                              UnixMs now) {
  const auto& old = entry.state.registration;
  if (!old || same_host(old->host, fresh.host)) return std::nullopt;
  return store::OwedClr{0,
                        entry.imsi(),
                        old->host,
                        old->realm,
                        diameter::cancellation::mme_update,
                        diameter::clr_flag::s6a_indicator,
                        now};
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
  const binding::Hint hint{device.value_or(Imei::from_key(0)), now};
  if (!device || !is_news(hint, entry.state.binding.evidence)) return std::nullopt;
  return hint;
}

}  // namespace

void UlrProcedure::run(const Request& request) {
  const auto decoded = diameter::decode_ulr(request.frame);
  if (!decoded.message) return services_.refuse(request, decoded.refusal);
  const diameter::Ulr& ulr = *decoded.message;
  if (!services_.accept(request, ulr.routing)) return;
  if ((ulr.flags & diameter::ulr_flag::s6a) == 0)
    return services_.refuse(request, unable_to_comply,
                            "S6d is not served: ULR-Flags lacks the S6a indicator");
  if (const auto entry = services_.entry_of(request, ulr.user_name)) commit(request, ulr, entry);
}

void UlrProcedure::commit(const Request& request, const diameter::Ulr& ulr,
                          const std::shared_ptr<Entry>& entry) {
  const UnixMs now = services_.clock.unix_ms();
  const store::Registration fresh = registration_of(ulr, *entry, now);
  store::Changes changes;
  if (is_news(fresh, entry->state.registration)) changes.emplace_back(store::PutRegistration{fresh});
  const auto owed = clr_to_old_node(*entry, fresh, now);
  if (owed) changes.emplace_back(store::OweClr{*owed});
  const auto seen = ulr.terminal ? read_add(*ulr.terminal, *entry, fresh, now) : Add{};
  changes.insert(changes.end(), seen.changes.begin(), seen.changes.end());
  const auto event = seen.event ? services_.event(*seen.event, entry->imsi(), seen.detail) : std::nullopt;
  if (event) changes.emplace_back(*event);
  const auto evidence = evidence_of(*entry, ulr, seen.imei, now, services_);
  if (evidence && !binding::share_one_kme(entry->state.binding.associations)) {
    changes.emplace_back(store::SetEvidence{entry->imsi(), *evidence});
  } else if (evidence) {
    entry->state.binding.evidence = evidence;
    services_.committer.submit_later(entry->imsi(), {store::SetEvidence{entry->imsi(), *evidence, true}});
  }
  if (changes.empty()) return finish(request);

  auto done = [this, fresh, evidence, seen, event, owes = owed.has_value(), link = request.link,
               runs = request.runs, frame = Bytes(request.frame.begin(), request.frame.end())](
                  const Status& status, Entry* alive) {
    if (status.ok() && alive != nullptr) {
      alive->state.registration = fresh;
      if (seen.imei) alive->state.binding.reported = binding::Hint{*seen.imei, seen.at};
      if (evidence) alive->state.binding.evidence = evidence;
      if (seen.imei || evidence) services_.cache.choose_key_again(*alive);
    }
    if (status.ok() && event) services_.raised(*event);
    const Request again{link, frame, runs + 1, !status.ok() && status.error().code != Errc::not_found};
    if (!status.ok()) return run(again);
    finish(again);
    if (owes) clr_.kick();
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

  const bool data = (decoded.message->flags & diameter::ulr_flag::skip_subscriber_data) == 0;
  const diameter::Ula ula = ula_of(data ? &(*found)->state.subscriber : nullptr, services_.config);
  Bytes message;
  diameter::encode_ula(request.frame, services_.config.self, ula, message);
  services_.outlet.send(request.link, message);
}

}  // namespace simbiont::hss

#include "hss/pur.h"

#include <utility>

namespace simbiont::hss {
namespace {

using store::ServingNode;

// What of the registrations a PUR means.
struct Purged {
  ServingNode node;
  std::uint32_t pur_flag, pua_flag;
};
constexpr Purged kinds[] = {
    {ServingNode::mme, diameter::pur_flag::purged_in_mme, diameter::pua_flag::freeze_m_tmsi},
    {ServingNode::sgsn, diameter::pur_flag::purged_in_sgsn, diameter::pua_flag::freeze_p_tmsi},
};

bool is_meant(const Purged& kind, const store::SubscriberState& state, const diameter::Pur& pur) {
  const std::uint32_t named = pur.flags.value_or(0) & 3U;  // 7.3.149
  const auto& at = state.at(kind.node);
  return at && same_host(at->host, pur.routing.origin_host) && (named == 0 || (named & kind.pur_flag) != 0);
}

}  // namespace

void PurProcedure::run(const Request& request) {
  const auto decoded = diameter::decode_pur(request.frame);
  if (!decoded.message) return services_.refuse(request, decoded.refusal);
  const diameter::Pur& pur = *decoded.message;
  if (!services_.accept(request, pur.routing)) return;
  if (const auto said = services_.said_before(request, pur.routing)) return answer(request, pur, *said);
  const auto entry = services_.entry_of(request, pur.user_name);
  if (entry == nullptr) return;

  std::uint32_t flags = 0;
  store::Changes changes;
  const UnixMs now = services_.clock.unix_ms();
  for (const Purged& kind : kinds) {
    if (!is_meant(kind, entry->state, pur)) continue;
    const store::Registration& at = *entry->state.at(kind.node);
    if (!services_.policy.may_serve(request.link, at.visited_plmn))
      return services_.refuse(request, diameter::result::roaming_not_allowed);
    flags |= kind.pua_flag;
    if (at.purged_at != 0) continue;  // the answer was lost
    changes.emplace_back(store::PutRegistration{at, kind.node});
    std::get<store::PutRegistration>(changes.back()).registration.purged_at = now;
  }
  if (changes.empty()) return answer(request, pur, flags);
  commit(request, entry, std::move(changes));
}

void PurProcedure::commit(const Request& request, const std::shared_ptr<Entry>& entry,
                          store::Changes changes) {
  auto done = [this, changes, link = request.link, runs = request.runs,
               frame = Bytes(request.frame.begin(), request.frame.end())](const Status& status,
                                                                          Entry* alive) {
    if (status.ok() && alive != nullptr)
      for (const store::Change& change : changes) {
        const auto& put = std::get<store::PutRegistration>(change);
        alive->state.at(put.node) = put.registration;
      }
    run({link, frame, runs + 1, !status.ok() && status.error().code != Errc::not_found});
  };
  services_.commit(entry, std::move(changes), std::move(done));
}

void PurProcedure::answer(const Request& request, const diameter::Pur& pur, std::uint32_t flags) {
  services_.remember(request, pur.routing, flags);
  Bytes message;
  diameter::encode_pua(request.frame, services_.config.self, {{}, diameter::result::success, flags}, message);
  services_.outlet.send(request.link, message);
}

}  // namespace simbiont::hss

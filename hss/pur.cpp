#include "hss/pur.h"

namespace simbiont::hss {

void PurProcedure::run(const Request& request) {
  const auto decoded = diameter::decode_pur(request.frame);
  if (!decoded.message) return services_.refuse(request, decoded.refusal);
  const diameter::Pur& pur = *decoded.message;
  if (!services_.accept(request, pur.routing)) return;
  const auto entry = services_.entry_of(request, pur.user_name);
  if (entry == nullptr) return;
  const auto& at = entry->state.registration;
  if (!at || !same_host(at->host, pur.routing.origin_host)) return answer(request, 0);
  if (!services_.policy.may_serve(request.link, at->visited_plmn))
    return services_.refuse(request, diameter::result::roaming_not_allowed);
  if (at->purged_at != 0) return answer(request, diameter::pua_flag::freeze_m_tmsi);  // the answer was lost

  store::Registration purged = *at;
  purged.purged_at = services_.clock.unix_ms();
  auto done = [this, purged, link = request.link, runs = request.runs,
               frame = Bytes(request.frame.begin(), request.frame.end())](const Status& status,
                                                                          Entry* alive) {
    if (status.ok() && alive != nullptr) alive->state.registration = purged;
    run({link, frame, runs + 1, !status.ok() && status.error().code != Errc::not_found});
  };
  services_.commit(entry, {store::PutRegistration{purged}}, std::move(done));
}

void PurProcedure::answer(const Request& request, std::uint32_t flags) {
  Bytes message;
  diameter::encode_pua(request.frame, services_.config.self, {{}, diameter::result::success, flags}, message);
  services_.outlet.send(request.link, message);
}

}  // namespace simbiont::hss

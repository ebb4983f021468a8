#include "hss/nor.h"

#include "hss/add.h"

namespace simbiont::hss {

void NorProcedure::run(const Request& request) {
  const auto decoded = diameter::decode_nor(request.frame);
  if (!decoded.message) return services_.refuse(request, decoded.refusal);
  const diameter::Nor& nor = *decoded.message;
  if (!services_.accept(request, nor.routing)) return;
  const auto entry = services_.entry_of(request, nor.user_name);
  if (entry == nullptr) return;
  const auto& at = entry->state.registration;
  if (!at || !same_host(at->host, nor.routing.origin_host))
    return services_.refuse(request, diameter::result::unknown_serving_node);
  if (!services_.policy.may_serve(request.link, at->visited_plmn))
    return services_.refuse(request, diameter::result::roaming_not_allowed);
  if (!nor.terminal) return answer(request);
  commit(request, *nor.terminal, entry);
}

void NorProcedure::commit(const Request& request, const diameter::TerminalInformation& terminal,
                          const std::shared_ptr<Entry>& entry) {
  Add seen = read_add(terminal, *entry, *entry->state.registration, services_.clock.unix_ms());
  const auto event = seen.event ? services_.event(*seen.event, entry->imsi(), seen.detail) : std::nullopt;
  if (event) seen.changes.emplace_back(*event);
  auto done = [this, imei = seen.imei, at = seen.at, event, link = request.link,
               frame = Bytes(request.frame.begin(), request.frame.end())](const Status& status,
                                                                          Entry* alive) {
    const Request again{link, frame, 0, false};
    if (!status.ok() && status.error().code == Errc::not_found)
      return services_.refuse(again, diameter::result::user_unknown);
    if (!status.ok()) return services_.refuse(again, diameter::result::unable_to_comply, "the store failed");
    if (alive != nullptr && imei) {
      alive->state.binding.reported = binding::Hint{*imei, at};
      services_.cache.choose_key_again(*alive);
    }
    if (event) services_.raised(*event);
    answer(again);
  };
  services_.commit(entry, std::move(seen.changes), std::move(done));
}

void NorProcedure::answer(const Request& request) {
  Bytes message;
  diameter::encode_noa(request.frame, services_.config.self, {{}, diameter::result::success}, message);
  services_.outlet.send(request.link, message);
}

}  // namespace simbiont::hss

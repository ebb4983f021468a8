#include "hss/nor.h"

#include <utility>

#include "hss/add.h"
#include "hss/clr.h"

namespace simbiont::hss {
namespace {

using store::ServingNode;

// Whose registration the NOR is about. NOR-Flags say it where one host holds both; older nodes do not set the
// indicator (7.3.49), so it decides nothing else.
std::optional<ServingNode> node_of(const store::SubscriberState& state, const diameter::Nor& nor) {
  const auto holds = [&](ServingNode node) {
    const auto& at = state.at(node);
    return at && same_host(at->host, nor.routing.origin_host);
  };
  const bool mme = holds(ServingNode::mme), sgsn = holds(ServingNode::sgsn);
  if (!mme && !sgsn) return std::nullopt;
  if (mme && sgsn)
    return nor.flags && (*nor.flags & diameter::nor_flag::s6a) == 0 ? ServingNode::sgsn : ServingNode::mme;
  return mme ? ServingNode::mme : ServingNode::sgsn;
}

// Single-Registration-Indication: the MME says that the SGSN's registration shall go.
bool ends_sgsn(const store::SubscriberState& state, const diameter::Nor& nor, ServingNode node) {
  return node == ServingNode::mme && state.sgsn &&
         (nor.flags.value_or(0) & diameter::nor_flag::single_registration) != 0;
}

}  // namespace

void NorProcedure::run(const Request& request) {
  const auto decoded = diameter::decode_nor(request.frame);
  if (!decoded.message) return services_.refuse(request, decoded.refusal);
  const diameter::Nor& nor = *decoded.message;
  if (!services_.accept(request, nor.routing)) return;
  if (services_.said_before(request, nor.routing)) return answer(request);
  const auto entry = services_.entry_of(request, nor.user_name);
  if (entry == nullptr) return;
  const auto node = node_of(entry->state, nor);
  if (!node) return services_.refuse(request, diameter::result::unknown_serving_node);
  if (!services_.policy.may_serve(request.link, entry->state.at(*node)->visited_plmn))
    return services_.refuse(request, diameter::result::roaming_not_allowed);
  if (!nor.terminal && !ends_sgsn(entry->state, nor, *node)) return answer(request);
  commit(request, nor, *node, entry);
}

void NorProcedure::commit(const Request& request, const diameter::Nor& nor, ServingNode node,
                          const std::shared_ptr<Entry>& entry) {
  const UnixMs now = services_.clock.unix_ms();
  Add seen = nor.terminal ? read_add(*nor.terminal, *entry, *entry->state.at(node), now) : Add{};
  const auto step = modes_.reported(*entry, seen);
  if (step) seen.changes.insert(seen.changes.begin(), step->changes.begin(), step->changes.end());
  const bool ends = ends_sgsn(entry->state, nor, node);
  if (ends) {
    const store::Registration& left = *entry->state.sgsn;
    seen.changes.emplace_back(store::RemoveRegistration{left.imsi, left.host, ServingNode::sgsn});
    seen.changes.emplace_back(
        store::OweClr{{0, left.imsi, left.host, left.realm, diameter::cancellation::sgsn_update, 0, now}});
  }
  std::vector<store::AddEvent> events;
  for (const auto& [kind, detail] : seen.events)
    if (auto row = services_.event(kind, entry->imsi(), detail)) events.push_back(*std::move(row));
  seen.changes.insert(seen.changes.end(), events.begin(), events.end());
  auto done = [this, imei = seen.imei, at = seen.at, ends, events, step, link = request.link,
               frame = Bytes(request.frame.begin(), request.frame.end())](const Status& status,
                                                                          Entry* alive) {
    const Request again{link, frame, 0, false};
    if (!status.ok() && status.error().code == Errc::not_found)
      return services_.refuse(again, diameter::result::user_unknown);
    if (!status.ok()) return services_.refuse(again, diameter::result::unable_to_comply, "the store failed");
    if (alive != nullptr && ends) alive->state.sgsn.reset();
    if (alive != nullptr && step) modes_.taken(*alive, *step);
    if (alive != nullptr && imei) {
      alive->state.binding.reported = binding::Hint{*imei, at};
      services_.cache.choose_key_again(*alive);
    }
    for (const store::AddEvent& each : events) services_.raised(each);
    answer(again);
    clr_.kick();
  };
  services_.commit(entry, std::move(seen.changes), std::move(done));
}

void NorProcedure::answer(const Request& request) {
  const auto decoded = diameter::decode_nor(request.frame);
  services_.remember(request, decoded.message->routing);
  Bytes message;
  diameter::encode_noa(request.frame, services_.config.self, {{}, diameter::result::success}, message);
  services_.outlet.send(request.link, message);
}

}  // namespace simbiont::hss

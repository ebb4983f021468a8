#include "hss/core.h"

#include <type_traits>
#include <variant>

namespace simbiont::hss {
namespace {

const Imsi* touched(const store::PutSubscriber& change) { return &change.subscriber.imsi; }
const Imsi* touched(const store::PutRegistration& change) { return &change.registration.imsi; }
const Imsi* touched(const store::PutVectorNode& change) { return &change.node.imsi; }
template <class Change>
const Imsi* touched(const Change& change) {
  if constexpr (requires { change.imsi; }) {
    return &change.imsi;
  } else {
    return nullptr;
  }
}

bool touches_all(const store::Change& change) {
  // No vector knows of a STAGED epoch.
  if (const auto* put = std::get_if<store::PutEpoch>(&change))
    return put->epoch.state != binding::EpochState::staged;
  return std::holds_alternative<store::PutKme>(change) || std::holds_alternative<store::RemoveKme>(change) ||
         std::holds_alternative<store::PutDevice>(change) ||
         std::holds_alternative<store::RemoveDevice>(change);
}

}  // namespace

Core::Core(const CoreConfig& config, store::Store& store, const Clock& clock, crypto::RandomSource& random,
           Committer& committer, Outlet& outlet)
    : services_(config, store, clock, random, committer, outlet),
      clr_(services_),
      updates_(services_),
      modes_(services_, clr_),
      deadlines_(services_, modes_),
      air_(services_, modes_),
      air_fast_(services_, air_),
      ulr_(services_, clr_, modes_),
      ulr_fast_(services_, ulr_),
      pur_(services_),
      nor_(services_, clr_, modes_),
      ecr_(services_),
      eap_(services_) {
  services_.routes.watch([this] {
    clr_.rescan();
    updates_.rescan();
  });
  services_.run = [this](const Request& request) { run(request); };
}

bool Core::may_pass(LinkId link, ByteView frame) {
  const auto verdict = services_.policy.judge(link, frame);
  if (verdict) services_.refuse({link, frame}, verdict->code, std::string(verdict->why));
  return !verdict;
}

void Core::collect(LinkId link, ByteView frame) {
  if (services_.policy.watches() && !may_pass(link, frame)) return;
  // Requests are handled in the order in which they came: there is never a batch of both kinds.
  const bool is_ulr =
      diameter::read_header(frame).command == static_cast<std::uint32_t>(diameter::Command::ulr);
  if (is_ulr) {
    air_fast_.finish();
    if (ulr_fast_.offer(link, frame)) return;
  } else {
    ulr_fast_.finish();
    if (air_fast_.offer(link, frame)) return;
  }
  finish();
  run({link, frame});
}

void Core::run(const Request& request) {
  if (request.link == eap_link) return eap_.run(request);
  const diameter::Header header = diameter::read_header(request.frame);
  const diameter::ResultCode judged = diameter::judge_header(header);
  if (!(judged == diameter::result::success)) return services_.refuse(request, judged);
  const auto command = static_cast<diameter::Command>(header.command);
  if ((command == diameter::Command::ecr) != (header.application == diameter::app_s13))
    return services_.refuse(request, diameter::result::command_unsupported);
  switch (command) {
    case diameter::Command::air:
      if (request.runs == 0)
        if (const auto verdict = services_.policy.judge_resync(request.link, request.frame))
          return services_.refuse(request, verdict->code, std::string(verdict->why));
      return air_.run(request);
    case diameter::Command::ulr:
      return ulr_.run(request);
    case diameter::Command::pur:
      return pur_.run(request);
    case diameter::Command::nor:
      return nor_.run(request);
    case diameter::Command::ecr:
      return ecr_.run(request);
    default:
      return services_.refuse(request, diameter::result::command_unsupported);
  }
}

void Core::link_up(LinkId link, std::string_view peer_host, const PeerRule* rule) {
  services_.policy.open(link, peer_host, rule);
  services_.routes.open(link, peer_host);
}

void Core::link_down(LinkId link) {
  services_.policy.close(link);
  services_.routes.close(link);
  clr_.link_down(link);
  updates_.link_down(link);
}

void Core::committed(const store::Changes& changes) {
  for (const store::Change& change : changes) {
    if (touches_all(change)) services_.cache.forget_keys();
    const Imsi* imsi = std::visit([](const auto& each) { return touched(each); }, change);
    if (imsi != nullptr) services_.cache.forget(*imsi);
    if (std::holds_alternative<store::OweClr>(change)) clr_.kick();
    if (std::holds_alternative<store::OweUpdate>(change)) updates_.kick();
  }
}

void Core::replaced() {
  services_.cache.forget_all();
  clr_.reset();
  updates_.reset();
}

}  // namespace simbiont::hss

#include "hss/deadlines.h"

#include <algorithm>

#include "hss/binding_change.h"
#include "hss/log.h"

namespace simbiont::hss {

using binding::Association;

namespace {

bool has_ended(const Association& association, UnixMs now) {
  return association.until != 0 && association.until <= now;
}

std::size_t lasting(const std::vector<Association>& associations, UnixMs end) {
  return static_cast<std::size_t>(std::ranges::count_if(
      associations, [&](const Association& a) { return a.until == 0 || a.until > end; }));
}

std::string told(const Association& association, std::size_t left) {
  return "IMEI " + association.imei.str() + "; the IMSI has " + std::to_string(left) +
         (left == 1 ? " device" : " devices") + " after it";
}

}  // namespace

Result<std::vector<Imsi>> Deadlines::due() {
  const UnixMs now = services_.clock.unix_ms();
  return services_.store.due_bindings(
      {now, now + services_.config.expiry_notice_ms, now - services_.config.learn_time_ms}, at_a_time);
}

std::optional<BindingStep> Deadlines::step_of(const store::SubscriberState& state) {
  const UnixMs now = services_.clock.unix_ms();
  if (modes_.is_overdue(state.binding.learning)) return modes_.end_trial(state, "no proof in time");
  BindingStep step;
  binding::Binding after = state.binding;
  const auto note = [&](EventKind kind, const Association& association) {
    const std::string detail = told(association, lasting(state.binding.associations, association.until));
    step.events.push_back(services_.event_row(kind, state.subscriber.imsi, detail));
  };
  for (Association& association : after.associations) {
    const bool warns = association.until != 0 && !association.warned &&
                       association.until <= now + services_.config.expiry_notice_ms;
    if (warns) note(EventKind::association_ends, association);
    association.warned = association.warned || warns;
    if (has_ended(association, now)) note(EventKind::association_ended, association);
  }
  std::erase_if(after.associations, [&](const Association& a) { return has_ended(a, now); });
  if (step.events.empty()) return std::nullopt;
  const Moment moment{now, services_.config.vector_life_ms, services_.config.clr_on_move};
  std::vector<std::string> hosts;
  if (!change_binding(services_.store, state, after, moment, step.changes, hosts)) return std::nullopt;
  step.ends_registrations = !hosts.empty();
  step.close();
  return step;
}

Status Deadlines::catch_up() {
  for (;;) {
    const auto imsis = due();
    if (!imsis) return imsis.error();
    std::vector<store::Changes> groups;
    for (const Imsi& imsi : *imsis) {
      const auto state = services_.store.subscriber(imsi);
      if (!state) return state.error();
      const auto step = *state ? step_of(**state) : std::nullopt;
      if (step) groups.push_back(step->changes);
    }
    if (groups.empty()) return {};
    for (const Status& status : services_.store.commit(groups))
      if (!status) return status;
  }
}

void Deadlines::on_time() {
  const MonotonicMs now = services_.clock.monotonic_ms();
  if (now < next_) return;
  const auto imsis = due();
  if (!imsis) log(LogLevel::error, "deadlines-unreadable", {{"reason", imsis.error().message}});
  if (!imsis || imsis->size() < at_a_time) next_ = now + period_ms;
  if (!imsis) return;
  for (const Imsi& imsi : *imsis) {
    const auto entry = services_.cache.find(imsi);
    if (!entry || *entry == nullptr || (*entry)->pending != nullptr) continue;
    const auto step = step_of((*entry)->state);
    if (!step) continue;
    services_.commit(*entry, step->changes, [this, step = *step](const Status& status, Entry* alive) {
      if (status.ok() && alive != nullptr) modes_.taken(*alive, step);
    });
  }
}

}  // namespace simbiont::hss

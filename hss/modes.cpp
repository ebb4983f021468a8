#include "hss/modes.h"

#include <algorithm>
#include <utility>

#include "hss/auc_key.h"
#include "hss/binding_change.h"
#include "hss/clr.h"

namespace simbiont::hss {

using binding::Binding;
using binding::Mode;
using binding::Trial;

namespace {

bool is_registered(const Entry& entry, std::string_view host) {
  const auto holds = [&](const auto& at) { return at && same_host(at->host, host); };
  return holds(entry.state.registration) || holds(entry.state.sgsn);
}

// Takes what read_add() says of an IMEI that is not associated out of `seen`: the step tells of it.
void drop_reports(Add& seen) {
  std::erase_if(seen.events, [](const auto& event) {
    return event.first == EventKind::imei_new || event.first == EventKind::imei_mismatch;
  });
}

binding::KeyPair pair_of(const Trial& trial) { return {trial.kme, trial.epoch}; }

// The last answer went to this node, under this pair.
bool was_answered(const Entry& entry, std::string_view host, const binding::KeyPair& pair,
                  const Services& services) {
  const NodeId node = services.nodes.find(host);
  return node != no_node && entry.hot->last_node == node && services.cache.last_pair(entry) == pair;
}

// One that no event tells of.
BindingStep quiet_step(const Imsi& imsi, const Binding& after) {
  return {after, {store::PutBinding{imsi, after}}, {}, false};
}

}  // namespace

Binding without_trial(Binding binding) {
  binding.learning.trial.reset();
  return binding;
}

void BindingStep::close() {
  for (const store::Change& change : changes)
    if (const auto* put = std::get_if<store::PutBinding>(&change)) after = put->binding;
  changes.insert(changes.end(), events.begin(), events.end());
}

BindingStep Modes::step_to(const Imsi& imsi, Binding after, EventKind kind, const std::string& detail) const {
  BindingStep step = quiet_step(imsi, after);
  step.events.push_back(services_.event_row(kind, imsi, detail));
  step.close();
  return step;
}

std::optional<BindingStep> Modes::before_answer(const Entry& entry, std::string_view host, bool resync) {
  if (entry.state.binding.mode == Mode::learn) return before_trial(entry);
  return resync || !waits_for_turn(entry, host) ? std::nullopt : turn(entry, host);
}

// The time of a trial begins with the first answer made under it: a device that sleeps for days loses
// nothing.
std::optional<BindingStep> Modes::before_trial(const Entry& entry) {
  const Binding& binding = entry.state.binding;
  const auto& trial = binding.learning.trial;
  if (!trial) return std::nullopt;
  if (is_overdue(binding.learning)) return end_trial(entry.state, "no proof in time");
  if (const auto key = choose_key(binding, entry.kme_views()); !key)
    return end_trial(entry.state, key.error().message);
  if (trial->answered_at != 0) return std::nullopt;
  Binding after = binding;
  after.learning.trial->answered_at = services_.clock.unix_ms();
  return quiet_step(entry.imsi(), after);
}

bool Modes::is_overdue(const binding::Learning& learning) const {
  const auto& trial = learning.trial;
  return trial && trial->answered_at != 0 &&
         services_.clock.unix_ms() - trial->answered_at >= services_.config.learn_time_ms;
}

BindingStep Modes::end_trial(const store::SubscriberState& state, const std::string& why) {
  Binding after = state.binding;
  const std::string imei = after.learning.trial->imei.str();
  after.learning.trial.reset();
  after.learning.rest_until = services_.clock.unix_ms() + services_.config.learn_pause_ms;
  keep_former(state.binding, after);
  return step_to(state.subscriber.imsi, std::move(after), EventKind::learn_failed,
                 "IMEI " + imei + ": " + why);
}

bool Modes::waits_for_turn(const Entry& entry, std::string_view host) const {
  const Binding& binding = entry.state.binding;
  if (binding.policy != binding::Policy::rotate || binding.mode != Mode::enforce) return false;
  const auto known = attempts_.find(entry.imsi());
  if (known == attempts_.end() || known->second.count < attempts_before_turn) return false;
  return !is_registered(entry, host) && known->second.node == services_.nodes.find(host);
}

std::optional<BindingStep> Modes::turn(const Entry& entry, std::string_view host) {
  const Binding& binding = entry.state.binding;
  const auto* from = binding::turned_association(binding);
  if (from == nullptr) from = binding::select_association(binding);
  const auto* to = from == nullptr ? nullptr : binding::next_of_another_kme(binding, *from);
  if (to == nullptr) return std::nullopt;
  attempts_.erase(entry.imsi());
  Binding after = binding;
  after.turned = binding::Hint{to->imei, services_.clock.unix_ms()};
  return step_to(entry.imsi(), std::move(after), EventKind::rotated,
                 "node " + std::string(host) + ": from IMEI " + from->imei.str() + " to " + to->imei.str());
}

std::optional<binding::KeyPair> Modes::turned_pair(const Entry& entry, std::string_view host) const {
  const auto* turned = binding::turned_association(entry.state.binding);
  if (turned == nullptr || is_registered(entry, host)) return std::nullopt;
  return binding::KeyPair{turned->kme, turned->epoch};
}

void Modes::answered(const Entry& entry, std::string_view host) {
  if (entry.state.binding.policy != binding::Policy::rotate || is_registered(entry, host)) return;
  if (attempts_.size() >= max_watched) attempts_.clear();
  const NodeId node = services_.nodes.intern(host);
  Attempts& attempts = attempts_[entry.imsi()];
  if (attempts.node != node) attempts = {node, 0};
  ++attempts.count;
}

std::optional<BindingStep> Modes::proved(const Entry& entry, const std::optional<binding::KeyPair>& pair) {
  attempts_.erase(entry.imsi());
  const Binding& binding = entry.state.binding;
  const auto& trial = binding.learning.trial;
  if (binding.mode != Mode::learn || !trial || trial->answered_at == 0 || pair != pair_of(*trial))
    return std::nullopt;
  return lock(entry, entry.state);
}

// The last answer went to this node under the trial's K_ME. A report that names another device is no evidence
// for this one.
bool Modes::is_proof(const Entry& entry, const store::Registration& fresh, const Add& seen) const {
  const auto& trial = entry.state.binding.learning.trial;
  return trial && trial->answered_at != 0 && was_answered(entry, fresh.host, pair_of(*trial), services_) &&
         (!seen.imei || *seen.imei == trial->imei);
}

std::optional<BindingStep> Modes::registered(const Entry& entry, store::ServingNode node,
                                             const store::Registration& fresh, Add& seen) {
  attempts_.erase(entry.imsi());
  const Binding& binding = entry.state.binding;
  if (binding.mode == Mode::learn && is_proof(entry, fresh, seen)) {
    store::SubscriberState state = entry.state;
    state.at(node) = fresh;
    drop_reports(seen);
    return lock(entry, state);
  }
  auto step = reported(entry, seen);
  if (!binding.turned) return step;
  if (!step) step = quiet_step(entry.imsi(), binding);
  end_turn(entry, fresh, seen, step->after);
  step->changes.front() = store::PutBinding{entry.imsi(), step->after};
  return step;
}

// Without ADD, an older one would go above what this registration shows.
void Modes::end_turn(const Entry& entry, const store::Registration& fresh, const Add& seen,
                     Binding& after) const {
  const auto* turned = binding::turned_association(after);
  if (!seen.imei && turned != nullptr &&
      was_answered(entry, fresh.host, {turned->kme, turned->epoch}, services_))
    after.reported = binding::Hint{turned->imei, services_.clock.unix_ms()};
  after.turned.reset();
}

std::optional<BindingStep> Modes::reported(const Entry& entry, Add& seen) {
  const Binding& binding = entry.state.binding;
  if (binding.mode == Mode::learn) return name_trial(entry, seen);
  const auto theft =
      std::ranges::find(seen.events, EventKind::imei_mismatch, &std::pair<EventKind, std::string>::first);
  if (binding.mode != Mode::enforce || theft == seen.events.end() || binding.violated_at != 0)
    return std::nullopt;
  const std::string detail = theft->second;
  Binding after = binding;
  after.violated_at = seen.at;
  seen.events.erase(theft);
  return step_to(entry.imsi(), std::move(after), EventKind::imei_mismatch, detail);
}

// The last report counts, until an answer was made under it.
std::optional<BindingStep> Modes::name_trial(const Entry& entry, Add& seen) {
  const Binding& binding = entry.state.binding;
  const auto& trial = binding.learning.trial;
  if (trial && trial->imei == seen.imei) drop_reports(seen);
  if (!seen.imei || (trial && (trial->answered_at != 0 || trial->imei == *seen.imei))) return std::nullopt;
  const auto next = candidate(entry, *seen.imei);
  if (!next && !trial) return std::nullopt;
  Binding after = binding;
  after.learning.trial = next;
  if (next) {
    const std::string detail = seen.events.empty() ? "IMEI " + seen.imei->str() : seen.events.front().second;
    drop_reports(seen);
    return step_to(entry.imsi(), std::move(after), EventKind::learn_trial, detail);
  }
  return quiet_step(entry.imsi(), after);
}

std::optional<BindingStep> Modes::lock(const Entry& entry, const store::SubscriberState& state) {
  const Trial trial = *state.binding.learning.trial;
  Binding after = state.binding;
  after.mode = Mode::enforce;
  after.associations = {{trial.imei, trial.kme, trial.epoch, true, 0, false, !after.learning.pool.empty()}};
  after.evidence = binding::Hint{trial.imei, services_.clock.unix_ms(), trial.epoch};
  after.learning.trial.reset();
  after.learning.rest_until = 0;
  BindingStep step;
  step.events.push_back(services_.event_row(EventKind::learned, entry.imsi(), "IMEI " + trial.imei.str()));
  step.ends_registrations = true;
  const Moment moment{services_.clock.unix_ms(), services_.config.vector_life_ms,
                      services_.config.clr_on_move};
  std::vector<std::string> hosts;
  if (!change_binding(services_.store, state, after, moment, step.changes, hosts)) return std::nullopt;
  step.close();
  return step;
}

// DESIGN 4: only a device that has confirmed its epoch is worth a trial; the epoch is the one that would come
// into force for the IMSI.
std::optional<Trial> Modes::candidate(const Entry& entry, const Imei& imei) {
  const binding::Learning& learning = entry.state.binding.learning;
  const UnixMs now = services_.clock.unix_ms();
  if (now < learning.rest_until) return std::nullopt;
  const auto device = services_.store.device(imei);
  if (!device || !*device) return std::nullopt;
  bool in_pool = false;
  if (!learning.pool.empty()) {
    const auto pool = services_.store.pool(learning.pool);
    if (!pool || !*pool) return std::nullopt;
    const auto& imeis = (*pool)->imeis;
    in_pool = std::binary_search(imeis.begin(), imeis.end(), imei);
  }
  if (!binding::may_learn(learning, imei, in_pool)) return std::nullopt;
  Binding bound;
  bound.associations = {{imei, (*device)->kme}};
  const Status settled = EpochRules(services_.store).settle(entry.state.subscriber, {}, bound);
  const binding::Association& found = bound.associations.front();
  if (!settled || !found.confirmed) return std::nullopt;
  return Trial{imei, found.kme, found.epoch, now, 0};
}

void Modes::take(const std::shared_ptr<Entry>& entry, const BindingStep& step, const Request& request) {
  if (entry->pending == nullptr) {
    services_.commit(entry, step.changes, [this, step](const Status& status, Entry* alive) {
      if (status.ok() && alive != nullptr) taken(*alive, step);
    });
  }
  services_.park(*entry, request);
}

void Modes::taken(Entry& entry, const BindingStep& step) {
  entry.state.binding = step.after;
  if (step.ends_registrations) {
    entry.state.registration.reset();
    entry.state.sgsn.reset();
  }
  services_.cache.binding_changed(entry);
  for (const store::AddEvent& event : step.events) services_.raised(event);
  clr_.kick();
}

}  // namespace simbiont::hss

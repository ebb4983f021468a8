#include "admin/rollover.h"

#include <algorithm>

#include "admin/api.h"
#include "admin/epoch_fields.h"
#include "admin/route.h"
#include "diameter/s6a.h"
#include "hss/log.h"

namespace simbiont::admin {
namespace {

using binding::EpochNumber;
using binding::EpochState;
using std::chrono::steady_clock;

constexpr std::size_t group_imsis = 64;    // of one transaction
constexpr std::size_t group_devices = 16;  // of one transaction that cuts
constexpr std::size_t device_imsis = 4096;
constexpr std::chrono::milliseconds slice(100), pause(60'000);

std::optional<EpochNumber> in_force(const binding::Binding& binding, const std::string& kme) {
  const auto found = std::ranges::find(binding.associations, kme, &binding::Association::kme);
  return found == binding.associations.end() ? std::nullopt : std::optional(found->epoch);
}

bool same_epochs(const binding::Binding& a, const binding::Binding& b) {
  return std::ranges::equal(a.associations, b.associations, [](const auto& x, const auto& y) {
    return x.epoch == y.epoch && x.confirmed == y.confirmed;
  });
}

bool uses(const binding::Binding& binding, const binding::KeyPair& pair) {
  return std::ranges::find(binding.former, pair) != binding.former.end() ||
         in_force(binding, pair.kme) == pair.epoch;
}

// The IMSIs that come next, device by device.
Result<std::vector<Imsi>> next_imsis(store::Store& store, const std::string& kme, Place& place) {
  std::vector<Imsi> out;
  for (int looked = 0; looked < 1000 && out.size() < group_imsis; ++looked) {
    if (!place.device) {
      const auto next = store.devices_of(kme, place.after, 1);
      if (!next) return next.error();
      place.at_end = next->empty();
      if (place.at_end) return out;
      place.device = next->front().imei;
      place.imsi.reset();
    }
    const std::size_t wanted = group_imsis - out.size();
    const auto imsis = store.imsis_of(*place.device, place.imsi, wanted);
    if (!imsis) return imsis.error();
    out.insert(out.end(), imsis->begin(), imsis->end());
    if (imsis->size() == wanted) {
      place.imsi = imsis->back();
    } else {
      place.after = place.device;
      place.device.reset();
    }
  }
  return out;
}

store::AddEvent moved_event(const Imsi& imsi, const std::string& kme, EpochNumber epoch, UnixMs now) {
  return {{0, now, "epoch-moved", imsi.str(), kme + " epoch " + std::to_string(epoch)}};
}

}  // namespace

Moment moment_of(const hss::Live& live, const Options& options) {
  return {live.now(), options.vector_life_ms, options.clr_on_move};
}

Deadline deadline_for(const hss::Live& live) {
  return live.running() ? steady_clock::now() + std::chrono::seconds(5) : Deadline::max();
}

Result<bool> move_imsi(EpochRules& rules, store::Store& store, const Imsi& imsi, const std::string& kme,
                       Moment moment, store::Changes& changes) {
  const auto state = store.subscriber(imsi);
  if (!state) return state.error();
  if (!*state) return false;
  const store::SubscriberState& before = **state;
  binding::Binding after = before.binding;
  if (auto status = rules.settle(before.subscriber, before.binding, after); !status) return status.error();
  if (same_epochs(before.binding, after)) return false;
  const auto epoch = in_force(after, kme);
  const bool moved = epoch != in_force(before.binding, kme);
  std::vector<std::string> hosts;
  const Status changed = change_binding(rules, store, before, std::move(after), moment, changes, hosts);
  if (!changed) return changed.error();
  if (moved && epoch) changes.push_back(moved_event(imsi, kme, *epoch, moment.now));
  return moved;
}

Result<bool> Rollover::sweep(const std::string& kme, Place& place, Deadline deadline, std::uint64_t& moved) {
  do {
    const auto imsis = next_imsis(live_.store(), kme, place);
    if (!imsis) return imsis.error();
    // Most do not move: what is read for that need not keep requests waiting.
    store::Changes foreseen;
    EpochRules rules(live_.store());
    for (const Imsi& imsi : *imsis) {
      const auto moves = move_imsi(rules, live_.store(), imsi, kme, moment_of(live_, options_), foreseen);
      if (!moves) return moves.error();
    }
    if (foreseen.empty()) {
      if (place.at_end) return true;
      continue;
    }
    std::uint64_t group = 0;
    const Status done = live_.transact([&](store::Store& store) -> Result<store::Changes> {
      group = 0;
      store::Changes changes;
      EpochRules fresh(store);
      for (const Imsi& imsi : *imsis) {
        const auto moves = move_imsi(fresh, store, imsi, kme, moment_of(live_, options_), changes);
        if (!moves) return moves.error();
        if (*moves) ++group;
      }
      return changes;
    });
    if (!done) return done.error();
    moved += group;
    if (place.at_end) return true;
  } while (steady_clock::now() < deadline);
  return false;
}

namespace {

// What the loss of the pair changes for an IMSI: it moves when there is an ACTIVE epoch; nodes are told when
// the pair is REVOKED.
Status cut_imsi(EpochRules& rules, store::Store& store, const Imsi& imsi, const binding::KeyPair& pair,
                bool revoked, Moment moment, store::Changes& changes) {
  const auto state = store.subscriber(imsi);
  if (!state) return state.error();
  if (!*state || !uses((*state)->binding, pair)) return {};
  binding::Binding after = (*state)->binding;
  if (auto status = rules.settle((*state)->subscriber, (*state)->binding, after); !status) return status;
  const auto epoch = in_force(after, pair.kme);
  const bool moved = epoch != in_force((*state)->binding, pair.kme);
  std::vector<std::string> hosts;
  if (revoked && !moved && in_force(after, pair.kme) == pair.epoch && !binding::issues_plain(after.mode)) {
    constexpr std::uint32_t flags = diameter::clr_flag::s6a_indicator | diameter::clr_flag::reattach_required;
    if (auto owed = owe_clrs(store, **state, Held::any, flags, moment, changes, hosts); !owed) return owed;
    if (const auto& at = (*state)->registration) changes.push_back(store::RemoveRegistration{imsi, at->host});
    return {};
  }
  const Status changed = change_binding(rules, store, **state, std::move(after), moment, changes, hosts);
  if (changed && moved && epoch) changes.push_back(moved_event(imsi, pair.kme, *epoch, moment.now));
  return changed;
}

Result<std::vector<Imsi>> imsis_of_devices(store::Store& store, const std::vector<store::Device>& devices) {
  std::vector<Imsi> out;
  for (const store::Device& device : devices) {
    const auto imsis = store.imsis_of(device.imei, {}, device_imsis);
    if (!imsis) return imsis.error();
    out.insert(out.end(), imsis->begin(), imsis->end());
  }
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

Result<bool> Rollover::cut_step(const std::string& kme_id, EpochNumber number) {
  bool finished = false;
  const Status done = live_.transact([&](store::Store& store) -> Result<store::Changes> {
    const auto kme = find_kme(store, kme_id);
    if (!kme) return kme.error();
    const binding::Epoch* epoch = kme->find(number);
    finished = epoch == nullptr || !epoch->cutting;
    if (finished) return store::Changes{};
    const bool revoked = epoch->state == EpochState::revoked;
    const auto devices = store.devices_of(
        kme_id, *epoch->cutting == 0 ? std::nullopt : std::optional(Imei::from_key(*epoch->cutting)),
        group_devices);
    if (!devices) return devices.error();
    // After the devices those that were theirs once.
    const bool last = devices->empty();
    const auto imsis = last ? store.former_users(kme_id, number, revoked ? group_imsis : 0)
                            : imsis_of_devices(store, *devices);
    if (!imsis) return imsis.error();
    store::Changes changes;
    EpochRules rules(store);
    for (const Imsi& imsi : *imsis) {
      const Status cut =
          cut_imsi(rules, store, imsi, {kme_id, number}, revoked, moment_of(live_, options_), changes);
      if (!cut) return cut.error();
    }
    finished = last && imsis->empty();
    const auto reached = last ? *epoch->cutting : devices->back().imei.key();
    changes.push_back(
        store::SetCutting{kme_id, number, finished ? std::nullopt : std::optional<std::uint64_t>(reached)});
    return changes;
  });
  if (!done) return done.error();
  return finished;
}

Result<bool> Rollover::cut(const std::string& kme, EpochNumber epoch, Deadline deadline) {
  do {
    const auto finished = cut_step(kme, epoch);
    if (!finished || *finished) return finished;
  } while (steady_clock::now() < deadline);
  return false;
}

Result<bool> Rollover::has_laggard(const std::string& kme, EpochNumber active) {
  store::Store& store = live_.store();
  const auto known = laggards_.find(kme);
  if (known != laggards_.end()) {
    // From just before the one that lagged when it was last asked: all before it had confirmed then.
    const std::uint64_t key = known->second.key();
    const auto from = key == 0 ? std::nullopt : std::optional(Imei::from_key(key - 1));
    const auto still = store.laggards(kme, active, from, 1);
    if (!still) return still.error();
    if (!still->empty()) {
      known->second = still->front().imei;
      return true;
    }
  }
  const auto any = store.laggards(kme, active, {}, 1);
  if (!any) return any.error();
  laggards_.erase(kme);
  if (laggards_.size() > 1000) laggards_.clear();
  if (!any->empty()) laggards_.emplace(kme, any->front().imei);
  return !any->empty();
}

Result<bool> Rollover::retire_if_unneeded(const std::string& id) {
  const auto kme = live_.store().kme(id);
  if (!kme) return kme.error();
  if (!*kme) return false;
  const binding::Epoch *active = (*kme)->in_state(EpochState::active),
                       *retiring = (*kme)->in_state(EpochState::retiring);
  if (active == nullptr || retiring == nullptr || active->number < retiring->number) return false;
  const auto lags = has_laggard(id, active->number);
  if (!lags) return lags.error();
  if (*lags) return false;
  const auto users = live_.store().epoch_users(id, active->number, 1);
  if (!users) return users.error();
  if (!users->empty()) return false;
  binding::Epoch retired = *retiring;
  retired.state = *binding::next_state(retired.state, binding::EpochEvent::retire);
  retired.since = live_.now();
  const Status done = live_.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{store::PutEpoch{id, retired},
                          audit(live_, "epoch-retired", {},
                                id + " epoch " + std::to_string(retired.number) + ": nobody needs it")};
  });
  if (!done) return done.error();
  return true;
}

bool Rollover::is_erasable(const store::EpochAtWork& work) const {
  const EpochState state = work.epoch.state;
  const bool over = state == EpochState::retired || state == EpochState::revoked;
  return over && work.has_key && !work.epoch.cutting &&
         work.epoch.since < store::vectors_dead_before(live_.now(), options_.vector_life_ms);
}

Status Rollover::erase_key(const store::EpochAtWork& work) {
  return live_.transact([&](store::Store&) -> Result<store::Changes> {
    binding::Epoch without = work.epoch;
    without.key = {};
    return store::Changes{
        store::PutEpoch{work.kme, without},
        audit(live_, "epoch-key-erased", {}, work.kme + " epoch " + std::to_string(without.number))};
  });
}

Result<bool> Rollover::work_on(const store::EpochAtWork& work, Deadline deadline) {
  if (work.epoch.cutting) return cut(work.kme, work.epoch.number, deadline);
  if (is_erasable(work)) {
    const Status erased = erase_key(work);
    if (!erased) return erased.error();
    return true;
  }
  if (work.epoch.state != EpochState::retiring) return true;
  std::uint64_t moved = 0;
  auto finished = sweep(work.kme, place_, deadline, moved);
  if (!finished || !*finished) return finished;
  if (const auto retired = retire_if_unneeded(work.kme); !retired) return retired.error();
  return true;
}

void Rollover::on_time() {
  const Deadline now = steady_clock::now(), deadline = now + slice;
  if (pause_until_ && now < *pause_until_) return;
  pause_until_.reset();
  while (steady_clock::now() < deadline) {
    if (queue_.empty()) {
      auto more = live_.store().epochs_at_work(after_kme_, after_epoch_, 100);
      if (!more || more->empty()) {
        after_kme_.clear();
        after_epoch_ = 0;
        pause_until_ = now + pause;
        return;
      }
      after_kme_ = more->back().kme;
      after_epoch_ = more->back().epoch.number;
      std::ranges::reverse(*more);
      queue_ = *std::move(more);
    }
    const auto finished = work_on(queue_.back(), deadline);
    if (!finished)
      hss::log(hss::LogLevel::error, "rollover-failed",
               {{"kme", queue_.back().kme}, {"reason", finished.error().message}});
    if (finished && !*finished) return;
    queue_.pop_back();
    place_ = {};
  }
}

}  // namespace simbiont::admin

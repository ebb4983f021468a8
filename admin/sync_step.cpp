#include "admin/sync_step.h"

#include <algorithm>

namespace simbiont::admin {
namespace {

void note_items(const SyncStep& step, const std::vector<std::string>& hosts, SyncApplied& out) {
  const std::string imsi = step.wanted.imsi.str();
  const auto item = [&](std::string_view action, std::string imei, std::string reason) {
    out.items.push_back({0, std::string(action), imsi, std::move(imei), std::move(reason)});
  };
  std::string clr;
  for (const std::string& host : hosts) clr += (clr.empty() ? "CLR to " : " ") + host;
  for (const Imei& imei : step.add) item("added", imei.str(), clr);
  for (const Imei& imei : step.remove)
    item("removed", imei.str(), step.wanted.missing ? "the source names the IMSI no more" : "");
  if (step.mode) item("mode", "", std::string(binding::name(*step.mode)));
  out.added += step.add.size();
  out.removed += step.remove.size();
  out.modes += step.mode ? 1 : 0;
}

}  // namespace

std::string sync_detail(const SyncStep& step) {
  std::string detail;
  for (const Imei& imei : step.add) detail += (detail.empty() ? "+" : " +") + imei.str();
  for (const Imei& imei : step.remove) detail += (detail.empty() ? "-" : " -") + imei.str();
  if (step.mode) detail += (detail.empty() ? "mode " : ", mode ") + std::string(binding::name(*step.mode));
  return detail;
}

Result<SyncApplied> apply_sync_step(store::Store& store, const SyncStep& planned, const SyncRules& rules,
                                    Moment moment,
                                    const std::function<store::Change(const SyncStep&)>& event) {
  SyncApplied out;
  const Imsi imsi = planned.wanted.imsi;
  const auto state = store.subscriber(imsi);
  if (!state) return state.error();
  if (!*state) return out;
  SyncStep step = plan_imsi(planned.wanted, (*state)->binding, rules);
  binding::Binding after = (*state)->binding;
  Status failed;
  const auto refused = std::stable_partition(step.add.begin(), step.add.end(), [&](const Imei& imei) {
    const Status done = associate(store, after, imei);
    if (!done && (done.error().code == Errc::io || done.error().code == Errc::corrupt)) failed = done;
    if (!done) out.items.push_back({0, "refused", imsi.str(), imei.str(), done.error().message});
    return done.ok();
  });
  if (!failed) return failed.error();
  out.refused += static_cast<std::uint64_t>(step.add.end() - refused);
  // Who cannot get its new device keeps its old one.
  if (refused != step.add.end()) step.remove.clear();
  step.add.erase(refused, step.add.end());
  std::erase_if(after.associations, [&](const auto& a) {
    return std::find(step.remove.begin(), step.remove.end(), a.imei) != step.remove.end();
  });
  if (after.associations.empty() && step.mode && !binding::issues_plain(*step.mode)) step.mode.reset();
  if (step.mode) after.mode = *step.mode;
  std::vector<std::string> hosts;
  if (step.changes_binding()) {
    if (auto changed = change_binding(store, **state, std::move(after), moment, out.changes, hosts); !changed)
      return changed.error();
    out.changes.push_back(event(step));
  }
  if (step.wanted.missing) {
    out.changes.push_back(store::RemoveSyncNamed{imsi});
  } else if (!step.wanted.imeis.empty()) {
    out.changes.push_back(store::PutSyncNamed{{imsi, rules.source, false}});
  }
  note_items(step, hosts, out);
  return out;
}

}  // namespace simbiont::admin

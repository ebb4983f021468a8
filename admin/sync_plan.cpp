#include "admin/sync_plan.h"

#include <algorithm>
#include <set>
#include <utility>

#include "store/changes.h"

namespace simbiont::admin {
namespace {

bool contains(const std::vector<Imei>& list, const Imei& imei) {
  return std::find(list.begin(), list.end(), imei) != list.end();
}

bool associated(const binding::Binding& binding, const Imei& imei) {
  const auto& all = binding.associations;
  return std::any_of(all.begin(), all.end(), [&](const auto& a) { return a.imei == imei; });
}

bool in_scope(const Imsi& imsi, const SyncRules& rules) {
  const std::string digits = imsi.str();
  return rules.imsi_prefixes.empty() ||
         std::any_of(rules.imsi_prefixes.begin(), rules.imsi_prefixes.end(),
                     [&](const std::string& prefix) { return digits.starts_with(prefix); });
}

class Planner {
 public:
  Planner(const source::PairList& list, SyncView& view, const SyncRules& rules)
      : list_(list), view_(view), rules_(rules) {}

  Result<SyncPlan> plan() {
    plan_.rows = list_.rows();
    for (const auto& bad : list_.bad) refuse_bad(bad);
    sorted_.reserve(list_.pairs.size());
    for (const auto& pair : list_.pairs) sorted_.push_back(&pair);
    std::stable_sort(sorted_.begin(), sorted_.end(),
                     [](const auto* a, const auto* b) { return a->imsi.key() < b->imsi.key(); });
    for (std::size_t at = 0; at < sorted_.size();) {
      std::size_t end = at + 1;
      while (end < sorted_.size() && sorted_[end]->imsi == sorted_[at]->imsi) ++end;
      if (auto done = plan_named(at, end); !done) return done.error();
      at = end;
    }
    if (auto done = plan_missing(); !done) return done.error();
    std::sort(plan_.steps.begin(), plan_.steps.end(),
              [](const auto& a, const auto& b) { return a.wanted.imsi.key() < b.wanted.imsi.key(); });
    judge_guard();
    return std::move(plan_);
  }

 private:
  static std::string at_row(std::uint64_t place) { return "row " + std::to_string(place) + ": "; }

  void refuse(std::uint64_t place, std::string imsi, std::string imei, const std::string& reason) {
    plan_.refused.push_back({0, "refused", std::move(imsi), std::move(imei), at_row(place) + reason});
  }

  void refuse_bad(const source::BadPair& bad) {
    refuse(bad.place, bad.imsi ? bad.imsi->str() : "", "", bad.reason);
    if (bad.imsi) {
      spoilt_.insert(bad.imsi->key());
    } else {
      unreadable_ = true;
    }
  }

  void refuse_all(std::size_t from, std::size_t to, const std::string& reason) {
    for (; from < to; ++from)
      refuse(sorted_[from]->place, sorted_[from]->imsi.str(), sorted_[from]->imei.str(), reason);
  }

  Result<SyncWanted> wanted_of(std::size_t from, std::size_t to) {
    SyncWanted wanted{sorted_[from]->imsi, {}, sorted_[from]->mode, true, false};
    wanted.whole = !spoilt_.contains(wanted.imsi.key());
    for (; from < to; ++from) {
      const source::Pair& pair = *sorted_[from];
      const auto there = view_.has_device(pair.imei);
      if (!there) return there.error();
      std::string reason;
      if (!*there) reason = "no device " + pair.imei.str() + ": add it with its KME first";
      if (pair.mode != wanted.mode) reason = "another row of this IMSI has another mode";
      if (contains(wanted.imeis, pair.imei)) continue;  // twice the same
      if (reason.empty() && wanted.imeis.size() == store::association_limit)
        reason = "an IMSI has at most " + std::to_string(store::association_limit) + " associations";
      if (reason.empty()) {
        wanted.imeis.push_back(pair.imei);
        continue;
      }
      refuse(pair.place, pair.imsi.str(), pair.imei.str(), reason);
      wanted.whole = false;
    }
    return wanted;
  }

  Status plan_named(std::size_t from, std::size_t to) {
    const Imsi imsi = sorted_[from]->imsi;
    listed_.insert(imsi.key());
    if (!in_scope(imsi, rules_)) {
      refuse_all(from, to, "the IMSI lies outside sync.imsi_prefixes");
      return {};
    }
    const auto binding = view_.binding(imsi);
    if (!binding) return binding.error();
    if (!*binding) {
      refuse_all(from, to, "no subscriber " + imsi.str());
      return {};
    }
    const auto named = view_.named(imsi);
    if (!named) return named.error();
    if (*named && (*named)->source != rules_.source) {
      refuse_all(from, to, "the source " + (*named)->source + " decides this IMSI");
      return {};
    }
    auto wanted = wanted_of(from, to);
    if (!wanted) return wanted.error();
    add_step(*std::move(wanted), **binding, !*named);
    return {};
  }

  void add_step(SyncWanted wanted, const binding::Binding& now, bool fresh) {
    SyncStep step = plan_imsi(std::move(wanted), now, rules_);
    plan_.held += now.associations.size();
    plan_.removals += step.remove.size();
    const bool unlocks = step.mode && binding::issues_plain(*step.mode) && !binding::issues_plain(now.mode);
    if (unlocks) plan_.removals += now.associations.size() - step.remove.size();
    step.name = fresh && !step.wanted.imeis.empty();
    if (step.changes_binding() || step.name) {
      if (!step.changes_binding()) ++plan_.unchanged;
      plan_.steps.push_back(std::move(step));
    } else {
      ++plan_.unchanged;
    }
  }

  Status plan_missing() {
    std::optional<Imsi> after;
    for (;;) {
      const auto page = view_.all_named(after);
      if (!page) return page.error();
      if (page->empty()) return {};
      after = page->back().imsi;
      for (const auto& named : *page) {
        const std::uint64_t key = named.imsi.key();
        if (named.source != rules_.source || listed_.contains(key) || spoilt_.contains(key)) continue;
        if (!in_scope(named.imsi, rules_)) continue;
        const auto binding = view_.binding(named.imsi);
        if (!binding) return binding.error();
        if (!*binding) continue;
        ++plan_.missing;
        if (rules_.unbind_missing && !unreadable_) {
          add_step({named.imsi, {}, {}, true, true}, **binding, false);
        } else {
          plan_.held += (*binding)->associations.size();
        }
      }
    }
  }

  void judge_guard() {
    if (plan_.removals * 100 <= plan_.held * rules_.max_removals_percent) return;
    plan_.guard = "it would take away " + std::to_string(plan_.removals) + " of " +
                  std::to_string(plan_.held) + " associations, more than " +
                  std::to_string(rules_.max_removals_percent) + " %";
  }

  const source::PairList& list_;
  SyncView& view_;
  const SyncRules& rules_;
  std::vector<const source::Pair*> sorted_;
  std::set<std::uint64_t> spoilt_;  // IMSIs with a row that could not be read
  std::set<std::uint64_t> listed_;
  bool unreadable_ = false;  // a row whose IMSI is not known: any IMSI may be meant
  SyncPlan plan_;
};

}  // namespace

SyncStep plan_imsi(SyncWanted given, const binding::Binding& now, const SyncRules& rules) {
  SyncStep step{std::move(given), {}, {}, {}, false};
  const SyncWanted& wanted = step.wanted;
  for (const Imei& imei : wanted.imeis)
    if (!associated(now, imei)) step.add.push_back(imei);
  if (wanted.whole) {
    for (const auto& association : now.associations)
      if (!contains(wanted.imeis, association.imei)) step.remove.push_back(association.imei);
  }
  std::optional<binding::Mode> mode = wanted.whole ? wanted.mode : std::nullopt;
  // Its first devices: from now on it is bound.
  if (now.associations.empty() && now.mode == binding::Mode::off && !step.add.empty())
    mode = wanted.mode.value_or(rules.first_mode);
  if (mode && *mode != now.mode) step.mode = mode;
  return step;
}

Result<SyncPlan> plan_sync(const source::PairList& list, SyncView& view, const SyncRules& rules) {
  return Planner(list, view, rules).plan();
}

}  // namespace simbiont::admin

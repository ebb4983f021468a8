#include "admin/sync.h"

#include <algorithm>

#include "admin/route.h"
#include "admin/sync_step.h"
#include "source/postgres.h"

namespace simbiont::admin {
namespace {

constexpr std::array<std::string_view, 2> sources{"folder", "postgresql"};
constexpr std::int64_t first_retry_ms = 5'000, longest_retry_ms = 600'000;
constexpr std::size_t page_size = 1'000;

std::size_t index(std::string_view source) { return source == sources[0] ? 0 : 1; }

bool store_failed(const Error& e) {
  return e.code == Errc::io || e.code == Errc::corrupt || e.code == Errc::unavailable;
}

class StoreView final : public SyncView {
 public:
  explicit StoreView(store::Store& store) : store_(store) {}
  Result<std::optional<binding::Binding>> binding(const Imsi& imsi) override {
    auto state = store_.subscriber(imsi);
    if (!state) return state.error();
    if (!*state) return std::optional<binding::Binding>();
    return std::optional((*state)->binding);
  }
  Result<bool> has_device(const Imei& imei) override {
    const auto device = store_.device(imei);
    if (!device) return device.error();
    return device->has_value();
  }
  Result<std::optional<store::SyncNamed>> named(const Imsi& imsi) override {
    return store_.sync_named_of(imsi);
  }
  Result<std::vector<store::SyncNamed>> all_named(std::optional<Imsi> after) override {
    return store_.sync_named(after, page_size);
  }

 private:
  store::Store& store_;
};

std::string summary(const store::SyncReport& r) {
  return "report " + std::to_string(r.id) + ", " + r.source + (r.input.empty() ? "" : " " + r.input) + ": " +
         std::to_string(r.rows) + " rows, " + std::to_string(r.added) + " added, " +
         std::to_string(r.removed) + " removed, " + std::to_string(r.refused) + " refused" +
         (r.dry_run ? ", dry run" : "") + (r.reason.empty() ? "" : ": " + r.reason);
}

// Empty: it changes something.
std::string outcome_of(const SyncPlan& plan) {
  if (plan.guard.empty() && !plan.steps.empty()) return {};
  std::string outcome = std::to_string(plan.rows) + " rows, guard: " + plan.guard;
  for (const auto& item : plan.refused) outcome += '\n' + item.imsi + ' ' + item.imei + ' ' + item.reason;
  return outcome;
}

}  // namespace

// A run and its report so far.
struct SyncDesk::Work {
  SyncOrder order;
  SyncRules rules;
  store::SyncReport report;
  std::uint64_t items = 0;
  Batch batch{2'000};
};

SyncDesk::SyncDesk(hss::Live& live, const Options& options, Transact transact)
    : live_(live), options_(options), transact_(std::move(transact)) {}

bool SyncDesk::has(std::string_view source) const {
  if (source == sources[0]) return !options_.sync.folder.empty();
  return source == sources[1] && !options_.sync.postgresql.empty();
}

SyncStatus SyncDesk::status(std::string_view source) const {
  const std::lock_guard lock(status_mutex_);
  return status_[index(source)];
}

source::DropFolder SyncDesk::folder() const {
  return {options_.sync.folder,
          {options_.sync.folder_file_mib << 20, static_cast<std::size_t>(options_.sync.max_rows)}};
}

SyncRules SyncDesk::rules(const SyncOrder& order) const {
  const hss::SyncConfig& sync = options_.sync;
  SyncRules rules;
  rules.source = order.source;
  rules.imsi_prefixes = sync.imsi_prefixes;
  rules.first_mode = binding::mode(sync.mode).value_or(binding::Mode::enforce);
  rules.unbind_missing = sync.on_missing == hss::OnMissing::unbind;
  rules.max_removals_percent = order.allow_removals ? 100 : sync.max_removals_percent;
  return rules;
}

Result<std::int64_t> SyncDesk::run(const SyncOrder& order) {
  if (!has(order.source))
    return error(Errc::refused, "the configuration names no " + order.source + " in [sync]");
  const std::lock_guard lock(running_);
  return run_source(order, true);
}

void SyncDesk::on_time() {
  for (const std::string_view source : sources) {
    if (!has(source) || stop_ || live_.now() < status(source).next_at) continue;
    const std::lock_guard lock(running_);
    (void)run_source({std::string(source), false, false}, false);
  }
}

// nullopt: the folder holds no file. input: the file's name, once it is known.
Result<std::optional<source::PairList>> SyncDesk::read(const SyncOrder& order, std::string& input) {
  const hss::SyncConfig& sync = options_.sync;
  if (order.source == sources[1]) {
    source::PostgresOptions options;
    options.connection = sync.postgresql;
    options.query = sync.query;
    options.statement_timeout_ms = static_cast<std::int64_t>(sync.statement_timeout_s) * 1000;
    options.rows = static_cast<std::size_t>(sync.max_rows);
    auto list = source::read_postgres(options, stop_);
    if (!list) return list.error();
    return std::optional(*std::move(list));
  }
  const auto name = folder().next();
  if (!name) return name.error();
  if (!*name || **name == stuck_) return std::optional<source::PairList>();
  input = **name;
  auto list = folder().read(input);
  if (!list) return list.error();
  return std::optional(*std::move(list));
}

Result<std::int64_t> SyncDesk::run_source(const SyncOrder& order, bool by_hand) {
  Work work;
  work.order = order;
  work.rules = rules(order);
  work.report.source = order.source;
  work.report.dry_run = order.dry_run;
  work.report.started_at = live_.now();
  auto list = read(order, work.report.input);
  const bool of_file = !work.report.input.empty();
  Status done = list ? Status() : Status(list.error());
  if (list && !*list) {
    note(order, {}, 0, by_hand);
    return std::int64_t{0};
  }
  // A database that is down leaves a report when it goes down, and not at every attempt. A file that changed
  // while it was read is read again.
  const bool again = !done && of_file && done.error().code == Errc::unavailable;
  const bool known = !done && !of_file && !by_hand && status(order.source).failures > 0;
  if (again || known) {
    note(order, done, 0, by_hand);
    return done.error();
  }
  std::optional<SyncPlan> plan;
  if (done.ok()) {
    StoreView view(live_.store());
    auto made = plan_sync(**list, view, work.rules);
    if (made) plan = *std::move(made);
    if (!made) done = made.error();
  }
  // A database is asked often: what comes out as the last time needs no report.
  const std::string outcome = plan ? outcome_of(*plan) : "";
  const bool no_news = !of_file && !by_hand && !outcome.empty() && outcome == last_outcome_;
  if (!of_file && !order.dry_run) last_outcome_ = outcome;
  if (no_news) {
    note(order, {}, 0, by_hand);
    return status(order.source).report;
  }
  if (auto begun = begin(work); !begun) {
    note(order, begun, 0, by_hand);
    return begun.error();
  }
  if (plan) {
    done = account(work, *plan);
  } else {
    work.report.result = done.error().code == Errc::refused ? "refused" : "failed";
    work.report.reason = done.error().message;
  }
  if (auto finished = finish(work); !finished && done.ok()) done = finished;
  // A file that was judged is through, whatever came of it; one that met a failing store is read again.
  const bool judged = of_file && (done.ok() || !store_failed(done.error()));
  note(order, judged ? Status() : done, work.report.id, by_hand);
  if (judged && !order.dry_run) put_away(work);
  return work.report.id;
}

// What it would do comes of it, unless the guard is against it.
Status SyncDesk::account(Work& work, const SyncPlan& plan) {
  work.report.rows = plan.rows;
  work.report.unchanged = plan.unchanged;
  work.report.missing = plan.missing;
  work.report.refused = plan.refused.size();
  Status done = add_items(work, plan.refused);
  if (done && plan.guard.empty()) done = apply(work, plan.steps);
  work.report.result = !done ? "failed" : plan.guard.empty() ? "done" : "refused";
  work.report.reason = !done ? done.error().message : plan.guard;
  return done;
}

Status SyncDesk::begin(Work& work) {
  return transact_(work.batch, [&](store::Store& store) -> Result<store::Changes> {
    const auto reports = store.sync_reports(0, store::sync_report_limit + 1);
    if (!reports) return reports.error();
    work.report.id = reports->empty() ? 1 : reports->back().id + 1;
    work.report.result = "running";
    return store::Changes{store::PutSyncReport{work.report}};
  });
}

Status SyncDesk::finish(Work& work) {
  work.report.ended_at = live_.now();
  const bool quiet = work.report.result == "done" &&
                     work.report.added + work.report.removed + work.report.modes + work.report.refused == 0;
  return transact_(work.batch, [&](store::Store&) -> Result<store::Changes> {
    store::Changes changes{store::PutSyncReport{work.report}};
    if (!quiet) changes.push_back(audit(live_, "sync-" + work.report.result, {}, summary(work.report)));
    return changes;
  });
}

Status SyncDesk::add_items(Work& work, const std::vector<store::SyncItem>& items) {
  for (std::size_t at = 0; at < items.size() && work.items < store::sync_item_limit;) {
    const std::uint64_t before = work.items;
    const std::size_t from = at;
    const Status done = transact_(work.batch, [&](store::Store&) -> Result<store::Changes> {
      store::Changes changes;
      for (; at < items.size() && at - from < page_size && work.items < store::sync_item_limit; ++at) {
        store::SyncItem item = items[at];
        item.number = ++work.items;
        changes.push_back(store::AddSyncItem{work.report.id, std::move(item)});
      }
      return changes;
    });
    if (done.ok()) continue;
    work.items = before;
    return done;
  }
  return {};
}

Status SyncDesk::apply(Work& work, const std::vector<SyncStep>& steps) {
  bool one_by_one = false;
  for (std::size_t at = 0; at < steps.size();) {
    if (stop_) return error(Errc::unavailable, "the HSS stops: the next run goes on");
    const std::size_t fit = one_by_one ? 1 : work.batch.rows(live_);
    std::size_t to = std::min(steps.size(), at + fit);
    const Status done = apply_group(work, steps, at, to);
    if (done.ok()) {
      at = to;
      one_by_one = false;
      continue;
    }
    if (store_failed(done.error())) return done;
    // A change that only the store refuses: its step alone is refused.
    if (to - at > 1) {
      one_by_one = true;
      continue;
    }
    ++work.report.refused;
    const store::SyncItem item{0, "refused", steps[at].wanted.imsi.str(), "", done.error().message};
    if (auto noted = add_items(work, {item}); !noted) return noted;
    ++at;
  }
  return {};
}

Status SyncDesk::apply_group(Work& work, const std::vector<SyncStep>& steps, std::size_t from,
                             std::size_t& to) {
  store::SyncReport after = work.report;
  std::uint64_t items = work.items;
  const Moment moment{live_.now(), options_.vector_life_ms};
  const auto event = [&](const SyncStep& step) {
    return audit(live_, "synced", step.wanted.imsi, work.order.source + ": " + sync_detail(step));
  };
  const Status done = transact_(work.batch, [&](store::Store& store) -> Result<store::Changes> {
    store::Changes changes;
    for (std::size_t at = from; at < to; ++at) {
      auto applied = apply_sync_step(store, steps[at], work.rules, moment, event);
      if (!applied) return applied.error();
      if (!work.order.dry_run)
        std::move(applied->changes.begin(), applied->changes.end(), std::back_inserter(changes));
      after.added += applied->added;
      after.removed += applied->removed;
      after.modes += applied->modes;
      after.refused += applied->refused;
      for (auto& item : applied->items) {
        if (items == store::sync_item_limit) break;
        item.number = ++items;
        changes.push_back(store::AddSyncItem{work.report.id, std::move(item)});
      }
    }
    changes.push_back(store::PutSyncReport{after});
    return changes;
  });
  if (!done) return done;
  work.report = std::move(after);
  work.items = items;
  return {};
}

void SyncDesk::put_away(const Work& work) {
  Json report = show_sync_report(work.report);
  Json shown = Json::array();
  if (const auto items = live_.store().sync_items(work.report.id, 0, store::sync_item_limit)) {
    for (const auto& item : *items) shown.push_back(show_sync_item(item));
  }
  report["items"] = std::move(shown);
  const auto outcome =
      work.report.result == "done" ? source::DropFolder::Outcome::done : source::DropFolder::Outcome::failed;
  const Status moved = folder().put_away(work.report.input, outcome, work.report.id, dump(report) + "\n");
  stuck_ = moved.ok() ? "" : work.report.input;
  if (moved.ok()) return;
  (void)transact_(const_cast<Batch&>(work.batch), [&](store::Store&) -> Result<store::Changes> {
    return store::Changes{audit(live_, "sync-stuck", {}, work.report.input + ": " + moved.error().message)};
  });
}

// When the source has its next turn; and an event when it is gone, and when it is back.
void SyncDesk::note(const SyncOrder& order, const Status& done, std::int64_t report, bool by_hand) {
  const std::size_t at = index(order.source);
  const std::int64_t interval_ms =
      1000 * static_cast<std::int64_t>(at == 0 ? options_.sync.folder_interval_s
                                               : options_.sync.postgresql_interval_s);
  const bool broken = !done.ok();
  bool back = false;
  {
    const std::lock_guard lock(status_mutex_);
    SyncStatus& status = status_[at];
    const UnixMs now = live_.now();
    status.tried_at = now;
    if (report != 0) status.report = report;
    if (broken) {
      if (status.failures == 0) status.failing_since = now;
      status.failure = done.error().message;
      const std::int64_t backoff = first_retry_ms << std::min<std::uint64_t>(status.failures, 7);
      ++status.failures;
      status.next_at = now + std::min({backoff, longest_retry_ms, std::max(interval_ms, first_retry_ms)});
    } else {
      back = status.failures > 0;
      status.failures = 0;
      status.failing_since = 0;
      status.failure.clear();
      // Files that wait are taken one after the other.
      const bool more = at == 0 && report != 0 && !by_hand;
      status.next_at = more ? now : now + interval_ms;
    }
  }
  if (!back) return;
  Batch batch{1};
  (void)transact_(batch, [&](store::Store&) -> Result<store::Changes> {
    return store::Changes{audit(live_, "sync-back", {}, order.source)};
  });
}

Json show_sync_report(const store::SyncReport& r) {
  return {{"id", r.id},
          {"source", r.source},
          {"input", r.input},
          {"dry_run", r.dry_run},
          {"result", r.result},
          {"reason", r.reason},
          {"started", time(r.started_at)},
          {"ended", time(r.ended_at)},
          {"rows", r.rows},
          {"added", r.added},
          {"removed", r.removed},
          {"modes", r.modes},
          {"unchanged", r.unchanged},
          {"missing", r.missing},
          {"refused", r.refused}};
}

Json show_sync_item(const store::SyncItem& item) {
  return {{"action", item.action}, {"imsi", item.imsi}, {"imei", item.imei}, {"reason", item.reason}};
}

}  // namespace simbiont::admin

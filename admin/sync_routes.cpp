// /v1/sync
#include <array>
#include <charconv>

#include "admin/fields.h"
#include "admin/route.h"
#include "admin/sync.h"

namespace simbiont::admin {
namespace {

Json show(const SyncDesk& desk, std::string_view source) {
  const SyncStatus status = desk.status(source);
  return {{"source", source},
          {"state", status.failures != 0   ? "failing"
                    : status.tried_at == 0 ? "waiting"
                                           : "in order"},
          {"tried", time(status.tried_at)},
          {"next", time(status.next_at)},
          {"failures", status.failures},
          {"failing_since", time(status.failing_since)},
          {"failure", status.failure},
          {"report", status.report}};
}

Result<Json> status(Call& call) {
  Json items = Json::array();
  for (const std::string_view source : {"folder", "postgresql"})
    if (call.sync.has(source)) items.push_back(show(call.sync, source));
  return page(std::move(items), "");
}

Result<std::int64_t> report_id(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (failed != std::errc() || end != text.data() + text.size())
    return error(Errc::invalid_argument, "this is not a number");
  return id;
}

// "last" is the newest one.
Result<store::SyncReport> find_report(store::Store& store, std::string_view id) {
  const auto number = id == "last" ? Result<std::int64_t>(0) : report_id(id);
  if (!number) return number.error();
  auto reports =
      store.sync_reports(*number - (id == "last" ? 0 : 1), id == "last" ? store::sync_report_limit : 1);
  if (!reports) return reports.error();
  if (reports->empty() || (id != "last" && reports->back().id != *number))
    return error(Errc::not_found, "no such sync report");
  return reports->back();
}

Result<Json> report(Call& call) {
  const auto found = find_report(call.live.store(), call.arguments[0]);
  if (!found) return found.error();
  return show_sync_report(*found);
}

Result<Json> reports(Call& call) {
  const auto found = call.live.store().sync_reports(0, store::sync_report_limit);
  if (!found) return found.error();
  Json items = Json::array();
  for (const auto& each : *found) items.push_back(show_sync_report(each));
  return page(std::move(items), "");
}

Result<Json> items(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  const std::string after = page_after(call);
  const auto from = after.empty() ? Result<std::int64_t>(0) : report_id(after);
  if (!from) return from.error();
  const auto of = find_report(call.live.store(), call.arguments[0]);
  if (!of) return of.error();
  const auto found = call.live.store().sync_items(of->id, static_cast<std::uint64_t>(*from), *limit);
  if (!found) return found.error();
  Json rows = Json::array();
  for (const auto& each : *found) rows.push_back(show_sync_item(each));
  return page(std::move(rows), found->size() == *limit ? std::to_string(found->back().number) : "");
}

Result<Json> run(Call& call) {
  if (auto known = only_fields(call.body, {"source", "dry_run", "allow_removals"}); !known)
    return known.error();
  SyncOrder order;
  auto source = text(call.body, "source");
  if (!source) return source.error();
  order.source = *std::move(source);
  if (order.source.empty() && call.sync.has("folder") != call.sync.has("postgresql"))
    order.source = call.sync.has("folder") ? "folder" : "postgresql";
  if (order.source != "folder" && order.source != "postgresql")
    return error(Errc::invalid_argument, "'source' is not folder or postgresql");
  const auto dry_run = flag(call.body, "dry_run");
  if (!dry_run) return dry_run.error();
  const auto allow_removals = flag(call.body, "allow_removals");
  if (!allow_removals) return allow_removals.error();
  order.dry_run = *dry_run;
  order.allow_removals = *allow_removals;
  const auto id = call.sync.run(order);
  if (!id) return id.error();
  if (*id == 0) return error(Errc::not_found, "the folder holds no file that is complete");
  const auto done = find_report(call.live.store(), std::to_string(*id));
  if (!done) return done.error();
  return show_sync_report(*done);
}

// A run takes the lock of changes by itself, group by group.
constexpr std::array<Route, 5> routes{
    {{"GET", "/v1/sync", Access::read, Role::viewer, status},
     {"POST", "/v1/sync/run", Access::read, Role::operator_, run},
     {"GET", "/v1/sync/reports", Access::read, Role::viewer, reports},
     {"GET", "/v1/sync/reports/{}", Access::read, Role::viewer, report},
     {"GET", "/v1/sync/reports/{}/items", Access::read, Role::viewer, items}}};

}  // namespace

std::span<const Route> sync_routes() { return routes; }

}  // namespace simbiont::admin

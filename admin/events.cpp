// /v1/events, the history of reported IMEIs, and the state of the whole
#include "hss/events.h"

#include <array>
#include <charconv>

#include "admin/audit.h"
#include "admin/binding_change.h"
#include "admin/route.h"

namespace simbiont::admin {
namespace {

Json show(const store::Event& event) {
  Json out{{"id", event.id},
           {"time", time(event.at)},
           {"kind", event.kind},
           {"imsi", event.imsi},
           {"detail", event.detail}};
  const auto describe = [&](std::string_view cause, std::string_view effect, std::string_view action) {
    out["cause"] = cause;
    out["effect"] = effect;
    out["action"] = action;
  };
  describe("", "", "");
  if (const auto* info = hss::find_event(event.kind)) describe(info->cause, info->effect, info->action);
  for (const AuditInfo& info : audit_table()) {
    if (info.kind == event.kind) describe(info.cause, info.effect, info.action);
  }
  return out;
}

Result<Json> list(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  const std::string key = page_after(call);
  std::int64_t after = 0;
  const auto [end, failed] = std::from_chars(key.data(), key.data() + key.size(), after);
  if (!key.empty() && (failed != std::errc() || end != key.data() + key.size())) {
    return error(Errc::invalid_argument, "'after' is not an event's id");
  }
  const auto rows = call.live.store().events(after, *limit);
  if (!rows) return rows.error();
  Json items = Json::array();
  for (const auto& row : *rows) items.push_back(show(row));
  return page(std::move(items), rows->size() == *limit ? std::to_string(rows->back().id) : "");
}

Result<Json> history(Call& call) {
  const auto state = find_subscriber(call.live.store(), call.arguments[0]);
  if (!state) return state.error();
  const auto rows = call.live.store().history(state->subscriber.imsi);
  if (!rows) return rows.error();
  Json items = Json::array();
  for (const auto& row : *rows) {
    items.push_back({{"imsi", row.imsi.str()},
                     {"imei", row.imei},
                     {"software_version", row.software_version},
                     {"authorised", row.authorised},
                     {"mme", row.host},
                     {"plmn", row.plmn},
                     {"first", time(row.first_at)},
                     {"last", time(row.last_at)},
                     {"count", row.count}});
  }
  return page(std::move(items), "");
}

Result<Json> status(Call& call) {
  const auto counts = call.live.store().counts();
  if (!counts) return counts.error();
  return Json{{"running", call.live.running()},
              {"version", SIMBIONT_VERSION},
              {"subscribers", counts->subscribers},
              {"devices", counts->devices},
              {"kmes", counts->kmes},
              {"bound_imsis", counts->bound_imsis},
              {"registrations", counts->registrations},
              {"hosts", call.live.reachable_hosts()}};
}

constexpr std::array<Route, 3> routes{{{"GET", "/v1/events", Access::read, list},
                                       {"GET", "/v1/subscribers/{}/history", Access::read, history},
                                       {"GET", "/v1/status", Access::read, status}}};

}  // namespace

std::span<const Route> event_routes() { return routes; }

}  // namespace simbiont::admin

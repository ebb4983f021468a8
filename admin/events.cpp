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

Result<std::int64_t> number_in(const Call& call, const char* name) {
  const auto given = call.query.find(name);
  std::int64_t value = 0;
  if (given == call.query.end() || given->second.empty()) return value;
  const std::string& digits = given->second;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (failed == std::errc() && end == digits.data() + digits.size()) return value;
  return error(Errc::invalid_argument, "'" + std::string(name) + "' is not a number");
}

// ?since= (Unix milliseconds), ?imsi=, ?kind=
Result<store::EventQuery> filter_of(const Call& call) {
  const auto since = number_in(call, "since");
  if (!since) return since.error();
  store::EventQuery wanted{*since, "", ""};
  if (const auto kind = call.query.find("kind"); kind != call.query.end()) wanted.kind = kind->second;
  const auto imsi = call.query.find("imsi");
  if (imsi == call.query.end() || imsi->second.empty()) return wanted;
  const auto parsed = Imsi::parse(imsi->second);
  if (!parsed) return parsed.error();
  wanted.imsi = parsed->str();
  return wanted;
}

Result<Json> list(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  const auto after = number_in(call, "after");
  if (!after) return after.error();
  const auto wanted = filter_of(call);
  if (!wanted) return wanted.error();
  const auto rows = call.live.store().events(*after, *limit, *wanted);
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
  Json out{{"running", call.live.running()},
           {"version", SIMBIONT_VERSION},
           {"subscribers", counts->subscribers},
           {"devices", counts->devices},
           {"kmes", counts->kmes},
           {"bound_imsis", counts->bound_imsis},
           {"registrations", counts->registrations}};
  for (const binding::State state : binding::all_states) {
    std::string name(binding::name(state));
    for (char& c : name) c = static_cast<char>(c - 'A' + 'a');
    out[name] = counts->states[static_cast<std::size_t>(state)];
  }
  out["hosts"] = call.live.reachable_hosts();
  return out;
}

constexpr std::array<Route, 3> routes{
    {{"GET", "/v1/events", Access::read, Role::viewer, list},
     {"GET", "/v1/subscribers/{}/history", Access::read, Role::viewer, history},
     {"GET", "/v1/status", Access::read, Role::viewer, status}}};

}  // namespace

std::span<const Route> event_routes() { return routes; }

}  // namespace simbiont::admin

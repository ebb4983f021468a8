// /v1/approvals
#include "admin/approvals.h"

#include <array>
#include <charconv>

#include "admin/audited_live.h"
#include "admin/router.h"
#include "crypto/hmac.h"

namespace simbiont::admin {
namespace {

using State = store::Approval::State;

constexpr const char* two_person_setting = "two_person";

bool expired(const store::Approval& approval, UnixMs now) {
  return approval.state == State::pending && now >= approval.expires_at;
}

Json show(const store::Approval& approval, UnixMs now) {
  return {{"id", approval.id},
          {"state", expired(approval, now) ? "expired" : store::name(approval.state)},
          {"asked_by", approval.user + " (uid " + std::to_string(approval.uid) + ")"},
          {"time", time(approval.at)},
          {"expires", time(approval.expires_at)},
          {"request", approval.method + " " + approval.path},
          {"arguments", Json::parse(approval.body, nullptr, false)},
          {"decided_by", approval.decided_by},
          {"decided", time(approval.decided_at)},
          {"reason", approval.answer}};
}

Result<std::int64_t> number(const std::string& text) {
  std::int64_t id = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (failed == std::errc() && end == text.data() + text.size() && id > 0) return id;
  return error(Errc::invalid_argument, "this is not an approval's number");
}

bool store_failed(const Error& e) {
  return e.code == Errc::io || e.code == Errc::corrupt || e.code == Errc::unavailable;
}

}  // namespace

Result<bool> ApprovalDesk::enforced() {
  if (live_.running()) return roles_.two_person();
  const auto kept = live_.store().setting(two_person_setting);
  if (!kept) return kept.error();
  return *kept == "on";
}

Status ApprovalDesk::remember() {
  const std::string wanted = roles_.two_person() ? "on" : "off";
  const auto kept = live_.store().setting(two_person_setting);
  if (!kept) return kept.error();
  if (*kept == wanted || (kept->empty() && wanted == "off")) return {};
  Caller self = offline_caller();
  self.pid = 0;
  self.offline = false;
  AuditedLive live(live_, {self, "two custodians: " + wanted, "{}"});
  return live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{store::PutSetting{two_person_setting, wanted}};
  });
}

// The digest of what the API shows of the object that the path is of: its longest beginning that can be read
// and is no listing. Empty when there is none.
Result<std::string> ApprovalDesk::ground(const Call& asking, const Caller& caller, std::string path) {
  static const std::map<std::string, std::string> no_query;
  for (; !path.empty(); path.resize(path.rfind('/'))) {
    Found found = find_route("GET", path);
    if (found.route == nullptr) continue;
    Call call{live_,          caller,          options_,
              asking.imports, *this,           asking.jobs,
              asking.sync,    asking.rollover, std::move(found.arguments),
              no_query,       Json::object(),  {}};
    const auto shown = found.route->handler(call);
    if (!shown) return shown.error();
    if (shown->contains("items")) return std::string();
    return to_hex(crypto::sha256(as_bytes(dump(*shown))));
  }
  return std::string();
}

Status ApprovalDesk::room(store::Store& store, std::uint32_t uid) const {
  const auto all = store.approvals(0, store::approval_limit + max_pending);
  if (!all) return all.error();
  std::size_t pending = 0, own = 0;
  for (const auto& each : *all) {
    if (each.state != State::pending || expired(each, live_.now())) continue;
    ++pending;
    if (each.uid == uid) ++own;
  }
  if (pending < max_pending && own < max_pending_each) return {};
  return error(Errc::refused, "too many requests wait for a second custodian: approve or deny some");
}

Result<Json> ApprovalDesk::keep(const Call& call, const Request& request) {
  if (!live_.running())
    return error(Errc::refused,
                 "this wants a second custodian, whom only a running HSS can ask: start it and repeat");
  if (names_key(call.body))
    return error(Errc::refused, "this wants a second custodian, and what waits for one must not hold a key");
  auto kept_ground = ground(call, call.caller, request.path);
  if (!kept_ground) return kept_ground.error();
  store::Approval approval;
  approval.at = live_.now();
  approval.expires_at = approval.at + options_.approval_life_ms;
  approval.uid = call.caller.uid;
  approval.user = call.caller.name;
  approval.method = request.method;
  approval.path = request.path;
  approval.body = dump(call.body);
  approval.ground = *std::move(kept_ground);
  AuditedLive log(live_, {call.caller, request.method + " " + request.path, without_keys(call.body)});
  const Status done = live_.transact([&](store::Store& store) -> Result<store::Changes> {
    if (Status fits = room(store, call.caller.uid); !fits) return fits.error();
    return store::Changes{store::PutApproval{approval},
                          audit(live_, "approval-requested", {}, call.caller.str() + ": " + request.path),
                          store::AppendAudit{log.entry("requested")}};
  });
  if (!done) return done.error();
  const auto all = live_.store().approvals(0, store::approval_limit + max_pending);
  if (!all) return all.error();
  return Json{{"approval", show(all->back(), live_.now())}};
}

Result<store::Approval> ApprovalDesk::find(std::int64_t id) {
  const auto found = live_.store().approvals(id - 1, 1);
  if (!found) return found.error();
  if (found->empty() || found->front().id != id)
    return error(Errc::not_found, "no approval " + std::to_string(id));
  return found->front();
}

Result<store::Approval> ApprovalDesk::to_decide(std::int64_t id) {
  auto approval = find(id);
  if (!approval) return approval;
  if (approval->state != State::pending)
    return error(Errc::refused, "approval " + std::to_string(id) + " is " +
                                    std::string(store::name(approval->state)) + " already");
  if (expired(*approval, live_.now()))
    return error(Errc::refused, "approval " + std::to_string(id) + " has expired: it must be asked for anew");
  return approval;
}

Status ApprovalDesk::fail(const Call& call, const store::Approval& approval, const std::string& why) {
  return call.live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{store::DecideApproval{approval.id, State::failed, live_.now(), call.caller.uid,
                                                call.caller.str(), why.substr(0, store::text_limit)},
                          audit(live_, "approval-failed", {}, approval.path + ": " + why)};
  });
}

Result<Json> ApprovalDesk::approve(Call& call, std::int64_t id) {
  const auto approval = to_decide(id);
  if (!approval) return approval.error();
  if (approval->uid == call.caller.uid)
    return error(Errc::refused, "who asks for it cannot approve it: that is another custodian's");
  const Caller asker = roles_.caller(static_cast<uid_t>(approval->uid), static_cast<pid_t>(call.caller.pid));
  Found found = find_route(approval->method, approval->path);
  const auto now_ground = ground(call, call.caller, approval->path);
  std::string why;
  if (found.route == nullptr || !asker.roles.has(found.route->role)) {
    why = asker.str() + ", who asked for it, may not do it any more";
  } else if (!now_ground || *now_ground != approval->ground) {
    why = "what it is of has changed since it was asked for";
  }
  if (!why.empty()) {
    if (now_ground.ok() || !store_failed(now_ground.error()))
      if (Status noted = fail(call, *approval, why); !noted) return noted.error();
    return error(Errc::refused, why + ": nothing was done");
  }
  AuditedLive live(live_, {asker, approval->method + " " + approval->path,
                           without_keys(Json::parse(approval->body, nullptr, false)), call.caller.str()});
  live.also(store::DecideApproval{id, State::approved, live_.now(), call.caller.uid, call.caller.str(), ""});
  Call asked{live,
             asker,
             options_,
             call.imports,
             *this,
             call.jobs,
             call.sync,
             call.rollover,
             std::move(found.arguments),
             call.query,
             Json::parse(approval->body, nullptr, false),
             approval->body};
  if (found.route->role_of != nullptr && !asker.roles.has(found.route->role_of(asked)))
    return error(Errc::refused, asker.str() + ", who asked for it, may not do it any more: nothing was done");
  auto result = found.route->handler(asked);
  if (!result) {
    if (!live.recorded() && !store_failed(result.error()))
      if (Status noted = fail(call, *approval, result.error().message); !noted) return noted.error();
    return result.error();
  }
  // What the handler did not write itself: that it was approved.
  const Status noted = live.flush();
  if (!noted) return noted.error();
  return Json{{"approval", id}, {"answer", *std::move(result)}};
}

Result<Json> ApprovalDesk::deny(Call& call, std::int64_t id) {
  const auto approval = to_decide(id);
  if (!approval) return approval.error();
  const Status done = call.live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{
        store::DecideApproval{id, State::denied, live_.now(), call.caller.uid, call.caller.str(), ""},
        audit(live_, "approval-denied", {}, call.caller.str() + ": " + approval->path)};
  });
  if (!done) return done.error();
  const auto after = find(id);
  if (!after) return after.error();
  return show(*after, live_.now());
}

namespace {

Result<Json> list(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  std::int64_t after = 0;
  if (const std::string text = page_after(call); !text.empty()) {
    const auto id = number(text);
    if (!id) return id.error();
    after = *id;
  }
  const auto rows = call.live.store().approvals(after, *limit);
  if (!rows) return rows.error();
  Json items = Json::array();
  for (const auto& row : *rows) items.push_back(show(row, call.live.now()));
  return page(std::move(items), rows->size() == *limit ? std::to_string(rows->back().id) : "");
}

template <class Do>
Result<Json> with_number(Call& call, const Do& act) {
  const auto id = number(call.arguments[0]);
  if (!id) return id.error();
  return act(*id);
}

Result<Json> get(Call& call) {
  return with_number(call, [&](std::int64_t id) -> Result<Json> {
    const auto approval = call.approvals.find(id);
    if (!approval) return approval.error();
    return show(*approval, call.live.now());
  });
}
Result<Json> approve(Call& call) {
  return with_number(call, [&](std::int64_t id) { return call.approvals.approve(call, id); });
}
Result<Json> deny(Call& call) {
  return with_number(call, [&](std::int64_t id) { return call.approvals.deny(call, id); });
}

constexpr std::array<Route, 4> routes{
    {{"GET", "/v1/approvals", Access::read, Role::viewer, list},
     {"GET", "/v1/approvals/{}", Access::read, Role::viewer, get},
     {"POST", "/v1/approvals/{}/approve", Access::change, Role::custodian, approve},
     {"POST", "/v1/approvals/{}/deny", Access::change, Role::custodian, deny}}};

}  // namespace

std::span<const Route> approval_routes() { return routes; }

}  // namespace simbiont::admin

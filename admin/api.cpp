#include "admin/api.h"

#include <algorithm>
#include <array>
#include <thread>

#include "admin/approvals.h"
#include "admin/audited_live.h"
#include "admin/imports.h"
#include "admin/jobs.h"
#include "admin/refusal_notes.h"
#include "admin/rollover.h"
#include "admin/router.h"
#include "admin/sync.h"

namespace simbiont::admin {
namespace {

struct Code {
  Errc errc;
  int status;
  std::string_view name;
};
constexpr std::array<Code, 7> codes{{{Errc::invalid_argument, 400, "invalid_argument"},
                                     {Errc::not_found, 404, "not_found"},
                                     {Errc::already_exists, 409, "already_exists"},
                                     {Errc::refused, 409, "refused"},
                                     {Errc::unavailable, 503, "unavailable"},
                                     {Errc::io, 500, "io"},
                                     {Errc::corrupt, 500, "corrupt"}}};

Response failure(int status, std::string_view code, const std::string& message) {
  return {status, dump(Json{{"error", {{"code", code}, {"message", message}}}})};
}

Response failure(const Error& e) {
  for (const Code& code : codes) {
    if (code.errc == e.code) return failure(code.status, code.name, e.message);
  }
  return failure(500, "io", e.message);
}

}  // namespace

namespace {

// What the HSS does by itself.
AuditedLive::Deed own_deed(const char* action) {
  static const Caller self = [] {
    Caller own = offline_caller();
    own.pid = 0;
    own.offline = false;
    return own;
  }();
  return {self, action, "{}"};
}

}  // namespace

Api::Api(hss::Live& live, Options options)
    : live_(live),
      options_(options),
      jobs_(std::make_unique<JobDesk>(options)),
      sync_(std::make_unique<SyncDesk>(
          live, options,
          [this](Batch& batch, const hss::Live::Decide& decide) { return transact_between(batch, decide); })),
      imports_(std::make_unique<ImportDesk>(options)),
      refusals_(std::make_unique<RefusalNotes>()),
      approvals_(std::make_unique<ApprovalDesk>(live, options_)),
      own_live_(std::make_unique<AuditedLive>(live_, own_deed("a roll-over went on"), true)),
      rollover_(std::make_unique<Rollover>(*own_live_, options_)) {}
Api::~Api() = default;

Status Api::begin() { return approvals_->remember(); }

RoleMap& Api::roles() { return approvals_->roles(); }

void Api::on_time() {
  const std::lock_guard lock(changing_);
  AuditedLive live(live_, own_deed("an import was given up"), true);
  if (!imports_->busy(live)) rollover_->on_time();
}

void Api::end_import() {
  const std::lock_guard lock(changing_);
  AuditedLive live(live_, own_deed("an import was cut short"), true);
  (void)imports_->abort(live);
}

bool Api::work() {
  std::unique_lock lock(changing_);
  // The lock alone would hand one group's turn to the next.
  constexpr std::chrono::milliseconds longest_wait{50};
  (void)turn_.wait_for(lock, longest_wait, [this] { return waiting_ == 0; });
  const std::map<std::string, std::string> no_query;
  // A row needs no more than the operator's role: job_ops.cpp.
  AuditedLive live(live_, own_deed("a job went on"));
  const auto pause = jobs_->step({live,
                                  live.caller(),
                                  options_,
                                  *imports_,
                                  *approvals_,
                                  *jobs_,
                                  *sync_,
                                  *rollover_,
                                  {},
                                  no_query,
                                  {},
                                  {}});
  lock.unlock();
  // As long for the peers as for the job.
  if (pause) std::this_thread::sleep_for(*pause);
  return pause.has_value();
}

// The sync's changes, one group at a time between everybody else's.
Status Api::transact_between(Batch& batch, const hss::Live::Decide& decide) {
  std::unique_lock lock(changing_);
  constexpr std::chrono::milliseconds longest_wait{50}, longest_import{5'000};
  (void)turn_.wait_for(lock, longest_wait, [this] { return waiting_ == 0; });
  if (!turn_.wait_for(lock, longest_import, [this] { return !imports_->busy(live_); }))
    return error(Errc::unavailable, "an import is under way");
  AuditedLive live(live_, own_deed("the sync went on"));
  Status done = batch.transact(live, decide);
  lock.unlock();
  if (live_.running()) std::this_thread::sleep_for(batch.took());
  return done;
}

void Api::sync() { sync_->on_time(); }
void Api::stop_sync() { sync_->stop(); }

void Api::wait_for_work(std::chrono::milliseconds longest) {
  std::unique_lock lock(resting_);
  (void)woken_.wait_for(lock, longest, [this] { return wake_; });
  wake_ = false;
}

void Api::wake() {
  {
    const std::lock_guard lock(resting_);
    wake_ = true;
  }
  woken_.notify_one();
}

Response Api::handle(Request& request, const Caller& caller) {
  Response response = dispatch(request, caller);
  erase(request.body);
  return response;
}

Response Api::forbid(const Caller& caller, Role needed, const Request& request, std::string_view pattern) {
  const std::string what = request.method + " " + std::string(pattern);
  const std::string message =
      caller.str() + " is not " + std::string(name(needed)) + ", and " + what + " wants that";
  if (const auto unsaid = refusals_->note(caller.uid, what, live_.now())) {
    const std::string detail =
        message + (*unsaid == 0 ? "" : "; " + std::to_string(*unsaid) + " more were not noted");
    const AuditedLive log(live_, {caller, what, "{}"});
    (void)live_.transact([&](store::Store&) -> Result<store::Changes> {
      return store::Changes{audit(live_, "access-refused", {}, detail),
                            store::AppendAudit{log.entry("refused")}};
    });
  }
  return {403, dump(Json{{"error", {{"code", "forbidden"}, {"message", message}, {"role", name(needed)}}}})};
}

Response Api::dispatch(Request& request, const Caller& caller) {
  Found found = find_route(request.method, request.path);
  if (found.route == nullptr) {
    return found.path_known
               ? failure(405, "invalid_argument", "this resource does not take " + request.method)
               : failure(404, "not_found", "no such resource");
  }
  const Route& route = *found.route;
  if (!caller.roles.has(route.role)) return forbid(caller, route.role, request, route.pattern);
  const Access access = route.access;
  if (request.body.size() > (access == Access::importing ? max_chunk : max_json_body)) {
    return failure(413, "invalid_argument", "the request is too large");
  }
  Json body = Json::object();
  if (access != Access::importing && !request.body.empty()) {
    body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) return failure(400, "invalid_argument", "the body is not a JSON object");
  }
  AuditedLive live(
      live_,
      {caller, request.method + " " + request.path,
       access == Access::importing ? dump(Json{{"octets", request.body.size()}}) : without_keys(body)},
      access == Access::importing);
  hss::Live& used = access == Access::read ? live_ : static_cast<hss::Live&>(live);
  Call call{used,          caller,          options_,
            *imports_,     *approvals_,     *jobs_,
            *sync_,        *rollover_,      std::move(found.arguments),
            request.query, std::move(body), request.body};
  const Response response = perform(route, call, request);
  erase(call.body);
  return response;
}

Response Api::perform(const Route& route, Call& call, const Request& request) {
  const Role more = route.role_of == nullptr ? route.role : route.role_of(call);
  if (!call.caller.roles.has(more)) return forbid(call.caller, more, request, route.pattern);
  std::unique_lock lock(changing_, std::defer_lock);
  if (route.access != Access::read) {
    ++waiting_;
    lock.lock();
    --waiting_;
  }
  if (route.access == Access::change && imports_->busy(live_)) {
    return failure(409, "refused", "an import is under way; changes must wait until it is finished");
  }
  if (route.two_person != nullptr && route.two_person(call)) {
    const auto enforced = approvals_->enforced();
    if (!enforced) return failure(enforced.error());
    if (*enforced) {
      const Result<Json> kept = approvals_->keep(call, request);
      return kept ? Response{202, dump(*kept)} : failure(kept.error());
    }
  }
  const Result<Json> result = route.handler(call);
  if (lock.owns_lock()) {
    lock.unlock();
    turn_.notify_one();
    wake();
  }
  return result ? Response{200, dump(*result)} : failure(result.error());
}

Result<std::size_t> page_limit(const Call& call) {
  const auto it = call.query.find("limit");
  if (it == call.query.end()) return std::size_t{100};
  if (it->second.empty() || it->second.size() > 6 || !all_digits(it->second)) {
    return error(Errc::invalid_argument, "'limit' is not a number");
  }
  return std::clamp<std::size_t>(std::stoul(it->second), 1, max_page);
}

std::string page_after(const Call& call) {
  const auto it = call.query.find("after");
  return it == call.query.end() ? std::string() : it->second;
}

Json page(Json items, std::string next) { return {{"items", std::move(items)}, {"next", std::move(next)}}; }

store::Change audit(const hss::Live& live, std::string_view kind, const std::optional<Imsi>& imsi,
                    std::string detail) {
  store::Event event;
  event.at = live.now();
  event.kind = kind;
  if (imsi) event.imsi = imsi->str();
  event.detail = std::move(detail);
  return store::AddEvent{std::move(event)};
}

}  // namespace simbiont::admin

#include "admin/api.h"

#include <algorithm>
#include <array>

#include "admin/imports.h"
#include "admin/route.h"

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

// The parts of the path at each {} of the pattern; false when they differ elsewhere.
bool match(std::string_view pattern, std::string_view path, std::vector<std::string>& arguments) {
  arguments.clear();
  while (!pattern.empty() || !path.empty()) {
    if (pattern.empty() || path.empty() || path.front() != '/') return false;
    const auto pattern_end = std::min(pattern.find('/', 1), pattern.size());
    const auto path_end = std::min(path.find('/', 1), path.size());
    if (pattern.substr(0, pattern_end) == "/{}") {
      if (path_end == 1) return false;
      arguments.emplace_back(path.substr(1, path_end - 1));
    } else if (pattern.substr(0, pattern_end) != path.substr(0, path_end)) {
      return false;
    }
    pattern.remove_prefix(pattern_end);
    path.remove_prefix(path_end);
  }
  return true;
}

struct Found {
  const Route* route = nullptr;
  bool path_known = false;
  std::vector<std::string> arguments;
};

Found find_route(const Request& request) {
  Found found;
  for (const auto& routes : {subscriber_routes(), kme_routes(), device_routes(), binding_routes(),
                             event_routes(), import_routes(), backup_routes()}) {
    for (const Route& route : routes) {
      if (!match(route.pattern, request.path, found.arguments)) continue;
      found.path_known = true;
      if (route.method != request.method) continue;
      found.route = &route;
      return found;
    }
  }
  return found;
}

}  // namespace

Api::Api(hss::Live& live, Options options)
    : live_(live), options_(options), imports_(std::make_unique<ImportDesk>(options)) {}
Api::~Api() = default;

void Api::on_time() {
  const std::lock_guard lock(changing_);
  (void)imports_->busy(live_);
}

void Api::end_import() {
  const std::lock_guard lock(changing_);
  (void)imports_->abort(live_);
}

Response Api::handle(Request& request) {
  Response response = dispatch(request);
  erase(request.body);
  return response;
}

Response Api::dispatch(Request& request) {
  Found found = find_route(request);
  if (found.route == nullptr) {
    return found.path_known
               ? failure(405, "invalid_argument", "this resource does not take " + request.method)
               : failure(404, "not_found", "no such resource");
  }
  const Access access = found.route->access;
  if (request.body.size() > (access == Access::importing ? max_chunk : max_json_body)) {
    return failure(413, "invalid_argument", "the request is too large");
  }
  Json body = Json::object();
  if (access != Access::importing && !request.body.empty()) {
    body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) return failure(400, "invalid_argument", "the body is not a JSON object");
  }
  std::unique_lock lock(changing_, std::defer_lock);
  if (access != Access::read) lock.lock();
  if (access == Access::change && imports_->busy(live_)) {
    return failure(409, "refused", "an import is under way; changes must wait until it is finished");
  }
  Call call{live_,         options_,        *imports_,   std::move(found.arguments),
            request.query, std::move(body), request.body};
  const Result<Json> result = found.route->handler(call);
  erase(call.body);
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

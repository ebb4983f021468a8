// /v1/backup, /v1/restore
#include <array>

#include "admin/route.h"

namespace simbiont::admin {
namespace {

Result<std::string> directory(const Json& body) {
  if (auto known = only_fields(body, {"directory"}); !known) return known.error();
  auto path = required_text(body, "directory");
  // A running HSS has another working directory than the operator's shell.
  if (path && path->front() != '/')
    return error(Errc::invalid_argument, "'directory' is not an absolute path");
  return path;
}

Result<Json> backup(Call& call) {
  const auto path = directory(call.body);
  if (!path) return path.error();
  if (auto done = call.live.backup(*path); !done) return done.error();
  return Json{{"directory", *path}};
}

Result<Json> restore(Call& call) {
  const auto path = directory(call.body);
  if (!path) return path.error();
  const std::string db = *path + "/" + std::string(hss::backup_db_name);
  const std::string key = *path + "/" + std::string(hss::backup_key_name);
  const auto hosts = call.live.restore(db, key, call.options.vector_life_ms);
  if (!hosts) return hosts.error();
  const Status noted = call.live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{audit(call.live, "restored", {}, *path)};
  });
  if (!noted) return noted.error();
  return Json{{"directory", *path}, {"clr_to", *hosts}};
}

constexpr std::array<Route, 2> routes{
    {{"POST", "/v1/backup", Access::change, backup}, {"POST", "/v1/restore", Access::change, restore}}};

}  // namespace

std::span<const Route> backup_routes() { return routes; }

}  // namespace simbiont::admin

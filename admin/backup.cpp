// /v1/backup, /v1/restore, /v1/reset
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

// RSR to every node that holds registrations, as after a loss of data. Who registers meanwhile knows better.
Result<Json> reset(Call& call) {
  if (auto known = only_fields(call.body, {}); !known) return known.error();
  const auto nodes = call.live.store().serving_nodes();
  if (!nodes) return nodes.error();
  if (nodes->empty()) return error(Errc::refused, "no node holds a registration");
  Json hosts = Json::array();
  for (const auto& node : *nodes) hosts.push_back(node.host);
  const Status done = call.live.transact([&](store::Store&) -> Result<store::Changes> {
    store::Changes changes;
    for (const auto& node : *nodes) {
      store::OwedUpdate rsr;
      rsr.kind = store::UpdateKind::reset;
      rsr.host = node.host;
      rsr.realm = node.realm;
      rsr.since = call.live.now();
      changes.push_back(store::OweUpdate{rsr});
    }
    changes.push_back(audit(call.live, "reset", {}, std::to_string(nodes->size()) + " nodes"));
    return changes;
  });
  if (!done) return done.error();
  return Json{{"rsr_to", std::move(hosts)}};
}

constexpr std::array<Route, 3> routes{
    {{"POST", "/v1/backup", Access::change, Role::operator_, backup},
     {"POST", "/v1/reset", Access::change, Role::operator_, reset},
     {"POST", "/v1/restore", Access::change, Role::custodian, restore, nullptr, always}}};

}  // namespace

std::span<const Route> backup_routes() { return routes; }

}  // namespace simbiont::admin

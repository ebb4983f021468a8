// /v1/pools: named sets of devices. A change of a pool changes the bindings of its IMSIs in the same
// transaction.
#include <algorithm>
#include <array>

#include "admin/binding_edit.h"
#include "admin/pool_binding.h"
#include "admin/route.h"

namespace simbiont::admin {
namespace {

Json show(const store::Pool& pool) {
  Json imeis = Json::array();
  for (const Imei& imei : pool.imeis) imeis.push_back(imei.str());
  return {{"name", pool.name}, {"devices", pool.imeis.size()}, {"imei", std::move(imeis)}};
}

Result<Json> list(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  const auto pools = call.live.store().pools(page_after(call), *limit);
  if (!pools) return pools.error();
  Json items = Json::array();
  for (const auto& pool : *pools) items.push_back(show(pool));
  return page(std::move(items), pools->size() == *limit ? pools->back().name : "");
}

Result<Json> get(Call& call) {
  const auto pool = find_pool(call.live.store(), call.arguments[0]);
  if (!pool) return pool.error();
  const auto users = pool_users(call.live.store(), *pool, 0);
  if (!users) return users.error();
  Json out = show(*pool);
  out["imsis"] = users->size();
  return out;
}

// What a change came to beside the pool itself.
struct Outcome {
  std::optional<store::Pool> pool;
  std::size_t imsis = 0;
  std::vector<std::string> clr_hosts, without_device;
};

// Every IMSI of the pool follows it.
Status follow(store::Store& store, const store::Pool& pool, const std::vector<Imei>& gone, Moment moment,
              store::Changes& changes, Outcome& outcome) {
  const auto users = pool_users(store, pool, 0);
  if (!users) return users.error();
  outcome.imsis = users->size();
  for (const Imsi& imsi : *users) {
    const auto state = store.subscriber(imsi);
    if (!state) return state.error();
    if (!*state) continue;
    binding::Binding after = (*state)->binding;
    leave_pool(after, gone);
    if (after.pool == pool.name) {
      if (auto joins = join_pool(store, after, pool); !joins)
        return error(joins.error().code, "IMSI " + imsi.str() + ": " + joins.error().message);
    }
    if (!binding::issues_plain(after.mode) && after.associations.empty() &&
        !(*state)->binding.associations.empty())
      outcome.without_device.push_back(imsi.str());
    std::vector<std::string> hosts;
    if (auto changed = change_binding(store, **state, after, moment, changes, hosts); !changed)
      return changed;
    outcome.clr_hosts.insert(outcome.clr_hosts.end(), hosts.begin(), hosts.end());
  }
  return {};
}

Result<store::Pool> edited_pool(store::Store& store, const std::string& name, const std::vector<Imei>& added,
                                const std::vector<Imei>& gone) {
  auto known = store.pool(name);
  if (!known) return known.error();
  if (!*known && added.empty()) return error(Errc::not_found, "no pool " + name);
  store::Pool pool = *known ? **std::move(known) : store::Pool{name, {}};
  if (auto edited = edit_pool(pool, added, gone); !edited) return edited.error();
  return pool;
}

Result<Json> change(Call& call, const std::vector<Imei>& added, const std::vector<Imei>& gone) {
  Outcome outcome;
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    outcome = {};
    auto pool = edited_pool(store, call.arguments[0], added, gone);
    if (!pool) return pool.error();
    store::Changes changes{store::PutPool{*pool}};
    const Moment moment{call.live.now(), call.options.vector_life_ms, call.options.clr_on_move};
    if (auto follows = follow(store, *pool, gone, moment, changes, outcome); !follows) return follows.error();
    const std::string detail = pool->name + (added.empty() ? " without " : " with ");
    changes.push_back(audit(call.live, "pool-changed", {}, detail + joined(added.empty() ? gone : added)));
    outcome.pool = *std::move(pool);
    return changes;
  });
  if (!done) return done.error();
  std::vector<std::string>& hosts = outcome.clr_hosts;
  std::sort(hosts.begin(), hosts.end());
  hosts.erase(std::unique(hosts.begin(), hosts.end()), hosts.end());
  Json out = show(*outcome.pool);
  out["imsis"] = outcome.imsis;
  out["clr_to"] = hosts;
  out["no_vectors"] = outcome.without_device;
  return out;
}

Result<std::vector<Imei>> given_imeis(const Call& call) {
  if (auto known = only_fields(call.body, {"imei"}); !known) return known.error();
  auto imeis = parse_imeis(call.body);
  if (imeis && imeis->empty()) return error(Errc::invalid_argument, "'imei' is missing");
  return imeis;
}

Result<Json> add(Call& call) {
  const auto imeis = given_imeis(call);
  if (!imeis) return imeis.error();
  return change(call, *imeis, {});
}

Result<Json> remove(Call& call) {
  const auto imeis = given_imeis(call);
  if (!imeis) return imeis.error();
  return change(call, {}, *imeis);
}

Result<Json> drop(Call& call) {
  const std::string name = call.arguments[0];
  const Status done = call.live.transact([&](store::Store&) -> Result<store::Changes> {
    return store::Changes{store::RemovePool{name}, audit(call.live, "pool-removed", {}, name)};
  });
  if (!done) return done.error();
  return Json{{"name", name}};
}

constexpr std::array<Route, 5> routes{
    {{"GET", "/v1/pools", Access::read, Role::viewer, list},
     {"GET", "/v1/pools/{}", Access::read, Role::viewer, get},
     {"POST", "/v1/pools/{}/add", Access::change, Role::operator_, add},
     {"POST", "/v1/pools/{}/remove", Access::change, Role::operator_, remove},
     {"DELETE", "/v1/pools/{}", Access::change, Role::operator_, drop}}};

}  // namespace

std::span<const Route> pool_routes() { return routes; }

}  // namespace simbiont::admin

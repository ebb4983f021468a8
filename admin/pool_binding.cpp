#include "admin/pool_binding.h"

#include <algorithm>

#include "admin/binding_change.h"

namespace simbiont::admin {
namespace {

bool holds(const std::vector<Imei>& imeis, const Imei& imei) {
  return std::find(imeis.begin(), imeis.end(), imei) != imeis.end();
}

}  // namespace

Result<store::Pool> find_pool(store::Store& store, std::string_view name) {
  auto pool = store.pool(name);
  if (!pool) return pool.error();
  if (!*pool) return error(Errc::not_found, "no pool " + std::string(name.substr(0, 64)));
  return **std::move(pool);
}

Result<std::vector<Imsi>> pool_users(store::Store& store, const store::Pool& pool, std::size_t more) {
  const std::size_t most = pool_change_limit / std::max<std::size_t>(pool.imeis.size(), 1);
  auto users = store.pool_users(pool.name, {}, most + 1);
  if (!users || users->size() + more <= most) return users;
  return error(Errc::refused, "pool " + pool.name + " has " + std::to_string(pool.imeis.size()) +
                                  " devices: at most " + std::to_string(most) + " IMSIs may follow it");
}

Status edit_pool(store::Pool& pool, const std::vector<Imei>& added, const std::vector<Imei>& gone) {
  auto& imeis = pool.imeis;
  for (const Imei& imei : gone) {
    if (std::erase(imeis, imei) == 0)
      return error(Errc::not_found, "IMEI " + imei.str() + " is not in pool " + pool.name);
  }
  imeis.insert(imeis.end(), added.begin(), added.end());
  std::sort(imeis.begin(), imeis.end());
  imeis.erase(std::unique(imeis.begin(), imeis.end()), imeis.end());
  return {};
}

Status join_pool(store::Store& store, binding::Binding& binding, const store::Pool& pool) {
  binding.pool = pool.name;
  for (const Imei& imei : pool.imeis) {
    const std::size_t before = binding.associations.size();
    if (auto status = associate(store, binding, imei); !status) return status;
    if (binding.associations.size() > before) binding.associations.back().pooled = true;
  }
  return {};
}

void leave_pool(binding::Binding& binding, const std::vector<Imei>& gone) {
  std::erase_if(binding.associations,
                [&](const binding::Association& a) { return a.pooled && holds(gone, a.imei); });
  auto& trial = binding.learning.trial;
  if (trial && !binding.learning.pool.empty() && holds(gone, trial->imei)) trial.reset();
}

}  // namespace simbiont::admin

// /v1/bindings/IMSI: policy, learn, relearn, rebind, suspend, resume, acknowledge
#include <algorithm>
#include <array>

#include "admin/binding_edit.h"
#include "admin/dates.h"
#include "admin/fields.h"
#include "admin/pool_binding.h"
#include "admin/route.h"

namespace simbiont::admin {
namespace {

using binding::Binding;
using binding::Move;

Result<Json> set_policy(Call& call) {
  if (auto known = only_fields(call.body, {"policy"}); !known) return known.error();
  const auto name = required_text(call.body, "policy");
  if (!name) return name.error();
  const auto policy = binding::policy(*name);
  if (!policy) return error(Errc::invalid_argument, "policy is not stay or rotate");
  return edit_binding(call, "policy-changed", *name, {}, [&](store::Store&, Binding& binding) -> Status {
    binding.policy = *policy;
    binding.turned.reset();
    return {};
  });
}

Result<std::vector<binding::TacRange>> parse_tacs(const Json& body) {
  const auto given = texts(body, "tac");
  if (!given) return given.error();
  if (given->size() > store::tac_limit) return error(Errc::invalid_argument, "too many TAC ranges");
  std::vector<binding::TacRange> tacs;
  for (const auto& text : *given) {
    const auto range = binding::tac_range(text);
    if (!range) return range.error();
    tacs.push_back(*range);
  }
  return tacs;
}

std::string limits(const binding::Learning& learning) {
  std::string text = learning.pool.empty() ? "" : "pool " + learning.pool;
  for (const auto& range : learning.tacs) text += (text.empty() ? "TAC " : ", TAC ") + binding::text(range);
  return text.empty() ? "any device" : text;
}

Status may_learn_from(store::Store& store, const Binding& binding, const std::string& name) {
  if (name.empty() || binding.learning.pool == name) return {};
  const auto pool = find_pool(store, name);
  if (!pool) return pool.error();
  const auto users = pool_users(store, *pool, 1);
  return users ? Status() : Status(users.error());
}

Result<Json> learn(Call& call) {
  if (auto known = only_fields(call.body, {"tac", "pool"}); !known) return known.error();
  auto tacs = parse_tacs(call.body);
  if (!tacs) return tacs.error();
  const auto pool = text(call.body, "pool");
  if (!pool) return pool.error();
  const binding::Learning learning{*std::move(tacs), *pool, {}, 0};
  return edit_binding(call, "learning", limits(learning), Move::arm,
                      [&](store::Store& store, Binding& binding) -> Status {
                        if (auto allowed = may_learn_from(store, binding, *pool); !allowed) return allowed;
                        begin_learning(binding);
                        binding.learning = learning;
                        binding.mode = binding::Mode::learn;
                        return {};
                      });
}

// RESET: the limits stay.
Result<Json> relearn(Call& call) {
  if (auto known = only_fields(call.body, {}); !known) return known.error();
  return edit_binding(call, "learning", "again", Move::arm, [&](store::Store&, Binding& binding) -> Status {
    begin_learning(binding);
    binding.mode = binding::Mode::learn;
    return {};
  });
}

// The new device at once, the old one for the window.
Status swap(store::Store& store, Binding& binding, const Imei& old, const Imei& fresh, UnixMs until) {
  auto& list = binding.associations;
  const auto at = std::find_if(list.begin(), list.end(), [&](const auto& a) { return a.imei == old; });
  if (at == list.end())
    return error(Errc::not_found, "IMEI " + old.str() + " is not associated with this IMSI");
  if (at->pooled && !binding.pool.empty())
    return error(Errc::refused, "IMEI " + old.str() + " comes with pool " + binding.pool);
  if (until == 0) {
    list.erase(at);
  } else {
    at->until = until;
    at->warned = false;
  }
  return associate(store, binding, fresh);
}

Result<Json> rebind(Call& call) {
  if (auto known = only_fields(call.body, {"old", "new", "overlap"}); !known) return known.error();
  const auto old_text = required_text(call.body, "old"), new_text = required_text(call.body, "new");
  if (!old_text) return old_text.error();
  if (!new_text) return new_text.error();
  const auto old = Imei::parse(*old_text), fresh = Imei::parse(*new_text);
  if (!old) return old.error();
  if (!fresh) return fresh.error();
  if (*old == *fresh) return error(Errc::invalid_argument, "the two IMEIs are one device");
  const auto given = text(call.body, "overlap");
  if (!given) return given.error();
  const auto overlap = parse_span(given->empty() ? "0" : *given);
  if (!overlap) return overlap.error();
  const UnixMs until = *overlap == 0 ? 0 : call.live.now() + *overlap;
  return edit_binding(call, "rebound", "from " + old->str() + " to " + fresh->str(), {},
                      [&](store::Store& store, Binding& binding) -> Status {
                        return swap(store, binding, *old, *fresh, until);
                      });
}

Result<Json> suspend(Call& call) {
  if (auto known = only_fields(call.body, {}); !known) return known.error();
  const UnixMs now = call.live.now();
  return edit_binding(call, "suspended", "", Move::suspend, [&](store::Store&, Binding& binding) -> Status {
    if (binding.suspended_at != 0) return error(Errc::refused, "it is SUSPENDED already");
    binding.suspended_at = now;
    return {};
  });
}

Result<Json> resume(Call& call) {
  if (auto known = only_fields(call.body, {}); !known) return known.error();
  return edit_binding(call, "resumed", "", Move::resume, [&](store::Store&, Binding& binding) -> Status {
    if (binding.suspended_at == 0) return error(Errc::refused, "it is not SUSPENDED");
    binding.suspended_at = 0;
    return {};
  });
}

Result<Json> acknowledge(Call& call) {
  if (auto known = only_fields(call.body, {}); !known) return known.error();
  return edit_binding(call, "acknowledged", "", Move::acknowledge,
                      [&](store::Store&, Binding& binding) -> Status {
                        if (binding.violated_at == 0) return error(Errc::refused, "it is not VIOLATED");
                        binding.violated_at = 0;
                        return {};
                      });
}

constexpr std::array<Route, 7> routes{
    {{"PUT", "/v1/bindings/{}/policy", Access::change, Role::operator_, set_policy},
     {"POST", "/v1/bindings/{}/learn", Access::change, Role::operator_, learn},
     {"POST", "/v1/bindings/{}/relearn", Access::change, Role::operator_, relearn},
     {"POST", "/v1/bindings/{}/rebind", Access::change, Role::operator_, rebind},
     {"POST", "/v1/bindings/{}/suspend", Access::change, Role::operator_, suspend},
     {"POST", "/v1/bindings/{}/resume", Access::change, Role::operator_, resume},
     {"POST", "/v1/bindings/{}/acknowledge", Access::change, Role::operator_, acknowledge}}};

}  // namespace

std::span<const Route> life_cycle_routes() { return routes; }

}  // namespace simbiont::admin

// /v1/bindings
#include <algorithm>
#include <array>

#include "admin/binding_change.h"
#include "admin/binding_edit.h"
#include "admin/dates.h"
#include "admin/fields.h"
#include "admin/pool_binding.h"
#include "admin/route.h"
#include "diameter/s6a.h"

namespace simbiont::admin {
namespace {

Result<Json> get(Call& call) {
  const auto state = find_subscriber(call.live.store(), call.arguments[0]);
  if (!state) return state.error();
  Json rows = Json::array();
  append_rows(state->subscriber.imsi, state->binding, rows);
  return page(std::move(rows), "");
}

Result<Json> list(Call& call) {
  const auto limit = page_limit(call);
  if (!limit) return limit.error();
  std::optional<Imsi> after;
  if (const std::string key = page_after(call); !key.empty()) {
    const auto imsi = Imsi::parse(key);
    if (!imsi) return imsi.error();
    after = *imsi;
  }
  const auto bindings = call.live.store().bindings(after, *limit);
  if (!bindings) return bindings.error();
  Json rows = Json::array();
  for (const auto& [imsi, binding] : *bindings) append_rows(imsi, binding, rows);
  return page(std::move(rows), bindings->size() == *limit ? bindings->back().first.str() : "");
}

}  // namespace

Result<std::vector<Imei>> parse_imeis(const Json& body) {
  const auto given = texts(body, "imei");
  if (!given) return given.error();
  if (given->size() > store::association_limit) return error(Errc::invalid_argument, "too many IMEIs");
  std::vector<Imei> imeis;
  for (const auto& digits : *given) {
    const auto imei = Imei::parse(digits);
    if (!imei)
      return error(imei.error().code, (digits.size() <= 16 ? digits + ": " : "") + imei.error().message);
    imeis.push_back(*imei);
  }
  return imeis;
}

std::string joined(const std::vector<Imei>& imeis) {
  std::string text;
  for (const Imei& imei : imeis) text += (text.empty() ? "" : " ") + imei.str();
  return text;
}

Result<binding::Mode> parse_bound_mode(std::string_view name) {
  const auto mode = parse_mode(name);
  if (!mode || *mode != binding::Mode::learn) return mode;
  return error(Errc::invalid_argument, "mode learn finds the device itself: `learn IMSI`");
}

binding::Move move_to(binding::Mode mode) {
  switch (mode) {
    case binding::Mode::off:
      return binding::Move::free;
    case binding::Mode::observe:
      return binding::Move::watch;
    case binding::Mode::learn:
      return binding::Move::arm;
    case binding::Mode::enforce:
      break;
  }
  return binding::Move::lock;
}

namespace {

// none: not given.
Result<std::optional<UnixMs>> given_until(const Call& call) {
  const auto given = text(call.body, "until");
  if (!given) return given.error();
  if (given->empty()) return std::optional<UnixMs>();
  const auto until = parse_until(*given, call.live.now());
  if (!until) return until.error();
  return std::optional(*until);
}

Status associate_until(store::Store& store, binding::Binding& binding, const Imei& imei,
                       std::optional<UnixMs> until) {
  if (auto status = associate(store, binding, imei); !status || !until) return status;
  for (binding::Association& association : binding.associations) {
    if (association.imei != imei) continue;
    association.until = *until;
    association.warned = false;
  }
  return {};
}

Status bind_pool(store::Store& store, binding::Binding& binding, const std::string& name) {
  if (name.empty() || binding.pool == name) return {};
  if (!binding.pool.empty())
    return error(Errc::refused, "it is bound to pool " + binding.pool + ": unbind it");
  const auto pool = find_pool(store, name);
  if (!pool) return pool.error();
  if (auto users = pool_users(store, *pool, 1); !users) return users.error();
  return join_pool(store, binding, *pool);
}

Result<Json> bind(Call& call) {
  if (auto known = only_fields(call.body, {"imei", "mode", "until", "pool"}); !known) return known.error();
  const auto imeis = parse_imeis(call.body);
  if (!imeis) return imeis.error();
  const auto pool = text(call.body, "pool");
  if (!pool) return pool.error();
  if (imeis->empty() && pool->empty()) return error(Errc::invalid_argument, "'imei' is missing");
  const auto until = given_until(call);
  if (!until) return until.error();
  const auto name = text(call.body, "mode");
  if (!name) return name.error();
  const auto mode = parse_bound_mode(*name);
  if (!mode) return mode.error();
  const std::string from = pool->empty() ? "" : (imeis->empty() ? "pool " : " and pool ") + *pool;
  const std::string detail = joined(*imeis) + from + ", mode " + std::string(binding::name(*mode));
  return edit_binding(call, "bound", detail, move_to(*mode),
                      [&](store::Store& store, binding::Binding& binding) -> Status {
                        for (const Imei& imei : *imeis) {
                          if (auto status = associate_until(store, binding, imei, *until); !status)
                            return status;
                        }
                        if (auto joins = bind_pool(store, binding, *pool); !joins) return joins;
                        binding.mode = *mode;
                        return {};
                      });
}

Result<Json> unbind(Call& call) {
  if (auto known = only_fields(call.body, {"imei"}); !known) return known.error();
  const auto imeis = parse_imeis(call.body);
  if (!imeis) return imeis.error();
  const std::string detail = imeis->empty() ? "every device" : joined(*imeis);
  return edit_binding(call, "unbound", detail, {}, [&](store::Store&, binding::Binding& binding) -> Status {
    auto& list = binding.associations;
    if (imeis->empty()) list.clear();
    if (imeis->empty()) binding.pool.clear();
    for (const Imei& imei : *imeis) {
      const auto it = std::find_if(list.begin(), list.end(), [&](const auto& a) { return a.imei == imei; });
      if (it == list.end())
        return error(Errc::not_found, "IMEI " + imei.str() + " is not associated with this IMSI");
      if (it->pooled && !binding.pool.empty())
        return error(Errc::refused, "IMEI " + imei.str() + " comes with pool " + binding.pool +
                                        ": change the pool, or unbind all");
      list.erase(it);
    }
    return {};
  });
}

Result<Json> set_mode(Call& call) {
  if (auto known = only_fields(call.body, {"mode"}); !known) return known.error();
  const auto name = required_text(call.body, "mode");
  if (!name) return name.error();
  const auto mode = parse_mode(*name);
  if (!mode) return mode.error();
  const auto edit = [&](store::Store&, binding::Binding& binding) -> Status {
    if (*mode == binding::Mode::learn) begin_learning(binding);
    binding.mode = *mode;
    return {};
  };
  return edit_binding(call, "mode-changed", *name, move_to(*mode), edit);
}

Result<Json> use(Call& call) {
  if (auto known = only_fields(call.body, {"imei"}); !known) return known.error();
  const auto digits = required_text(call.body, "imei");
  if (!digits) return digits.error();
  const auto imei = Imei::parse(*digits);
  if (!imei) return imei.error();
  binding::Binding after;
  std::vector<std::string> hosts;
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    const auto state = find_subscriber(store, call.arguments[0]);
    if (!state) return state.error();
    after = state->binding;
    const auto& list = after.associations;
    if (std::none_of(list.begin(), list.end(), [&](const auto& a) { return a.imei == *imei; })) {
      return error(Errc::refused, "IMEI " + imei->str() + " is not associated with this IMSI: bind it first");
    }
    after.reported = binding::Hint{*imei, call.live.now()};
    const Imsi imsi = state->subscriber.imsi;
    store::Changes changes{store::SetReported{imsi, *after.reported}};
    if (strands_triplets(state->subscriber, state->binding, after)) {
      hosts.clear();
      constexpr std::uint32_t flags =
          diameter::clr_flag::s6a_indicator | diameter::clr_flag::reattach_required;
      const Moment moment{call.live.now(), call.options.vector_life_ms, call.options.clr_on_move};
      if (auto owed = owe_clrs(store, *state, Held::any, flags, moment, changes, hosts); !owed)
        return owed.error();
      end_registrations(*state, changes);
    }
    changes.push_back(audit(call.live, "device-selected", imsi, imei->str()));
    return changes;
  });
  if (!done) return done.error();
  Json rows = Json::array();
  append_rows(*Imsi::parse(call.arguments[0]), after, rows);
  return Json{{"items", std::move(rows)}, {"clr_to", hosts}, {"no_vectors", false}};
}

constexpr std::array<Route, 6> routes{
    {{"GET", "/v1/bindings", Access::read, Role::viewer, list},
     {"GET", "/v1/bindings/{}", Access::read, Role::viewer, get},
     {"POST", "/v1/bindings/{}/bind", Access::change, Role::operator_, bind},
     {"POST", "/v1/bindings/{}/unbind", Access::change, Role::operator_, unbind},
     {"PUT", "/v1/bindings/{}/mode", Access::change, Role::operator_, set_mode},
     {"PUT", "/v1/bindings/{}/use", Access::change, Role::operator_, use}}};

}  // namespace

std::span<const Route> binding_routes() { return routes; }

}  // namespace simbiont::admin

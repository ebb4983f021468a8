// /v1/bindings
#include <algorithm>
#include <array>

#include "admin/binding_change.h"
#include "admin/fields.h"
#include "admin/route.h"
#include "diameter/s6a.h"

namespace simbiont::admin {
namespace {

// One row an association; one without an IMEI for an IMSI that has none.
void append_rows(const Imsi& imsi, const binding::Binding& binding, Json& rows) {
  const auto* selected = binding::select_association(binding);
  for (const auto& a : binding.associations) {
    rows.push_back({{"imsi", imsi.str()},
                    {"imei", a.imei.str()},
                    {"mode", binding::name(binding.mode)},
                    {"kme", a.kme},
                    {"epoch", a.epoch},
                    {"selected", &a == selected},
                    {"reported", binding.reported && binding.reported->imei == a.imei}});
  }
  if (!binding.associations.empty()) return;
  rows.push_back({{"imsi", imsi.str()},
                  {"imei", ""},
                  {"mode", binding::name(binding.mode)},
                  {"kme", ""},
                  {"epoch", nullptr},
                  {"selected", false},
                  {"reported", false}});
}

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

// What a change came to: the rows of `get`, and what the operator must know beside them.
struct Outcome {
  std::optional<binding::Binding> binding;
  std::vector<std::string> clr_hosts;
};

using Edit = std::function<Status(store::Store&, binding::Binding&)>;

Result<Json> edit_binding(Call& call, std::string_view kind, const std::string& detail, const Edit& edit) {
  Outcome outcome;
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    outcome = {};
    const auto before = find_subscriber(store, call.arguments[0]);
    if (!before) return before.error();
    binding::Binding after = before->binding;
    if (auto edited = edit(store, after); !edited) return edited.error();
    store::Changes changes;
    const Moment moment{call.live.now(), call.options.vector_life_ms};
    if (auto changed = change_binding(store, *before, after, moment, changes, outcome.clr_hosts); !changed) {
      return changed.error();
    }
    changes.push_back(audit(call.live, kind, before->subscriber.imsi, detail));
    outcome.binding = std::move(after);
    return changes;
  });
  if (!done) return done.error();
  Json rows = Json::array();
  append_rows(*Imsi::parse(call.arguments[0]), *outcome.binding, rows);
  const bool stranded =
      !binding::issues_plain(outcome.binding->mode) && outcome.binding->associations.empty();
  return Json{{"items", std::move(rows)}, {"clr_to", outcome.clr_hosts}, {"no_vectors", stranded}};
}

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

Result<Json> bind(Call& call) {
  if (auto known = only_fields(call.body, {"imei", "mode"}); !known) return known.error();
  const auto imeis = parse_imeis(call.body);
  if (!imeis) return imeis.error();
  if (imeis->empty()) return error(Errc::invalid_argument, "'imei' is missing");
  const auto name = text(call.body, "mode");
  if (!name) return name.error();
  const auto mode = parse_mode(*name);
  if (!mode) return mode.error();
  const std::string detail = joined(*imeis) + ", mode " + std::string(binding::name(*mode));
  return edit_binding(call, "bound", detail, [&](store::Store& store, binding::Binding& binding) -> Status {
    for (const Imei& imei : *imeis) {
      if (auto status = associate(store, binding, imei); !status) return status;
    }
    binding.mode = *mode;
    return {};
  });
}

Result<Json> unbind(Call& call) {
  if (auto known = only_fields(call.body, {"imei"}); !known) return known.error();
  const auto imeis = parse_imeis(call.body);
  if (!imeis) return imeis.error();
  const std::string detail = imeis->empty() ? "every device" : joined(*imeis);
  return edit_binding(call, "unbound", detail, [&](store::Store&, binding::Binding& binding) -> Status {
    auto& list = binding.associations;
    if (imeis->empty()) list.clear();
    for (const Imei& imei : *imeis) {
      const auto it = std::find_if(list.begin(), list.end(), [&](const auto& a) { return a.imei == imei; });
      if (it == list.end())
        return error(Errc::not_found, "IMEI " + imei.str() + " is not associated with this IMSI");
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
  return edit_binding(call, "mode-changed", *name, [&](store::Store&, binding::Binding& binding) -> Status {
    binding.mode = *mode;
    return {};
  });
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
      const Moment moment{call.live.now(), call.options.vector_life_ms};
      if (auto owed = owe_clrs(store, *state, Held::any, flags, moment, changes, hosts); !owed)
        return owed.error();
      if (const auto& at = state->registration) changes.push_back(store::RemoveRegistration{imsi, at->host});
    }
    changes.push_back(audit(call.live, "device-selected", imsi, imei->str()));
    return changes;
  });
  if (!done) return done.error();
  Json rows = Json::array();
  append_rows(*Imsi::parse(call.arguments[0]), after, rows);
  return Json{{"items", std::move(rows)}, {"clr_to", hosts}, {"no_vectors", false}};
}

constexpr std::array<Route, 6> routes{{{"GET", "/v1/bindings", Access::read, list},
                                       {"GET", "/v1/bindings/{}", Access::read, get},
                                       {"POST", "/v1/bindings/{}/bind", Access::change, bind},
                                       {"POST", "/v1/bindings/{}/unbind", Access::change, unbind},
                                       {"PUT", "/v1/bindings/{}/mode", Access::change, set_mode},
                                       {"PUT", "/v1/bindings/{}/use", Access::change, use}}};

}  // namespace

std::span<const Route> binding_routes() { return routes; }

}  // namespace simbiont::admin

#include "admin/binding_edit.h"

#include <algorithm>

#include "admin/fields.h"

namespace simbiont::admin {
namespace {

// What a change came to, and what the operator must know beside it.
struct Outcome {
  std::optional<binding::Binding> binding;
  std::vector<std::string> clr_hosts, held_by;
};

// As change_binding() left it.
binding::Binding new_binding(const store::Changes& changes) {
  return std::get<store::PutBinding>(changes.back()).binding;
}

Status note_holders(store::Store& store, const store::SubscriberState& state, Moment moment,
                    std::vector<std::string>& hosts) {
  const auto nodes = store.vector_nodes(state.subscriber.imsi);
  if (!nodes) return nodes.error();
  const UnixMs dead_before = store::vectors_dead_before(moment.now, moment.vector_life_ms);
  for (const auto& node : *nodes) {
    if (store::may_hold(std::max(node.plain_at, node.bound_at), dead_before)) hosts.push_back(node.host);
  }
  return {};
}

}  // namespace

// One row an association; one without an IMEI for an IMSI that has none.
void append_rows(const Imsi& imsi, const binding::Binding& binding, Json& rows) {
  const auto* selected = binding::select_association(binding);
  for (const auto& a : binding.associations) {
    rows.push_back({{"imsi", imsi.str()},
                    {"imei", a.imei.str()},
                    {"mode", binding::name(binding.mode)},
                    {"state", binding::name(binding::state_of(binding))},
                    {"kme", a.kme},
                    {"epoch", a.epoch},
                    {"pending", !a.confirmed},
                    {"selected", &a == selected},
                    {"reported", binding.reported && binding.reported->imei == a.imei},
                    {"until", a.until == 0 ? Json("") : time(a.until)},
                    {"pool", a.pooled ? (binding.pool.empty() ? binding.learning.pool : binding.pool) : ""}});
  }
  if (!binding.associations.empty()) return;
  rows.push_back({{"imsi", imsi.str()},
                  {"imei", ""},
                  {"mode", binding::name(binding.mode)},
                  {"state", binding::name(binding::state_of(binding))},
                  {"kme", ""},
                  {"epoch", nullptr},
                  {"pending", false},
                  {"selected", false},
                  {"reported", false},
                  {"until", ""},
                  {"pool", ""}});
}

Result<Json> edit_binding(Call& call, std::string_view kind, const std::string& detail,
                          std::optional<binding::Move> move, const Edit& edit) {
  Outcome outcome;
  const Status done = call.live.transact([&](store::Store& store) -> Result<store::Changes> {
    outcome = {};
    const auto before = find_subscriber(store, call.arguments[0]);
    if (!before) return before.error();
    binding::Binding after = before->binding;
    if (auto edited = edit(store, after); !edited) return edited.error();
    if (move) {
      if (auto moved = binding::check_move(before->binding, after, *move); !moved) return moved.error();
    }
    store::Changes changes;
    const Moment moment{call.live.now(), call.options.vector_life_ms, call.options.clr_on_move};
    if (auto noted = note_holders(store, *before, moment, outcome.held_by); !noted) return noted.error();
    if (auto changed = change_binding(store, *before, std::move(after), moment, changes, outcome.clr_hosts);
        !changed) {
      return changed.error();
    }
    outcome.binding = new_binding(changes);
    changes.push_back(audit(call.live, kind, before->subscriber.imsi, detail));
    return changes;
  });
  if (!done) return done.error();
  Json rows = Json::array();
  append_rows(*Imsi::parse(call.arguments[0]), *outcome.binding, rows);
  const bool stranded =
      !binding::issues_plain(outcome.binding->mode) && !binding::select_association(*outcome.binding);
  return Json{{"items", std::move(rows)},
              {"clr_to", outcome.clr_hosts},
              {"held_by", outcome.held_by},
              {"no_vectors", stranded}};
}

void begin_learning(binding::Binding& binding) {
  binding.associations.clear();
  binding.pool.clear();
  binding.learning.trial.reset();
  binding.learning.rest_until = 0;
}

}  // namespace simbiont::admin

// How handlers change the binding of one IMSI and show what came of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/binding_change.h"
#include "admin/route.h"
#include "binding/life_cycle.h"

namespace simbiont::admin {

// One row an association; one without an IMEI for an IMSI that has none.
void append_rows(const Imsi& imsi, const binding::Binding& binding, Json& rows);

using Edit = std::function<Status(store::Store&, binding::Binding&)>;

// Edits the binding of the IMSI in the path by the rules of change_binding, with the event `kind` of what
// `detail` says. move: what the edit does to the state; refused when the table of moves has not got it; none:
// it leaves the state. Answers the rows, the nodes that are owed a CLR (clr_to), those that may hold vectors
// made before (held_by), and whether the IMSI gets no vectors.
Result<Json> edit_binding(Call& call, std::string_view kind, const std::string& detail,
                          std::optional<binding::Move> move, const Edit& edit);

// The IMEIs of the field "imei".
Result<std::vector<Imei>> parse_imeis(const Json& body);
std::string joined(const std::vector<Imei>& imeis);
// A mode that an IMSI is bound in; empty: enforce.
Result<binding::Mode> parse_bound_mode(std::string_view name);
binding::Move move_to(binding::Mode mode);

// From its beginning, without a device; the limits stay.
void begin_learning(binding::Binding& binding);

}  // namespace simbiont::admin

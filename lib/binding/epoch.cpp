#include <algorithm>
#include <array>
#include <utility>

#include "binding/kme.h"

namespace simbiont::binding {
namespace {

constexpr std::array<std::pair<EpochState, std::string_view>, 5> state_names{{
    {EpochState::staged, "STAGED"},
    {EpochState::active, "ACTIVE"},
    {EpochState::retiring, "RETIRING"},
    {EpochState::retired, "RETIRED"},
    {EpochState::revoked, "REVOKED"},
}};

constexpr std::array<std::pair<EpochEvent, std::string_view>, 4> event_names{{
    {EpochEvent::activate, "activate"},
    {EpochEvent::supersede, "supersede"},
    {EpochEvent::retire, "retire"},
    {EpochEvent::revoke, "revoke"},
}};

struct Transition {
  EpochState from;
  EpochEvent event;
  EpochState to;
};

// Whatever is not here is refused.
constexpr std::array<Transition, 7> transitions{{
    {EpochState::staged, EpochEvent::activate, EpochState::active},
    {EpochState::active, EpochEvent::supersede, EpochState::retiring},
    {EpochState::retiring, EpochEvent::retire, EpochState::retired},
    {EpochState::staged, EpochEvent::revoke, EpochState::revoked},
    {EpochState::active, EpochEvent::revoke, EpochState::revoked},
    {EpochState::retiring, EpochEvent::revoke, EpochState::revoked},
    {EpochState::retired, EpochEvent::revoke, EpochState::revoked},
}};

std::string_view name(EpochEvent event) {
  for (const auto& [value, text] : event_names) {
    if (value == event) return text;
  }
  return "?";
}

}  // namespace

std::string_view name(EpochState state) {
  for (const auto& [value, text] : state_names) {
    if (value == state) return text;
  }
  return "?";
}

std::optional<EpochState> epoch_state(std::string_view text) {
  for (const auto& [value, known] : state_names) {
    if (known == text) return value;
  }
  return std::nullopt;
}

bool usable(EpochState state) { return state == EpochState::active || state == EpochState::retiring; }

std::optional<EpochState> next_state(EpochState state, EpochEvent event) {
  for (const Transition& t : transitions) {
    if (t.from == state && t.event == event) return t.to;
  }
  return std::nullopt;
}

std::string epoch_graph() {
  std::string graph = "digraph epochs {\n  rankdir=LR;\n";
  for (const auto& [state, text] : state_names) {
    graph.append("  ").append(text).append(usable(state) ? " [shape=doublecircle];\n" : " [shape=circle];\n");
  }
  for (const Transition& t : transitions) {
    graph.append("  ").append(name(t.from)).append(" -> ").append(name(t.to));
    graph.append(" [label=\"").append(name(t.event)).append("\"];\n");
  }
  return graph + "}\n";
}

EpochNumber epoch_in_force(const Kme& kme, EpochNumber current, bool all_confirmed_active) {
  const Epoch *active = kme.in_state(EpochState::active), *now = kme.find(current);
  if (active == nullptr || active->number <= current) return current;
  const bool over = now == nullptr || !usable(now->state);
  return all_confirmed_active || over ? active->number : current;
}

}  // namespace simbiont::binding

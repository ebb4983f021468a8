#include "binding/life_cycle.h"

#include <algorithm>
#include <utility>

namespace simbiont::binding {
namespace {

constexpr std::array<std::pair<State, std::string_view>, state_count> state_names{{
    {State::off, "OFF"},
    {State::observing, "OBSERVING"},
    {State::armed, "ARMED"},
    {State::locked, "LOCKED"},
    {State::violated, "VIOLATED"},
    {State::suspended, "SUSPENDED"},
}};

constexpr std::array<std::pair<Move, std::string_view>, 9> move_names{{
    {Move::free, "mode off"},
    {Move::watch, "mode observe"},
    {Move::arm, "learn"},
    {Move::lock, "mode enforce"},
    {Move::prove, "a device proves its K_ME"},
    {Move::violate, "a report of theft"},
    {Move::acknowledge, "acknowledge"},
    {Move::suspend, "suspend"},
    {Move::resume, "resume"},
}};

struct Transition {
  State from;
  Move move;
  State to;
};

// Whatever is not here is refused. A VIOLATED one is acknowledged before it may learn anew or be watched
// only, and a SUSPENDED one is resumed before anything else; it then is what it was.
constexpr std::array<Transition, 26> transitions{{
    {State::off, Move::watch, State::observing},
    {State::off, Move::arm, State::armed},
    {State::off, Move::lock, State::locked},
    {State::observing, Move::free, State::off},
    {State::observing, Move::arm, State::armed},
    {State::observing, Move::lock, State::locked},
    {State::armed, Move::free, State::off},
    {State::armed, Move::watch, State::observing},
    {State::armed, Move::lock, State::locked},
    {State::armed, Move::prove, State::locked},
    {State::locked, Move::free, State::off},
    {State::locked, Move::watch, State::observing},
    {State::locked, Move::arm, State::armed},
    {State::locked, Move::violate, State::violated},
    {State::violated, Move::acknowledge, State::locked},
    {State::violated, Move::free, State::off},
    {State::off, Move::suspend, State::suspended},
    {State::observing, Move::suspend, State::suspended},
    {State::armed, Move::suspend, State::suspended},
    {State::locked, Move::suspend, State::suspended},
    {State::violated, Move::suspend, State::suspended},
    {State::suspended, Move::resume, State::off},
    {State::suspended, Move::resume, State::observing},
    {State::suspended, Move::resume, State::armed},
    {State::suspended, Move::resume, State::locked},
    {State::suspended, Move::resume, State::violated},
}};

State awake(const Binding& binding) {
  switch (binding.mode) {
    case Mode::off:
      return State::off;
    case Mode::observe:
      return State::observing;
    case Mode::learn:
      return State::armed;
    case Mode::enforce:
      break;
  }
  return binding.violated_at != 0 ? State::violated : State::locked;
}

}  // namespace

std::string_view name(State s) { return state_names[static_cast<std::size_t>(s)].second; }
std::string_view name(Move m) { return move_names[static_cast<std::size_t>(m)].second; }

std::optional<State> state(std::string_view text) {
  for (const auto& [value, known] : state_names) {
    if (known == text) return value;
  }
  return std::nullopt;
}

State state_of(const Binding& binding) {
  return binding.suspended_at != 0 ? State::suspended : awake(binding);
}

bool permitted(State from, Move move, State to) {
  return std::ranges::any_of(
      transitions, [&](const Transition& t) { return t.from == from && t.move == move && t.to == to; });
}

Status check_move(const Binding& before, const Binding& after, Move move) {
  const State from = state_of(before), to = state_of(after);
  // A suspended one's mode would change unseen.
  const bool hidden = from == State::suspended && to == State::suspended && awake(before) != awake(after);
  if (!hidden && (from == to || permitted(from, move, to))) return {};
  std::string why = "'" + std::string(name(move)) + "' does not go from " + std::string(name(from));
  if (from == State::suspended) why += ": resume it first";
  if (from == State::violated) why += ": acknowledge it first";
  return error(Errc::refused, why);
}

std::string life_cycle_graph() {
  std::string graph = "digraph binding {\n  rankdir=LR;\n";
  for (const auto& [state, text] : state_names) {
    const bool plain = state == State::off || state == State::observing || state == State::armed;
    graph.append("  ").append(text).append(plain ? " [shape=ellipse];\n" : " [shape=box];\n");
  }
  for (const Transition& t : transitions) {
    graph.append("  ").append(name(t.from)).append(" -> ").append(name(t.to));
    graph.append(" [label=\"").append(name(t.move)).append("\"];\n");
  }
  return graph + "}\n";
}

}  // namespace simbiont::binding

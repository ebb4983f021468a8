// The life of an IMSI's binding as fleet users know it: one state, derived from what is stored, and the moves
// between states as one table.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "binding/association.h"

namespace simbiont::binding {

// ARMED is mode learn, LOCKED mode enforce; VIOLATED is LOCKED with an event of theft that nobody
// acknowledged, and changes no vector; SUSPENDED gets no vector, whatever its mode.
enum class State : std::uint8_t { off, observing, armed, locked, violated, suspended };
inline constexpr std::size_t state_count = 6;
inline constexpr std::array<State, state_count> all_states{State::off,    State::observing, State::armed,
                                                           State::locked, State::violated,  State::suspended};
std::string_view name(State);  // "LOCKED"
std::optional<State> state(std::string_view);
State state_of(const Binding& binding);

// What moves a binding: operators' commands, and what the HSS concludes by itself.
enum class Move : std::uint8_t {
  free,     // mode off
  watch,    // mode observe
  arm,      // mode learn, learn, relearn
  lock,     // mode enforce, bind
  prove,    // learn: a device proved its K_ME
  violate,  // a report of theft
  acknowledge,
  suspend,
  resume,
};
std::string_view name(Move);  // "relearn"

// Whether the table has it. A move that ends where it began is not one.
bool permitted(State from, Move move, State to);
// The change of a binding as a move; refused, by name, when the table has not got it.
Status check_move(const Binding& before, const Binding& after, Move move);
// The table as a Graphviz digraph: docs/binding.dot.
std::string life_cycle_graph();

}  // namespace simbiont::binding

#include "diameter/peer_table.h"

#include <array>
#include <cassert>

namespace simbiont::diameter {
namespace {

using State = PeerState;
using Input = PeerInput;
using Action = PeerAction;

constexpr std::size_t state_count = static_cast<std::size_t>(State::closed) + 1;

// A CER on an open connection is taken again when it comes from the same host: RFC 6733 has no event for it,
// and a peer that repeats itself is no reason to drop its requests. suspect: a DWR is out, nothing came
// since.
constexpr PeerRow rows[] = {
    {State::wait_cer, Input::good_cer, Action::accept, State::open, ""},
    {State::wait_cer, Input::bad_cer, Action::refuse, State::closed, "CER refused"},
    {State::wait_cer, Input::good_cea, Action::none, State::closed, "CEA before CER"},
    {State::wait_cer, Input::bad_cea, Action::none, State::closed, "CEA before CER"},
    {State::wait_cer, Input::good_dwr, Action::none, State::closed, "DWR before CER"},
    {State::wait_cer, Input::good_dpr, Action::none, State::closed, "DPR before CER"},
    {State::wait_cer, Input::bad_base_request, Action::none, State::closed, "no CER first"},
    {State::wait_cer, Input::dwa, Action::none, State::closed, "DWA before CER"},
    {State::wait_cer, Input::dpa, Action::none, State::closed, "DPA before CER"},
    {State::wait_cer, Input::request, Action::none, State::closed, "request before CER"},
    {State::wait_cer, Input::answer, Action::none, State::closed, "answer before CER"},
    {State::wait_cer, Input::bad_version, Action::refuse, State::closed, "unknown Diameter version"},
    {State::wait_cer, Input::broken_frame, Action::none, State::closed, "broken framing"},
    {State::wait_cer, Input::timeout, Action::none, State::closed, "no CER in time"},
    {State::wait_cer, Input::disconnect, Action::none, State::closed, "disconnected by us"},

    {State::wait_cea, Input::good_cer, Action::none, State::closed, "CER instead of CEA"},
    {State::wait_cea, Input::bad_cer, Action::none, State::closed, "CER instead of CEA"},
    {State::wait_cea, Input::good_cea, Action::opened, State::open, ""},
    {State::wait_cea, Input::bad_cea, Action::none, State::closed, "CEA refused"},
    {State::wait_cea, Input::good_dwr, Action::none, State::closed, "DWR before CEA"},
    {State::wait_cea, Input::good_dpr, Action::none, State::closed, "DPR before CEA"},
    {State::wait_cea, Input::bad_base_request, Action::none, State::closed, "no CEA first"},
    {State::wait_cea, Input::dwa, Action::none, State::closed, "DWA before CEA"},
    {State::wait_cea, Input::dpa, Action::none, State::closed, "DPA before CEA"},
    {State::wait_cea, Input::request, Action::none, State::closed, "request before CEA"},
    {State::wait_cea, Input::answer, Action::none, State::closed, "answer before CEA"},
    {State::wait_cea, Input::bad_version, Action::refuse, State::closed, "unknown Diameter version"},
    {State::wait_cea, Input::broken_frame, Action::none, State::closed, "broken framing"},
    {State::wait_cea, Input::timeout, Action::none, State::closed, "no CEA in time"},
    {State::wait_cea, Input::disconnect, Action::none, State::closed, "disconnected by us"},

    {State::open, Input::good_cer, Action::send_cea, State::open, ""},
    {State::open, Input::bad_cer, Action::refuse, State::closed, "CER refused"},
    {State::open, Input::good_cea, Action::none, State::open, ""},
    {State::open, Input::bad_cea, Action::none, State::open, ""},
    {State::open, Input::good_dwr, Action::send_dwa, State::open, ""},
    {State::open, Input::good_dpr, Action::send_dpa, State::closed, "disconnected by the peer"},
    {State::open, Input::bad_base_request, Action::refuse, State::open, ""},
    {State::open, Input::dwa, Action::none, State::open, ""},
    {State::open, Input::dpa, Action::none, State::open, ""},
    {State::open, Input::request, Action::deliver_request, State::open, ""},
    {State::open, Input::answer, Action::deliver_answer, State::open, ""},
    {State::open, Input::bad_version, Action::refuse, State::open, ""},
    {State::open, Input::broken_frame, Action::refuse, State::closed, "broken framing"},
    {State::open, Input::timeout, Action::send_dwr, State::suspect, ""},
    {State::open, Input::disconnect, Action::send_dpr, State::closing, ""},

    {State::suspect, Input::good_cer, Action::send_cea, State::open, ""},
    {State::suspect, Input::bad_cer, Action::refuse, State::closed, "CER refused"},
    {State::suspect, Input::good_cea, Action::none, State::open, ""},
    {State::suspect, Input::bad_cea, Action::none, State::open, ""},
    {State::suspect, Input::good_dwr, Action::send_dwa, State::open, ""},
    {State::suspect, Input::good_dpr, Action::send_dpa, State::closed, "disconnected by the peer"},
    {State::suspect, Input::bad_base_request, Action::refuse, State::open, ""},
    {State::suspect, Input::dwa, Action::none, State::open, ""},
    {State::suspect, Input::dpa, Action::none, State::open, ""},
    {State::suspect, Input::request, Action::deliver_request, State::open, ""},
    {State::suspect, Input::answer, Action::deliver_answer, State::open, ""},
    {State::suspect, Input::bad_version, Action::refuse, State::open, ""},
    {State::suspect, Input::broken_frame, Action::refuse, State::closed, "broken framing"},
    {State::suspect, Input::timeout, Action::none, State::closed, "no answer to DWR"},
    {State::suspect, Input::disconnect, Action::send_dpr, State::closing, ""},

    {State::closing, Input::good_cer, Action::send_cea, State::closing, ""},
    {State::closing, Input::bad_cer, Action::refuse, State::closed, "CER refused"},
    {State::closing, Input::good_cea, Action::none, State::closing, ""},
    {State::closing, Input::bad_cea, Action::none, State::closing, ""},
    {State::closing, Input::good_dwr, Action::send_dwa, State::closing, ""},
    {State::closing, Input::good_dpr, Action::send_dpa, State::closed, "disconnected by both"},
    {State::closing, Input::bad_base_request, Action::refuse, State::closing, ""},
    {State::closing, Input::dwa, Action::none, State::closing, ""},
    {State::closing, Input::dpa, Action::none, State::closed, "disconnected by us"},
    {State::closing, Input::request, Action::turn_away, State::closing, ""},
    {State::closing, Input::answer, Action::deliver_answer, State::closing, ""},
    {State::closing, Input::bad_version, Action::refuse, State::closing, ""},
    {State::closing, Input::broken_frame, Action::refuse, State::closed, "broken framing"},
    {State::closing, Input::timeout, Action::none, State::closed, "no DPA in time"},
    {State::closing, Input::disconnect, Action::none, State::closing, ""},
};

constexpr std::size_t cell(State state, Input input) {
  return static_cast<std::size_t>(state) * peer_input_count + static_cast<std::size_t>(input);
}
// One row a pair, in the order of the enums: then a cell's number is the row's.
constexpr bool is_complete() {
  for (std::size_t i = 0; i < std::size(rows); ++i) {
    if (cell(rows[i].state, rows[i].input) != i) return false;
    if ((rows[i].next == State::closed) == rows[i].why.empty()) return false;
  }
  return std::size(rows) == (state_count - 1) * peer_input_count;
}
static_assert(is_complete());

}  // namespace

std::span<const PeerRow> peer_rows() { return rows; }

const PeerRow& peer_row(PeerState state, PeerInput input) {
  assert(state != State::closed);
  return rows[cell(state, input)];
}

std::string_view name(PeerState state) {
  constexpr std::array<std::string_view, state_count> names{"wait_cer", "wait_cea", "open",
                                                            "suspect",  "closing",  "closed"};
  return names.at(static_cast<std::size_t>(state));
}

std::string_view name(PeerInput input) {
  constexpr std::array<std::string_view, peer_input_count> names{
      "good CER", "bad CER", "good CEA", "bad CEA",     "DWR",          "DPR",     "bad DWR or DPR", "DWA",
      "DPA",      "request", "answer",   "bad version", "broken frame", "timeout", "disconnect()"};
  return names.at(static_cast<std::size_t>(input));
}

std::string_view name(PeerAction action) {
  constexpr std::array<std::string_view, 12> names{
      "-",        "send CEA, on_open", "send CEA", "send refusal", "on_open",   "send DWR",
      "send DWA", "send DPR",          "send DPA", "on_request",   "on_answer", "send 3002"};
  return names.at(static_cast<std::size_t>(action));
}

std::string peer_graph() {
  std::string out = "digraph peer {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const PeerRow& row : rows) {
    out.append("  ").append(name(row.state)).append(" -> ").append(name(row.next));
    out.append(" [label=\"").append(name(row.input)).append(" / ").append(name(row.action)).append("\"];\n");
  }
  return out + "}\n";
}

}  // namespace simbiont::diameter

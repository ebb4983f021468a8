// The peer's state machine as data: what happens in a state on an input, and which state follows (RFC
// 6733 5.6).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "diameter/peer.h"

namespace simbiont::diameter {

// A message counts as good or bad after it was decoded and, for CER and CEA, admitted.
enum class PeerInput : std::uint8_t {
  good_cer,
  bad_cer,
  good_cea,
  bad_cea,
  good_dwr,
  good_dpr,
  bad_base_request,  // a DWR or DPR with a fault
  dwa,
  dpa,
  request,
  answer,
  bad_version,
  broken_frame,
  timeout,
  disconnect,
};
inline constexpr std::size_t peer_input_count = static_cast<std::size_t>(PeerInput::disconnect) + 1;

enum class PeerAction : std::uint8_t {
  none,
  accept,    // CEA with success, on_open
  send_cea,  // CEA with success
  refuse,    // the message's refusal as answer
  opened,    // on_open
  send_dwr,
  send_dwa,
  send_dpr,
  send_dpa,
  deliver_request,  // on_request
  deliver_answer,   // on_answer
  turn_away,        // 3002, so that the peer tries another node
};

struct PeerRow {
  PeerState state;
  PeerInput input;
  PeerAction action;
  PeerState next;
  std::string_view why;  // for on_close, when next is closed
};

std::span<const PeerRow> peer_rows();
// Every state but closed has a row for every input.
const PeerRow& peer_row(PeerState state, PeerInput input);
std::string_view name(PeerInput input);
std::string_view name(PeerAction action);

}  // namespace simbiont::diameter

// One Diameter connection as a state machine (RFC 6733 5.6, responder and initiator), sans-I/O: octets and
// time in, octets and events out. The table of states stands in peer_table.cpp; peer_graph() draws it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "diameter/message.h"
#include "diameter/s6a.h"

namespace simbiont::diameter {

// suspect: idle for Tw, a DWR is out (RFC 3539); closing: our DPR is out.
enum class PeerState : std::uint8_t { wait_cer, wait_cea, open, suspect, closing, closed };
std::string_view name(PeerState);
std::string peer_graph();  // Graphviz, for docs/

struct PeerConfig {
  Identity self;
  std::vector<Bytes> host_addresses{{127, 0, 0, 1}};  // Host-IP-Address, 4 octets or 16; one at least
  std::uint32_t origin_state_id = 0;
  std::vector<std::uint32_t> applications{app_s6a};  // offered; a peer must share one or offer relay
  std::int64_t capabilities_timeout_ms = 5'000;      // from connect to CER/CEA
  std::int64_t watchdog_ms = 30'000;                 // Tw of RFC 3539, without jitter
  std::int64_t disconnect_timeout_ms = 2'000;        // from DPR to DPA
};

// What the owner of the connection does on behalf of the peer. Calls come from within Peer's own functions.
class PeerEvents {
 public:
  virtual ~PeerEvents() = default;
  // The peer's CER or CEA is acceptable by RFC 6733; a refusal here is answered (3010) and closes.
  virtual ResultCode admit(std::string_view origin_host, std::string_view origin_realm, bool relay) = 0;
  virtual void on_open() = 0;
  // An application request (never CER, DWR, DPR), well framed and of a known version; the answer is appended
  // to output() now or later through send().
  virtual void on_request(ByteView frame) = 0;
  // The frames of on_request() since the last call go away, or something else than a request is handled next:
  // what was put off is to be answered now. Called once for all requests of a read.
  virtual void on_requests_end() {}
  virtual void on_answer(ByteView frame) = 0;
  // The connection must be closed once output() is flushed. why: one line for the log.
  virtual void on_close(std::string_view why) = 0;
};

class Peer {
 public:
  enum class Role : std::uint8_t { responder, initiator };
  Peer(Role role, const PeerConfig& config, PeerEvents& events, MonotonicMs now);

  // Takes what was read; whole messages are handled, a partial one is kept. Nothing more is handled once
  // closed.
  void on_bytes(ByteView octets, MonotonicMs now);
  // Call at or after deadline(): watchdog, capabilities and disconnect timers.
  void on_time(MonotonicMs now);
  MonotonicMs deadline() const { return deadline_; }

  // Asks an open peer now whether it is still there (RFC 3539 3.4.1), as if Tw had passed in silence.
  void probe(MonotonicMs now);

  // Appends a whole message (an answer, or a request made with next_ids()). Dropped unless open, suspect or
  // closing.
  void send(ByteView message);
  // Sends DPR and answers new requests with 3002; closes at DPA or after disconnect_timeout_ms.
  void disconnect(std::uint32_t disconnect_cause, MonotonicMs now);

  // What is to be written; the owner writes it and calls output().clear().
  Bytes& output() { return output_; }
  // Whether send() would take a message.
  bool takes_messages() const { return is_open() || state_ == PeerState::closing; }
  Ids next_ids();

  PeerState state() const { return state_; }
  // Requests may be sent: capabilities are exchanged and nobody has said goodbye.
  bool is_open() const { return state_ == PeerState::open || state_ == PeerState::suspect; }
  const std::string& host() const { return host_; }  // the peer's Origin-Host, once known
  const std::string& realm() const { return realm_; }
  bool is_relay() const { return relay_; }

 private:
  struct Impl;  // helpers of peer.cpp
  friend struct Impl;

  const PeerConfig& config_;
  PeerEvents& events_;
  PeerState state_;
  Bytes input_, output_;
  std::string host_, realm_;
  bool relay_ = false;
  bool reading_ = false;
  bool requested_ = false;  // on_request() was called, and on_requests_end() not yet
  std::uint32_t disconnect_cause_ = 0;
  MonotonicMs deadline_ = 0;
  std::uint32_t next_hop_by_hop_ = 0, next_end_to_end_ = 0;
};

}  // namespace simbiont::diameter

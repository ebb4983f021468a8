#include "diameter/peer.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

#include "diameter/base_messages.h"
#include "diameter/election.h"
#include "diameter/peer_table.h"

namespace simbiont::diameter {
namespace {

constexpr MonotonicMs never = std::numeric_limits<MonotonicMs>::max();
constexpr std::size_t length_end = 4;  // version and message length

}  // namespace

// One call of Peer's: the peer and the moment.
struct Peer::Impl {
  Peer& peer;
  MonotonicMs now;

  // A message, or none for a timer or the owner's wish.
  struct Event {
    PeerInput input;
    ByteView frame;
    Refusal refusal;
  };

  Announcement us() const {
    const PeerConfig& config = peer.config_;
    return {config.self, config.host_addresses, config.applications, config.origin_state_id};
  }

  Event classify(ByteView frame) {
    const Header header = read_header(frame);
    if (header.version != 1) return {PeerInput::bad_version, frame, {result::unsupported_version, {}, ""}};
    const bool request = header.is_request();
    switch (static_cast<Command>(header.command)) {
      case Command::cer:
        return request ? judge_cer(frame) : judge_cea(frame);
      case Command::dwr:
        return request ? judged(frame, PeerInput::good_dwr, judge_dwr(frame))
                       : Event{PeerInput::dwa, frame, {}};
      case Command::dpr:
        return request ? judged(frame, PeerInput::good_dpr, judge_dpr(frame))
                       : Event{PeerInput::dpa, frame, {}};
      default:
        return {request ? PeerInput::request : PeerInput::answer, frame, {}};
    }
  }

  static Event judged(ByteView frame, PeerInput good, std::optional<Refusal> refusal) {
    if (!refusal) return {good, frame, {}};
    return {PeerInput::bad_base_request, frame, std::move(*refusal)};
  }

  // Whether this peer may be talked to; the owner is asked last.
  ResultCode judge(const Capabilities& them) {
    const auto& ours = peer.config_.applications;
    const auto shared = [&](std::uint32_t application) { return them.offers(application); };
    if (!them.relay && std::none_of(ours.begin(), ours.end(), shared)) return result::no_common_application;
    if (!peer.host_.empty() && !same_identity(peer.host_, them.origin_host)) return result::unknown_peer;
    return peer.events_.admit(them.origin_host, them.origin_realm, them.relay);
  }

  void remember(const Capabilities& them) {
    peer.host_ = them.origin_host;
    peer.realm_ = them.origin_realm;
    peer.relay_ = them.relay;
  }

  Event judge_cer(ByteView frame) {
    if (peer.state_ == PeerState::wait_cea) return {PeerInput::bad_cer, frame, {}};
    auto decoded = decode_cer(frame);
    if (!decoded.message) return {PeerInput::bad_cer, frame, std::move(decoded.refusal)};
    const ResultCode code = judge(*decoded.message);
    if (code != result::success) return {PeerInput::bad_cer, frame, {code, {}, ""}};
    remember(*decoded.message);
    return {PeerInput::good_cer, frame, {}};
  }

  Event judge_cea(ByteView frame) {
    if (peer.state_ != PeerState::wait_cea) return {PeerInput::bad_cea, frame, {}};
    auto decoded = decode_cea(frame);
    if (!decoded.message) return {PeerInput::bad_cea, frame, std::move(decoded.refusal)};
    ResultCode code = decoded.message->code;
    if (code == result::success) code = judge(*decoded.message);
    if (code != result::success) return {PeerInput::bad_cea, frame, {code, {}, ""}};
    remember(*decoded.message);
    return {PeerInput::good_cea, frame, {}};
  }

  // Requests are most of what arrives; this is step() without an Event for each.
  bool take_request(ByteView frame) {
    if (peer.state_ != PeerState::open || !is_plain_request(frame)) return false;
    peer.deadline_ = now + peer.config_.watchdog_ms;
    peer.requested_ = true;
    peer.events_.on_request(frame);
    return true;
  }

  // Of version 1, and no command of the base protocol: what peer_table.cpp delivers in state open.
  static bool is_plain_request(ByteView frame) {
    const auto command = static_cast<Command>(load_be(frame.subspan(5, 3)));
    return frame[0] == 1 && (frame[4] & Header::request_bit) != 0 && command != Command::cer &&
           command != Command::dwr && command != Command::dpr;
  }

  void end_requests() {
    if (std::exchange(peer.requested_, false)) peer.events_.on_requests_end();
  }

  // State and deadline are set before the action: what it calls may call the Peer again and move it on.
  void step(const Event& event) {
    if (peer.state_ == PeerState::closed) return;
    const PeerRow& row = peer_row(peer.state_, event.input);
    if (row.action != PeerAction::deliver_request) end_requests();
    arm(row.next);
    peer.state_ = row.next;
    act(row.action, event);
    if (row.next == PeerState::closed) close(row.why, event);
  }

  void arm(PeerState next) {
    if (next == PeerState::open || next == PeerState::suspect)
      peer.deadline_ = now + peer.config_.watchdog_ms;
    if (next == PeerState::closing && peer.state_ != next) {
      peer.deadline_ = now + peer.config_.disconnect_timeout_ms;
    }
    if (next == PeerState::closed) peer.deadline_ = never;
  }

  void act(PeerAction action, const Event& event) {
    Bytes& out = peer.output_;
    switch (action) {
      case PeerAction::none:
        return;
      case PeerAction::accept:
        encode_cea(event.frame, us(), {}, out);
        return peer.events_.on_open();
      case PeerAction::send_cea:
        return encode_cea(event.frame, us(), {}, out);
      case PeerAction::refuse:
        return refuse(event);
      case PeerAction::opened:
        return peer.events_.on_open();
      case PeerAction::send_dwr:
        return encode_dwr(us(), peer.next_ids(), out);
      case PeerAction::send_dwa:
        return encode_dwa(event.frame, us(), out);
      case PeerAction::send_dpr:
        return encode_dpr(us(), peer.disconnect_cause_, peer.next_ids(), out);
      case PeerAction::send_dpa:
        return encode_dpa(event.frame, us(), out);
      case PeerAction::deliver_request:
        peer.requested_ = true;
        return peer.events_.on_request(event.frame);
      case PeerAction::deliver_answer:
        return peer.events_.on_answer(event.frame);
      case PeerAction::turn_away:
        return encode_refusal(event.frame, peer.config_.self,
                              {result::unable_to_deliver, {}, "disconnecting"}, out);
    }
  }

  void refuse(const Event& event) {
    if (event.frame.empty() || !read_header(event.frame).is_request()) return;
    if (event.input == PeerInput::bad_cer) return encode_cea(event.frame, us(), event.refusal, peer.output_);
    encode_refusal(event.frame, peer.config_.self, event.refusal, peer.output_);
  }

  void close(std::string_view why, const Event& event) {
    peer.input_ = {};
    const bool judged = event.input == PeerInput::bad_cer || event.input == PeerInput::bad_cea;
    if (!judged || event.refusal.code == result::success) return peer.events_.on_close(why);
    peer.events_.on_close(std::string(why) + " with " + std::to_string(event.refusal.code.value));
  }

  ByteView take_messages(ByteView octets) {
    const ByteView rest = take_each(octets);
    end_requests();
    return rest;
  }

  // Handles the whole messages at the front; what is left is the start of the next one.
  ByteView take_each(ByteView octets) {
    while (peer.state_ != PeerState::closed) {
      const Frame frame = next_frame(octets);
      if (frame.state == FrameState::incomplete) return octets;
      if (frame.state == FrameState::broken) {
        // As far as its header is there, a request of an impossible length is answered before the end.
        const ByteView header = octets.size() < header_size ? ByteView() : octets.first(header_size);
        step({PeerInput::broken_frame, header, {result::invalid_message_length, {}, ""}});
        break;
      }
      if (!take_request(frame.message)) step(classify(frame.message));
      octets = octets.subspan(frame.message.size());
    }
    return {};
  }

  // Completes the kept start of a message with as little as it needs; the rest of the read stays where it is.
  ByteView complete_kept(ByteView octets) {
    Bytes& kept = peer.input_;
    const auto fill = [&](std::size_t size) {
      const std::size_t count = std::min(octets.size(), size - std::min(size, kept.size()));
      kept.insert(kept.end(), octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(count));
      octets = octets.subspan(count);
      return kept.size() >= size;
    };
    if (!fill(length_end)) return {};
    if (next_frame(kept).state == FrameState::incomplete && !fill(load_be(ByteView(kept).subspan(1, 3))))
      return {};
    const Bytes message = std::exchange(kept, {});
    take_messages(message);
    return octets;
  }
};

Peer::Peer(Role role, const PeerConfig& config, PeerEvents& events, MonotonicMs now)
    : config_(config),
      events_(events),
      state_(role == Role::responder ? PeerState::wait_cer : PeerState::wait_cea),
      deadline_(now + config.capabilities_timeout_ms) {
  // RFC 6733 3: the end-to-end identifier starts with the time of the start, so that it does not recur soon;
  // connections of one process start apart from each other.
  const auto apart = static_cast<std::uint32_t>(now * 997);
  next_hop_by_hop_ = apart;
  next_end_to_end_ = config.origin_state_id << 20U | (apart & 0xfffffU);
  if (role == Role::initiator) encode_cer(Impl{*this, now}.us(), next_ids(), output_);
}

void Peer::on_bytes(ByteView octets, MonotonicMs now) {
  assert(!reading_);
  if (state_ == PeerState::closed) return;
  reading_ = true;
  Impl impl{*this, now};
  if (!input_.empty()) octets = impl.complete_kept(octets);
  const ByteView rest = impl.take_messages(octets);
  if (state_ != PeerState::closed) input_.insert(input_.end(), rest.begin(), rest.end());
  reading_ = false;
}

void Peer::on_time(MonotonicMs now) {
  if (now >= deadline_) Impl{*this, now}.step({PeerInput::timeout, {}, {}});
}

void Peer::probe(MonotonicMs now) {
  if (state_ == PeerState::open) Impl{*this, now}.step({PeerInput::timeout, {}, {}});
}

void Peer::send(ByteView message) {
  if (takes_messages()) output_.insert(output_.end(), message.begin(), message.end());
}

void Peer::disconnect(std::uint32_t disconnect_cause, MonotonicMs now) {
  disconnect_cause_ = disconnect_cause;
  Impl{*this, now}.step({PeerInput::disconnect, {}, {}});
}

Ids Peer::next_ids() { return {next_hop_by_hop_++, next_end_to_end_++}; }

}  // namespace simbiont::diameter

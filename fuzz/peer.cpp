// Octets into a connection, read by read: the first octet of a read says how much of the rest it takes and
// how much time passes. Nothing may be emitted after on_close, output must be whole messages, input stays
// bounded.
#include "diameter/peer.h"

#include <algorithm>
#include <cstdlib>

namespace {

using namespace simbiont;
using namespace simbiont::diameter;

void must(bool holds) {
  if (!holds) std::abort();
}

struct Owner final : PeerEvents {
  ResultCode admit(std::string_view host, std::string_view realm, bool) override {
    must(!host.empty() && !realm.empty());
    return host.front() == 'x' ? result::unknown_peer : result::success;
  }
  void on_open() override { must(++opened == 1); }
  void on_request(ByteView frame) override {
    must(opened == 1 && !closed);
    const Header header = read_header(frame);
    if (header.end_to_end == 0xdddddddd) return peer->disconnect(0, now);
    Bytes out;
    encode_refusal(frame, {"hss", "realm"}, {judge_header(header), {}, ""}, out);
    peer->send(out);
  }
  void on_answer(ByteView frame) override {
    must(opened == 1 && !closed && !read_header(frame).is_request());
  }
  void on_close(std::string_view why) override {
    must(!closed && !why.empty());
    closed = true;
  }

  Peer* peer = nullptr;
  MonotonicMs now = 1'000;
  int opened = 0;
  bool closed = false;
};

void take_output(Peer& peer) {
  ByteView stream = peer.output();
  while (!stream.empty()) {
    const auto length = static_cast<std::size_t>(load_be(stream.subspan(1, 3)));
    must(length >= header_size && length <= stream.size());
    stream = stream.subspan(length);
  }
  peer.output().clear();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const PeerConfig config{.self = {"hss", "realm"}};
  if (size == 0) return 0;
  Owner owner;
  Peer peer((data[0] & 1) != 0 ? Peer::Role::initiator : Peer::Role::responder, config, owner, owner.now);
  owner.peer = &peer;
  ByteView rest(data + 1, size - 1);
  while (!rest.empty()) {
    const std::uint8_t pace = rest[0];
    rest = rest.subspan(1);
    const std::size_t count =
        std::min<std::size_t>(rest.size(), (pace & 15U) == 15 ? rest.size() : std::size_t{64} * (pace & 15U));
    const bool was_closed = owner.closed;
    peer.on_bytes(rest.first(count), owner.now);
    rest = rest.subspan(count);
    owner.now += (pace >> 4U) * MonotonicMs{5'000};
    peer.on_time(owner.now);
    must(owner.closed == (peer.state() == PeerState::closed));
    if (was_closed) must(peer.output().empty());
    take_output(peer);
  }
  return 0;
}

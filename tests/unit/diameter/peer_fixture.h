// A Peer with an owner that writes down what it is told.
#pragma once

#include <memory>

#include "diameter/base_messages.h"
#include "diameter/peer.h"
#include "samples.h"

namespace simbiont::diameter::test {

class Owner : public PeerEvents {
 public:
  ResultCode admit(std::string_view host, std::string_view realm, bool relay) override {
    admitted.push_back(std::string(host) + " " + std::string(realm) + (relay ? " relay" : ""));
    return verdict;
  }
  void on_open() override { ++opened; }
  void on_request(ByteView frame) override {
    requests.emplace_back(frame.begin(), frame.end());
    if (at_request) at_request(frame);
  }
  void on_answer(ByteView frame) override { answers.emplace_back(frame.begin(), frame.end()); }
  void on_close(std::string_view why) override { closed.emplace_back(why); }

  ResultCode verdict = result::success;
  std::function<void(ByteView)> at_request;
  std::vector<std::string> admitted, closed;
  std::vector<Bytes> requests, answers;
  int opened = 0;
};

inline const Identity mme{"mme.visited.net", "visited.net"};
inline const std::vector<Bytes> mme_addresses{{10, 0, 0, 7}};
inline const std::vector<std::uint32_t> only_s6a{app_s6a}, only_relay{app_relay}, only_gx{16777238};

inline Bytes cer(const std::vector<std::uint32_t>& applications = only_s6a, const Identity& from = mme) {
  Bytes out;
  encode_cer({from, mme_addresses, applications, 5}, {0x101, 0x202}, out);
  return out;
}
inline Bytes cea_to(ByteView cer_frame, const std::vector<std::uint32_t>& applications = only_s6a,
                    const Refusal& verdict = {}) {
  Bytes out;
  encode_cea(cer_frame, {mme, mme_addresses, applications, 5}, verdict, out);
  return out;
}
inline Bytes dwr() {
  Bytes out;
  encode_dwr({mme, mme_addresses, only_s6a, 5}, {0x103, 0x204}, out);
  return out;
}
inline Bytes dpr() {
  Bytes out;
  encode_dpr({mme, mme_addresses, only_s6a, 5}, 0, {0x105, 0x206}, out);
  return out;
}
inline Bytes dwa() {
  Bytes out;
  encode_dwa(dwr(), {mme, mme_addresses, only_s6a, 5}, out);
  return out;
}
inline Bytes dpa() {
  Bytes out;
  encode_dpa(dpr(), {mme, mme_addresses, only_s6a, 5}, out);
  return out;
}
inline Bytes cla_frame() {
  Bytes out;
  encode_cla(clr_frame(), mme, {}, out);
  return out;
}

inline Bytes joined(const std::vector<Bytes>& parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

inline std::vector<Bytes> frames_of(ByteView stream) {
  std::vector<Bytes> out;
  for (Frame frame = next_frame(stream); frame.state == FrameState::complete; frame = next_frame(stream)) {
    out.emplace_back(frame.message.begin(), frame.message.end());
    stream = stream.subspan(frame.message.size());
  }
  EXPECT_TRUE(stream.empty());
  return out;
}

inline std::uint32_t result_of(ByteView frame) {
  const auto avp = find(frame, avp::result_code);
  return avp ? static_cast<std::uint32_t>(load_be(avp->data)) : 0;
}

struct Station {
  explicit Station(Peer::Role role = Peer::Role::responder) {
    config.self = hss;
    config.origin_state_id = 77;
    config.host_addresses = {{10, 0, 0, 1}};
    peer = std::make_unique<Peer>(role, config, owner, now);
  }
  // What the peer wrote since last asked.
  std::vector<Bytes> written() { return frames_of(std::exchange(peer->output(), {})); }
  void read(const Bytes& octets) { peer->on_bytes(octets, now); }
  void pass(std::int64_t ms) {
    now += ms;
    peer->on_time(now);
  }

  PeerConfig config;
  Owner owner;
  MonotonicMs now = 1'000'000;
  std::unique_ptr<Peer> peer;
};

// By reference to the configuration and owner inside it, a station must not move.
inline std::unique_ptr<Station> open_station() {
  auto station = std::make_unique<Station>();
  station->read(cer());
  station->written();
  return station;
}

}  // namespace simbiont::diameter::test

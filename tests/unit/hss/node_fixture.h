// Nodes of every kind around the operator's world: ULRs as an MME, an SGSN or both would send them, and what
// the HSS asks of them.
#pragma once

#include "diameter/s6a_updates.h"
#include "operator_fixture.h"

namespace simbiont::test {

namespace ulr_flag = diameter::ulr_flag;

class NodeTest : public OperatorTest {
 protected:
  static constexpr std::uint32_t s6d = 0;

  Bytes ulr_of(const std::string& host, std::uint32_t flags,
               std::optional<diameter::Features> features = std::nullopt, std::string number = {}) {
    diameter::Ulr ulr;
    const std::string session = host + ";4;1";
    ulr.routing = {session, host, "visited.example", {}, "example"};
    ulr.user_name = imsi;
    ulr.rat_type = (flags & ulr_flag::s6a) != 0 ? 1004 : 1000;
    ulr.flags = flags;
    ulr.visited_plmn = {0x00, 0xf1, 0x10};
    ulr.sgsn_number = std::move(number);
    ulr.features = features;
    Bytes frame;
    diameter::encode_ulr(ulr, hss.next_ids(0), frame);
    return frame;
  }
  diameter::Ula update(const std::string& host, const Bytes& frame) {
    const Bytes answer = hss.ask(host, frame);
    auto decoded = diameter::decode_ula(answer);
    EXPECT_TRUE(decoded.message);
    decoded.message->routing = {};
    return *std::move(decoded.message);
  }
  diameter::Ula update(const std::string& host, std::uint32_t flags,
                       std::optional<diameter::Features> features = std::nullopt, std::string number = {}) {
    return update(host, ulr_of(host, flags, features, std::move(number)));
  }
  // The same request again, as a node sends it that got no answer.
  static Bytes again(Bytes frame) {
    frame[4] |= diameter::Header::retransmit_bit;
    return frame;
  }
  // Requests that the HSS sent to a node since it was asked last.
  std::vector<Bytes> take(const std::string& host) {
    auto& frames = hss.sent[hss.link(host)];
    hss.settle();
    std::vector<Bytes> out;
    std::erase_if(frames, [&](const Bytes& frame) {
      const bool request = diameter::read_header(frame).is_request();
      if (request) out.push_back(frame);
      return request;
    });
    return out;
  }
  void answer(const std::string& host, const Bytes& request, diameter::ResultCode code = success) {
    Bytes frame;
    diameter::encode_dsa(request, {host, "visited.example"}, {{}, code}, frame);
    hss.core().on_answer(hss.link(host), frame);
    hss.settle();
  }
  std::vector<store::OwedUpdate> updates() { return *hss.store().owed_updates(0, 99); }
};

}  // namespace simbiont::test

// The HSS core over a memory store, a clock turned by hand, seeded random numbers and a committer that
// commits when told: requests of named MMEs go in, answers come out, nothing waits.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hss/core.h"
#include "store/store.h"
#include "support/manual_parts.h"

namespace simbiont::test {

class HssHarness : public hss::Outlet {
 public:
  explicit HssHarness(std::uint64_t seed = 1)
      : random_(seed), store_(store::make_memory_store()), committer(*store_) {
    config.self = {"hss.example", "example"};
    restart();
  }

  // A new process over the same store: connections and everything in memory are gone.
  void restart() {
    core_.reset();
    links_.clear();
    sent.clear();
    core_ = std::make_unique<hss::Core>(config, *store_, clock, random_, committer, *this);
  }

  hss::Core& core() { return *core_; }
  store::Store& store() { return *store_; }
  // An administrator's group, as Live makes it.
  void admin(const store::Changes& changes) {
    const Status status = store_->commit(changes);
    EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().message);
    core_->committed(changes);
  }
  void settle() {
    for (int i = 0; i < 100 && (committer.pump() || i == 0); ++i) core_->on_time();
  }

  // The connection of a named node; made when there is none.
  hss::LinkId link(const std::string& host) {
    const auto [found, fresh] = links_.try_emplace(host, next_link_);
    if (fresh) core_->link_up(next_link_++, host);
    return found->second;
  }
  void disconnect(const std::string& host) {
    core_->link_down(links_.at(host));
    links_.erase(host);
  }

  Bytes air_frame(const std::string& host, std::string_view imsi, std::uint32_t vectors = 1,
                  ByteView resync = {}) {
    diameter::Air air;
    const std::string session = host + ";1;" + std::to_string(next_id_);
    air.routing = {session, host, "visited.example", {}, "example"};
    air.user_name = imsi;
    air.visited_plmn = {0x00, 0xf1, 0x10};
    air.eutran = diameter::Air::Requested{vectors, false, resync};
    Bytes frame;
    diameter::encode_air(air, {++next_id_, next_id_}, frame);
    return frame;
  }
  Bytes ulr_frame(const std::string& host, std::string_view imsi, std::string_view imei = {},
                  std::uint32_t flags = diameter::ulr_flag::s6a) {
    diameter::Ulr ulr;
    const std::string session = host + ";2;" + std::to_string(next_id_);
    ulr.routing = {session, host, "visited.example", {}, "example"};
    ulr.user_name = imsi;
    ulr.rat_type = 1004;
    ulr.flags = flags;
    ulr.visited_plmn = {0x00, 0xf1, 0x10};
    if (!imei.empty()) ulr.terminal = diameter::TerminalInformation{imei, "01"};
    Bytes frame;
    diameter::encode_ulr(ulr, {++next_id_, next_id_}, frame);
    return frame;
  }

  void deliver(const std::string& host, ByteView frame) { core_->on_request(link(host), frame); }
  // Delivers, settles, and takes the answer.
  Bytes ask(const std::string& host, const Bytes& frame) {
    deliver(host, frame);
    settle();
    return take_answer(link(host), diameter::read_header(frame).hop_by_hop);
  }
  // Removes and returns the answer with this Hop-by-Hop Identifier; empty when there is none.
  Bytes take_answer(hss::LinkId from, std::uint32_t hop_by_hop) {
    auto& frames = sent[from];
    for (auto each = frames.begin(); each != frames.end(); ++each) {
      const diameter::Header header = diameter::read_header(*each);
      if (header.is_request() || header.hop_by_hop != hop_by_hop) continue;
      Bytes frame = std::move(*each);
      frames.erase(each);
      return frame;
    }
    return {};
  }

  struct AirAnswer {
    diameter::ResultCode code{0, false};
    std::vector<diameter::EutranVector> vectors;
    std::vector<diameter::UtranVector> utran = {};
  };
  static AirAnswer read_air_answer(const Bytes& frame) {
    if (frame.empty()) return {};
    const auto decoded = diameter::decode_aia(frame);
    EXPECT_TRUE(decoded.message);
    return {decoded.message->code, decoded.message->vectors, decoded.message->utran};
  }
  AirAnswer air(const std::string& host, std::string_view imsi, std::uint32_t vectors = 1,
                ByteView resync = {}) {
    return read_air_answer(ask(host, air_frame(host, imsi, vectors, resync)));
  }

  struct UlrAnswer {
    diameter::ResultCode code{0, false};
    std::uint32_t flags = 0;
    std::optional<diameter::SubscriptionData> data;
  };
  UlrAnswer ulr(const std::string& host, std::string_view imsi, std::string_view imei = {},
                std::uint32_t flags = diameter::ulr_flag::s6a) {
    const Bytes frame = ask(host, ulr_frame(host, imsi, imei, flags));
    if (frame.empty()) return {};
    const auto decoded = diameter::decode_ula(frame);
    EXPECT_TRUE(decoded.message);
    return {decoded.message->code, decoded.message->flags, decoded.message->data};
  }

  // The CLRs sent to a node since it was asked last.
  struct SentClr {
    Bytes frame;
    std::string imsi, host;
    std::uint32_t type = 0, flags = 0;
  };
  std::vector<SentClr> take_clrs(const std::string& host) {
    auto& frames = sent[link(host)];
    settle();
    std::vector<SentClr> out;
    for (auto each = frames.begin(); each != frames.end();) {
      if (!diameter::read_header(*each).is_request()) {
        ++each;
        continue;
      }
      const auto clr = diameter::decode_clr(*each);
      EXPECT_TRUE(clr.message);
      out.push_back({*each, std::string(clr.message->user_name),
                     std::string(clr.message->routing.destination_host), clr.message->cancellation_type,
                     clr.message->flags.value_or(0)});
      each = frames.erase(each);
    }
    return out;
  }
  void answer_clr(const std::string& host, const SentClr& clr, diameter::ResultCode code) {
    Bytes frame;
    diameter::encode_cla(clr.frame, {host, "visited.example"}, {{}, code}, frame);
    core_->on_answer(link(host), frame);
    settle();
  }

  std::vector<store::OwedClr> owed() { return *store_->owed_clrs(0, 100); }
  std::vector<std::string> events() {
    const std::vector<store::Event> stored = *store_->events(0, 1000);
    std::vector<std::string> kinds;
    for (const auto& event : stored) kinds.push_back(event.kind);
    return kinds;
  }

  void send(hss::LinkId to, ByteView message) override {
    sent[to].emplace_back(message.begin(), message.end());
  }
  diameter::Ids next_ids(hss::LinkId) override {
    ++next_id_;
    return {next_id_, next_id_};
  }

  hss::CoreConfig config;
  ManualClock clock;
  std::map<hss::LinkId, std::vector<Bytes>> sent;

 private:
  SeededRandom random_;
  std::unique_ptr<store::Store> store_;

 public:
  ManualCommitter committer;

 private:
  std::unique_ptr<hss::Core> core_;
  std::map<std::string, hss::LinkId> links_;
  hss::LinkId next_link_ = 1;
  std::uint32_t next_id_ = 100;
};

}  // namespace simbiont::test

// The HSS's core in process, as a lab MME sees it: for property tests, which want thousands of attaches a
// second.
#pragma once

#include <deque>
#include <string>
#include <unordered_set>

#include "crypto/random.h"
#include "diameter/s6a.h"
#include "hss/core.h"
#include "lab/attach.h"
#include "store/store.h"

namespace simbiont::property {

// Remembers every RAND it gave, so that a plain one is known when it is seen on the wire.
class RecordingRandom final : public crypto::RandomSource {
 public:
  void fill(std::span<std::uint8_t> out) override {
    system_.fill(out);
    for (; out.size() >= 16; out = out.subspan(16)) given_.insert(to_hex(out.first(16)));
  }
  bool gave(const Block& rand) const { return given_.count(to_hex(rand)) != 0; }

 private:
  crypto::SystemRandom system_;
  std::unordered_set<std::string> given_;
};

// Commits at once; completions come when the loop would run again.
class InlineCommitter final : public hss::Committer {
 public:
  explicit InlineCommitter(store::Store& store) : store_(store) {}
  void submit(store::Changes group, Done done) override {
    Status status = store_.commit(group);
    if (done) ready_.push_back({std::move(done), std::move(status)});
  }
  void submit_later(const Imsi&, store::Changes group) override { (void)store_.commit(group); }
  void pump() {
    while (!ready_.empty()) {
      const Job job = std::move(ready_.front());
      ready_.pop_front();
      job.done(job.status);
    }
  }

 private:
  struct Job {
    Done done;
    Status status;
  };
  store::Store& store_;
  std::deque<Job> ready_;
};

// One MME, connected to the core directly.
class CoreHome final : public lab::HomeNetwork, private hss::Outlet {
 public:
  CoreHome(store::Store& store, ManualClock& clock, RecordingRandom& random, std::string host)
      : committer_(store), core_(config(), store, clock, random, committer_, *this), host_(std::move(host)) {
    core_.link_up(link_, host_);
  }

  hss::Core& core() { return core_; }
  void settle() { committer_.pump(); }
  // Every RAND transported so far, in order.
  const std::vector<Block>& rands() const { return rands_; }

  Result<lab::AuthenticationAnswer> authentication(std::string_view imsi, std::uint32_t vectors,
                                                   ByteView resync) override {
    diameter::Air air;
    air.routing = routing();
    air.user_name = imsi;
    air.visited_plmn = plmn_;
    air.eutran = diameter::Air::Requested{vectors, false, resync};
    Bytes frame;
    diameter::encode_air(air, next_ids(link_), frame);
    exchange(frame);
    const auto aia = diameter::decode_aia(answer_);
    if (!aia.message) return error(Errc::corrupt, "no AIA");
    for (const auto& vector : aia.message->vectors) rands_.push_back(vector.rand);
    return lab::AuthenticationAnswer{aia.message->code, aia.message->vectors};
  }

  // What a node asks for on GERAN: triplets for a SIM. Empty without success.
  std::vector<diameter::GeranVector> triplets(std::string_view imsi, std::uint32_t vectors) {
    diameter::Air air;
    air.routing = routing();
    air.user_name = imsi;
    air.visited_plmn = plmn_;
    air.utran_geran = diameter::Air::Requested{vectors, false, {}};
    Bytes frame;
    diameter::encode_air(air, next_ids(link_), frame);
    exchange(frame);
    const auto aia = diameter::decode_aia(answer_);
    return aia.message ? aia.message->geran : std::vector<diameter::GeranVector>();
  }

  Result<lab::LocationAnswer> update_location(std::string_view imsi, std::string_view imei) override {
    diameter::Ulr ulr;
    ulr.routing = routing();
    ulr.user_name = imsi;
    ulr.rat_type = 1004;
    ulr.flags = diameter::ulr_flag::s6a | diameter::ulr_flag::initial_attach;
    ulr.visited_plmn = plmn_;
    if (!imei.empty()) ulr.terminal = diameter::TerminalInformation{imei, "01"};
    Bytes frame;
    diameter::encode_ulr(ulr, next_ids(link_), frame);
    exchange(frame);
    const auto ula = diameter::decode_ula(answer_);
    if (!ula.message) return error(Errc::corrupt, "no ULA");
    return lab::LocationAnswer{ula.message->code, ula.message->data};
  }

 private:
  static hss::CoreConfig config() {
    hss::CoreConfig config;
    config.self = {"hss.example", "example"};
    return config;
  }
  diameter::Routing routing() const { return {"s;1;1", host_, "example", "", "example"}; }
  void exchange(const Bytes& frame) {
    answer_.clear();
    core_.on_request(link_, frame);
    committer_.pump();
  }
  void send(hss::LinkId, ByteView message) override { answer_.assign(message.begin(), message.end()); }
  diameter::Ids next_ids(hss::LinkId) override { return {++id_, id_}; }

  const hss::LinkId link_ = 1;
  const ByteArray<3> plmn_{0x00, 0xf1, 0x10};
  InlineCommitter committer_;
  hss::Core core_;
  std::string host_;
  std::uint32_t id_ = 0;
  Bytes answer_;
  std::vector<Block> rands_;
};

}  // namespace simbiont::property

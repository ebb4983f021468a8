// A fixed workload of AIRs through hss::Core, for counting instructions: bench_air_path VECTORS. Store, clock
// and random numbers are made; nothing depends on the hour or the machine's state. tools/bench-baseline runs
// it under callgrind, which counts in air_path_measured() only.
#include <charconv>
#include <cstdlib>
#include <iostream>
#include <string>

#include "diameter/s6a.h"
#include "hss/core.h"
#include "hss/log.h"
#include "store/store.h"
#include "tests/support/manual_parts.h"

namespace {

using namespace simbiont;

constexpr std::size_t subscribers = 64, kmes = 4, airs = 1024,
                      air_batch = 64;  // of one read
constexpr std::uint64_t first_imsi = 1'010'000'000'000;
constexpr const char* mme = "mme1.bench.example";

std::string imsi_digits(std::size_t index) { return "00" + std::to_string(first_imsi + index); }
std::string kme_id(std::size_t index) { return "kme" + std::to_string(index); }

// What the HSS writes, kept to be judged.
class Sink final : public hss::Outlet {
 public:
  Sink() { octets_.reserve(4UL * 1024 * 1024); }
  void send(hss::LinkId, ByteView message) override {
    octets_.insert(octets_.end(), message.begin(), message.end());
  }
  Bytes* buffer(hss::LinkId) override { return &octets_; }
  diameter::Ids next_ids(hss::LinkId) override {
    ++ids_;
    return {ids_, ids_};
  }
  void clear() { octets_.clear(); }

  // How many answers there are, all of them successes with so many vectors; 0 otherwise.
  std::size_t successes(std::size_t vectors) const {
    std::size_t count = 0;
    ByteView stream(octets_);
    for (auto frame = diameter::next_frame(stream); frame.state == diameter::FrameState::complete;
         frame = diameter::next_frame(stream), ++count) {
      const auto aia = diameter::decode_aia(frame.message);
      if (!aia.message || aia.message->code != diameter::result::success ||
          aia.message->vectors.size() != vectors)
        return 0;
      stream = stream.subspan(frame.message.size());
    }
    return count;
  }

 private:
  Bytes octets_;
  std::uint32_t ids_ = 0;
};

class Workload {
 public:
  explicit Workload(std::uint32_t vectors)
      : store_(store::make_memory_store()),
        committer_(*store_),
        core_({{"hss.bench.example", "bench.example"}}, *store_, clock_, random_, committer_, sink_) {
    fill_store();
    core_.link_up(1, mme);
    for (std::size_t i = 0; i < airs; ++i) frames_.push_back(frame(i, vectors));
  }

  void ask(std::size_t first, std::size_t count) {
    for (std::size_t i = first; i < first + count; ++i) {
      core_.collect(1, frames_[i]);
      if ((i + 1) % air_batch != 0) continue;
      core_.finish();
      settle();
    }
  }
  // Every subscriber often enough that its blocks of SEQs have grown.
  void warm_up() {
    ask(0, airs);
    sink_.clear();
  }
  const Sink& sink() const { return sink_; }

 private:
  Block random_block() {
    Block block;
    random_.fill(block);
    return block;
  }

  void fill_store() {
    for (std::size_t i = 0; i < kmes; ++i) {
      binding::Kme kme;
      kme.id = kme_id(i);
      kme.epochs.push_back({1, binding::EpochState::active, Secret(random_block())});
      put({store::PutKme{kme, false}});
    }
    for (std::size_t i = 0; i < subscribers; ++i) {
      const Imsi imsi = *Imsi::parse(imsi_digits(i));
      const Imei imei = Imei::from_key(35'000'000'000'000 + i);
      const store::Subscriber subscriber{
          imsi, aka::Algorithm::milenage, Secret(random_block()), Secret(random_block()), {0x80, 0}, 0, {},
          {}};
      binding::Binding binding;
      binding.mode = binding::Mode::enforce;
      binding.associations.push_back({imei, kme_id(i % kmes), 1});
      put({store::PutSubscriber{subscriber, false}, store::PutDevice{{imei, kme_id(i % kmes), 1}, false},
           store::PutBinding{imsi, binding}});
    }
  }
  void put(const store::Changes& changes) {
    if (const Status done = store_->commit(changes); !done) {
      std::cerr << "bench_air_path: " << done.error().message << '\n';
      std::_Exit(1);
    }
  }

  Bytes frame(std::size_t number, std::uint32_t vectors) {
    const std::string session = std::string(mme) + ";1;" + std::to_string(1'000'000 + number);
    const std::string imsi = imsi_digits(number * 37 % subscribers);
    diameter::Air air;
    air.routing = {session, mme, "bench.example", {}, "bench.example"};
    air.user_name = imsi;
    air.visited_plmn = {0x00, 0xf1, 0x10};
    air.eutran = diameter::Air::Requested{vectors, false, {}};
    Bytes out;
    const auto id = static_cast<std::uint32_t>(number);
    diameter::encode_air(air, {id, id}, out);
    return out;
  }

  void settle() {
    while (committer_.pump()) core_.on_time();
  }

  ManualClock clock_;
  test::SeededRandom random_{4};
  std::unique_ptr<store::Store> store_;
  test::ManualCommitter committer_;
  Sink sink_;
  hss::Core core_;
  std::vector<Bytes> frames_;
};

}  // namespace

extern "C" __attribute__((noinline)) void air_path_measured(void* workload) {
  static_cast<Workload*>(workload)->ask(0, airs);
}

int main(int argc, char** argv) {
  const std::string_view text(argc == 2 ? argv[1] : "");
  std::uint32_t vectors = 0;
  std::from_chars(text.data(), text.data() + text.size(), vectors);
  if (vectors < 1 || vectors > 5) {
    std::cerr << "bench_air_path VECTORS: 1 to 5\n";
    return 2;
  }
  hss::set_log_level(hss::LogLevel::error);
  Workload workload(vectors);
  workload.warm_up();
  air_path_measured(&workload);
  const std::size_t answered = workload.sink().successes(vectors);
  std::cout << answered << " AIRs answered with " << vectors << " vectors each\n";
  return answered == airs ? 0 : 1;
}

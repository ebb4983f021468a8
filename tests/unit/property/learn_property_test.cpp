// Mode learn among owners, thieves and forged IMEIs: whatever comes in which order, a forged report never
// locks the owner out, the lock is on a key that was used, and a LOCKED or SUSPENDED IMSI never shows a plain
// RAND. What is expected is DESIGN 4's promise, not its steps. SIMBIONT_SEED replays a run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <set>

#include "hss/log.h"
#include "tests/unit/property/home_network.h"

namespace simbiont::property {
namespace {

using binding::Mode;

constexpr int owners = 3;  // devices, a KME each; the last one of `devices` is a thief's phone
constexpr const char* digits = "001010000000001";

class LearnPlay {
 public:
  explicit LearnPlay(std::uint64_t seed) : any_(seed), store_(store::make_memory_store()) {
    const auto key = [&] {
      Bytes octets(16);
      for (auto& octet : octets) octet = static_cast<std::uint8_t>(any_());
      return Secret(octets);
    };
    store::Subscriber subscriber{imsi_, {}, key(), key(), {0x80, 0}, 0, {}, {}};
    card_ = std::make_unique<usim::Usim>(usim::Profile{digits, subscriber.k, subscriber.opc});
    store::Changes changes{store::PutSubscriber{subscriber}};
    for (int i = 0; i < owners; ++i) {
      const binding::Kme kme{"kme-" + std::to_string(i),
                             binding::TransformAlgorithm::aes128,
                             {{1, binding::EpochState::active, key()}}};
      const Imei imei = Imei::from_key(35'000'000'000'000ULL + static_cast<std::uint64_t>(i));
      changes.emplace_back(store::PutKme{kme});
      changes.emplace_back(store::PutDevice{{imei, kme.id, 1}});
      lab::Device device;
      device.imei = imei.digits14();
      device.slots = {{kme.id, *lab::scheme("aes128"), kme.epochs.front().key}};
      devices_.push_back(std::move(device));
    }
    devices_.push_back({"35999900000017", "35999900000017", {}, true});
    EXPECT_TRUE(store_->commit(changes).ok());
    restart();
    learn();
  }

  void step() {
    clock_.advance_ms(1 + below(400'000));
    home_->core().on_time();
    home_->settle();
    const int what = below(100);
    if (what < 5) return restart();
    if (what < 8) return suspend(state().suspended_at == 0);
    if (what < 12 && state().suspended_at == 0) return learn();
    attach(devices_[static_cast<std::size_t>(below(owners + 1))]);
  }

  // Whatever was reported: after a trial's time the owner is served.
  void the_owner_is_not_locked_out() {
    if (state().suspended_at != 0) suspend(false);
    if (state().mode != Mode::learn) return;
    const lab::Device& owner = devices_[static_cast<std::size_t>(below(owners))];
    if (tries(owner, owner.imei)) return;
    clock_.advance_ms(hss::CoreConfig{}.learn_time_ms);
    EXPECT_TRUE(tries(owner, owner.imei)) << "owner " << owner.imei;
  }

  int locks() const { return locks_; }
  int forged() const { return forged_; }

 private:
  int below(int n) { return static_cast<int>(any_() % static_cast<std::uint64_t>(n)); }
  binding::Binding state() { return store_->subscriber(imsi_)->value().binding; }

  void restart() {
    home_.reset();
    home_ = std::make_unique<CoreHome>(*store_, clock_, random_, "mme.example");
  }
  void put(const binding::Binding& binding) {
    const store::Changes changes{store::PutBinding{imsi_, binding}};
    ASSERT_TRUE(store_->commit(changes).ok());
    home_->core().committed(changes);
  }
  void learn() {
    binding::Binding binding;
    binding.mode = Mode::learn;
    used_.clear();
    put(binding);
  }
  void suspend(bool on) {
    binding::Binding binding = state();
    binding.suspended_at = on ? clock_.unix_ms() : 0;
    put(binding);
  }

  void attach(const lab::Device& device) {
    const bool forges = below(100) < 40;
    const auto& declared = forges ? devices_[static_cast<std::size_t>(below(owners))].imei : device.imei;
    forged_ += forges ? 1 : 0;
    const binding::Binding before = state();
    const bool attached = tries(device, declared);
    if (before.suspended_at != 0 || before.mode == Mode::enforce) {
      const bool opens = before.mode == Mode::enforce && holds(device, before.associations.front().kme);
      EXPECT_EQ(attached, before.suspended_at == 0 && opens);
    }
    const binding::Binding after = state();
    if (before.mode == Mode::enforce || after.mode != Mode::enforce) return;
    ++locks_;
    ASSERT_EQ(after.associations.size(), 1U);
    EXPECT_TRUE(used_.count(after.associations.front().kme)) << "locked to a key that nobody used";
  }

  static bool holds(const lab::Device& device, const std::string& kme) {
    return !device.slots.empty() && device.slots.front().id == kme;
  }

  // One attach; what was transported is judged.
  bool tries(const lab::Device& device, const std::string& declared) {
    const binding::Binding before = state();
    const std::size_t seen = home_->rands().size();
    const auto report = lab::attach(*home_, {device, *card_, declared, {0x00, 0xf1, 0x10}, 3});
    EXPECT_TRUE(report.ok());
    bool plain = true;
    for (std::size_t i = seen; i < home_->rands().size(); ++i) {
      plain = random_.gave(home_->rands()[i]);
      const bool closed = before.mode == Mode::enforce || before.suspended_at != 0;
      EXPECT_FALSE(plain && closed) << "a plain RAND of a LOCKED or SUSPENDED IMSI";
    }
    const bool attached = report.ok() && report->outcome == lab::AttachOutcome::attached;
    if (attached && !plain) used_.insert(device.slots.front().id);
    return attached;
  }

  std::mt19937_64 any_;
  const Imsi imsi_ = *Imsi::parse(digits);
  ManualClock clock_;
  RecordingRandom random_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<CoreHome> home_;
  std::unique_ptr<usim::Usim> card_;
  std::vector<lab::Device> devices_;
  std::set<std::string> used_;  // KMEs under which a card was served since learning began
  int locks_ = 0, forged_ = 0;
};

TEST(LearnProperty, a_forged_report_locks_nobody_out_and_the_lock_is_on_a_key_that_was_used) {
  const char* given = std::getenv("SIMBIONT_SEED");  // NOLINT(concurrency-mt-unsafe)
  const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  hss::set_log_level(hss::LogLevel::off);
  const int plays = given != nullptr ? 1 : 60;
  int locks = 0, forged = 0;
  for (int i = 0; i < plays; ++i) {
    const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
    LearnPlay play(seed);
    for (int step = 0; step < 100 && !testing::Test::HasFailure(); ++step) {
      play.step();
      if (step % 10 == 9) play.the_owner_is_not_locked_out();
    }
    if (testing::Test::HasFailure()) FAIL() << "replay with SIMBIONT_SEED=" << seed;
    locks += play.locks();
    forged += play.forged();
  }
  std::cout << plays << " plays, " << locks << " locks, " << forged << " forged reports; seeds from " << first
            << "\n";
  EXPECT_GT(locks, plays / 2);
  EXPECT_GT(forged, plays * 10);
}

}  // namespace
}  // namespace simbiont::property

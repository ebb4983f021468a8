// Roll-overs of a fleet (DESIGN 4): random delays; updates and confirmations that are lost, come twice, are
// replayed or forged; an HSS that is killed around any commit, devices that restart or cannot save; USIMs and
// SIMs (2G), several IMSIs in a device and several devices for an IMSI. At every moment each device attaches
// with each of its cards, and no device without the K_ME does. SIMBIONT_SEED replays a run, SIMBIONT_DEVICES
// and SIMBIONT_ROLLOVERS size it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <iostream>

#include "hss/log.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/rollover/world.h"

namespace simbiont::rollover {
namespace {

constexpr std::int64_t second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;

std::uint64_t environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct Tally {
  std::size_t attaches = 0, second_tries = 0, resyncs = 0, refused_thieves = 0, refused_proofs = 0, lost = 0,
              restarts = 0, refused_updates = 0, refused_retires = 0, prefetched = 0;
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, std::size_t devices, int rollovers, const std::string& directory)
      : any_(seed),
        fleet_(make_fleet(any_, devices, rollovers)),
        home_(directory + "/store.db", crypto::make_key_sealer(any_.key(32)), clock_, random_),
        thief_("35999900000001", any_.octets(32), true) {
    const store::Changes all = provision(fleet_);
    EXPECT_TRUE(home_.store().commit(all).ok());
    home_.core().core().committed(all);
    for (std::size_t i = 0; i < fleet_.kmes.size(); ++i) after(any_.below(5 * day), [this, i] { start(i); });
  }

  void run() {
    while (!events_.empty() && !testing::Test::HasFailure()) {
      const auto next = events_.extract(events_.begin());
      if (next.key() > clock_.unix_ms()) clock_.advance_ms(next.key() - clock_.unix_ms());
      trouble();
      next.mapped()();
      attach_somebody();
      if (any_.percent(20)) thieve();
    }
  }
  void judge_the_end();
  const Tally& tally() const { return tally_; }
  int kills() const { return home_.kills; }

 private:
  using Event = std::function<void()>;
  void after(std::int64_t delay, Event event) {
    events_.emplace(clock_.unix_ms() + 1 + delay, std::move(event));
  }
  std::int64_t soon() { return static_cast<std::int64_t>(any_.below(6 * hour)); }

  void trouble();
  // The operator.
  void start(std::size_t kme);
  void activate(std::size_t kme);
  void try_to_retire(std::size_t kme);
  void watch(std::size_t kme);
  binding::Kme stored(const Kme& kme) { return **home_.store().kme(kme.id); }
  // The way to a device and back.
  Bytes update_for(std::size_t unit, std::uint64_t epoch);
  void deliver(std::size_t unit, std::uint64_t epoch, Bytes update);
  void replay_update(std::size_t unit);
  void confirm(std::size_t unit, std::uint64_t epoch);
  void answer(std::size_t unit, std::uint64_t epoch, const Block& challenge);
  void forge(const std::string& path, const Block& proof);
  // The radio.
  void attach_somebody();
  bool attach(Fleet::Sim& sim, Device& device);
  bool attach_usim(Fleet::Sim& sim, Device& device, std::optional<diameter::EutranVector> vector);
  bool attach_sim(Fleet::Sim& sim, Device& device);
  void prefetch(Fleet::Sim& sim, std::size_t unit);
  void thieve();

  std::string path(const Kme& kme, std::uint64_t epoch, const char* what, std::size_t unit) const {
    return "/v1/kmes/" + kme.id + "/epochs/" + std::to_string(epoch) + '/' + what + '/' +
           fleet_.units[unit].device->imei();
  }

  Chance any_;
  ManualClock clock_;
  property::RecordingRandom random_;
  Fleet fleet_;
  Home home_;
  Device thief_;
  std::multimap<UnixMs, Event> events_;
  std::map<std::pair<std::size_t, std::uint64_t>, bool> confirmed_;
  Tally tally_;
};

// What goes wrong on an ordinary day.
void Simulation::trouble() {
  if (any_.below(120) == 0) {
    home_.live().fuse = static_cast<int>(1 + any_.below(4));
    home_.live().before_commit = any_.percent(50);
  }
  if (any_.below(400) == 0) home_.kill_and_start();
  if (any_.below(200) == 0) home_.api().on_time();
  auto& device = *fleet_.units[any_.below(fleet_.units.size())].device;
  if (any_.percent(5)) {
    device.restart();
    ++tally_.restarts;
  }
  if (any_.percent(2)) device.saves = false;
  if (any_.percent(20)) device.saves = true;
}

void Simulation::start(std::size_t index) {
  Kme& kme = fleet_.kmes[index];
  const std::uint64_t next = stored(kme).highest() + (kme.rolling ? 0 : 1);
  if (!kme.rolling) {
    kme.goal = next;
    kme.keys[next] = any_.octets(key_size(kme.algorithm));
    kme.rolling = true;
    kme.activated = false;
  }
  if (stored(kme).in_state(binding::EpochState::staged) == nullptr) {
    const auto staged =
        home_.call("POST", "/v1/kmes/" + kme.id + "/stage", {{"key", to_hex(kme.keys[kme.goal])}});
    if (staged.status == 0) return after(minute, [this, index] { start(index); });
    ASSERT_EQ(staged.status, 200) << staged.body;
    ASSERT_EQ(staged.body["epoch"], kme.goal);
  }
  for (const std::size_t unit : kme.devices)
    after(static_cast<std::int64_t>(any_.below(4 * day)),
          [this, unit, goal = kme.goal] { deliver(unit, goal, update_for(unit, goal)); });
  after(static_cast<std::int64_t>(any_.below(6 * day)), [this, index] { activate(index); });
}

void Simulation::activate(std::size_t index) {
  Kme& kme = fleet_.kmes[index];
  const auto done = home_.call("POST", "/v1/kmes/" + kme.id + "/activate");
  const auto* active = stored(kme).in_state(binding::EpochState::active);
  if (active == nullptr || active->number != kme.goal) {
    ASSERT_EQ(done.status, 0) << done.body;
    return after(minute, [this, index] { activate(index); });
  }
  kme.activated = true;
  // A SIM's device is told now: it makes the slot current and confirms.
  for (const std::size_t unit : kme.devices)
    if (fleet_.units[unit].gsm) after(soon(), [this, unit, goal = kme.goal] { confirm(unit, goal); });
  after(soon(), [this, index] { try_to_retire(index); });
  after(day, [this, index] { watch(index); });
}

// Never forced: it is refused while anybody needs the epoch.
void Simulation::try_to_retire(std::size_t index) {
  Kme& kme = fleet_.kmes[index];
  const auto users = *home_.store().epoch_users(kme.id, kme.goal, 1);
  const auto done = home_.call("POST", "/v1/kmes/" + kme.id + "/retire", {{"force", false}});
  if (done.status == 0) return;
  ASSERT_EQ(done.status, users.empty() ? 200 : 409) << done.body;
  if (!users.empty()) ++tally_.refused_retires;
}

void Simulation::watch(std::size_t index) {
  Kme& kme = fleet_.kmes[index];
  home_.api().on_time();
  const binding::Kme now = stored(kme);
  for (const auto& epoch : now.epochs)
    if (epoch.state == binding::EpochState::retired) kme.over.try_emplace(epoch.number, clock_.unix_ms());
  const bool over = now.in_state(binding::EpochState::retiring) == nullptr &&
                    home_.store().laggards(kme.id, kme.goal, {}, 1)->empty();
  if (!over) return after(day, [this, index] { watch(index); });
  if (kme.left-- <= 1) return;
  kme.rolling = false;
  after(static_cast<std::int64_t>(any_.below(3 * day)), [this, index] { start(index); });
}

// With the epochs that were over for longer than a vector lives; a device drops none without being told.
Bytes Simulation::update_for(std::size_t unit, std::uint64_t epoch) {
  const Kme& kme = fleet_.kmes[fleet_.units[unit].kme];
  test::SlotUpdate update;
  update.imei = fleet_.units[unit].device->imei();
  update.kme = kme.id;
  update.epoch = epoch;
  update.algorithm = kme.algorithm;
  update.scope = "*";
  update.key = kme.keys.at(epoch);
  for (const auto& [old, since] : kme.over)
    if (since + 2 * day < clock_.unix_ms() && update.drops.size() < 3) update.drops.push_back(old);
  return update.sealed(fleet_.units[unit].device->transport());
}

void Simulation::deliver(std::size_t unit, std::uint64_t epoch, Bytes update) {
  auto& to = fleet_.units[unit];
  const Kme& kme = fleet_.kmes[to.kme];
  const auto again = [this, unit, epoch, update] { deliver(unit, epoch, update); };
  replay_update(unit);
  if (any_.percent(20)) {
    ++tally_.lost;
    return after(soon(), again);
  }
  const auto taken = to.device->update(update);
  if (taken == SIMBIONT_ME_SAVE_FAILED) return after(soon(), again);
  ASSERT_TRUE(taken == SIMBIONT_ME_OK || to.device->holds(kme.id, epoch)) << simbiont_me_status_text(taken);
  to.updates.push_back(update);
  if (any_.percent(10)) {
    EXPECT_EQ(to.device->update(update), SIMBIONT_ME_ROLLBACK);
  }
  if (!to.gsm) after(soon(), [this, unit, epoch] { confirm(unit, epoch); });
  if (to.gsm && kme.activated) after(soon(), [this, unit, epoch] { confirm(unit, epoch); });
}

// An old update, and one under a key that is not the device's.
void Simulation::replay_update(std::size_t unit) {
  auto& to = fleet_.units[unit];
  if (!to.updates.empty() && any_.percent(20)) {
    EXPECT_NE(to.device->update(to.updates[any_.below(to.updates.size())]), SIMBIONT_ME_OK);
    ++tally_.refused_updates;
  }
  if (!any_.percent(10)) return;
  test::SlotUpdate forged;
  forged.imei = to.device->imei();
  forged.kme = fleet_.kmes[to.kme].id;
  forged.epoch = 1000;
  forged.algorithm = SIMBIONT_ME_AES128;
  forged.scope = "*";
  forged.key = any_.octets(16);
  EXPECT_EQ(to.device->update(forged.sealed(any_.octets(32))), SIMBIONT_ME_NOT_AUTHENTIC);
  ++tally_.refused_updates;
}

void Simulation::confirm(std::size_t unit, std::uint64_t epoch) {
  if (confirmed_[{unit, epoch}]) return;
  auto& device = *fleet_.units[unit].device;
  const Kme& kme = fleet_.kmes[fleet_.units[unit].kme];
  const auto again = [this, unit, epoch] { confirm(unit, epoch); };
  if (!device.holds(kme.id, epoch)) return after(soon(), again);
  const auto asked = home_.call("POST", path(kme, epoch, "challenges", unit));
  if (asked.status == 0) return after(soon(), again);
  ASSERT_EQ(asked.status, 200) << asked.body;
  Block challenge{};
  ASSERT_TRUE(from_hex(asked.body["challenge"].get<std::string>(), challenge));
  if (any_.percent(10)) return after(soon(), again);  // it did not arrive
  if (fleet_.units[unit].gsm) device.make_current(kme.id, epoch);
  after(any_.percent(90) ? soon() : 8 * day,
        [this, unit, epoch, challenge] { answer(unit, epoch, challenge); });
}

void Simulation::answer(std::size_t unit, std::uint64_t epoch, const Block& challenge) {
  if (confirmed_[{unit, epoch}]) return;
  const Kme& kme = fleet_.kmes[fleet_.units[unit].kme];
  const auto again = [this, unit, epoch] { confirm(unit, epoch); };
  const std::string where = path(kme, epoch, "confirmations", unit);
  Block proof{};
  ASSERT_TRUE(fleet_.units[unit].device->prove(kme.id, epoch, challenge, proof));
  forge(where, proof);
  if (any_.percent(15)) {
    ++tally_.lost;
    return after(soon(), again);
  }
  const auto done = home_.call("POST", where, {{"proof", to_hex(proof)}});
  if (done.status != 200) {  // killed, or it came late, or another challenge was sent meanwhile
    ASSERT_TRUE(done.status == 0 || done.status == 409) << done.body;
    return after(soon(), again);
  }
  confirmed_[{unit, epoch}] = true;
  if (!any_.percent(15)) return;
  const auto replayed = home_.call("POST", where, {{"proof", to_hex(proof)}});
  EXPECT_NE(replayed.status, 200) << "a proof confirmed twice";
  ++tally_.refused_proofs;
}

void Simulation::forge(const std::string& where, const Block& proof) {
  if (!any_.percent(10)) return;
  Block wrong = proof;
  wrong[any_.below(16)] ^= static_cast<std::uint8_t>(1U << any_.below(8));
  EXPECT_NE(home_.call("POST", where, {{"proof", to_hex(wrong)}}).status, 200) << "a forged proof confirmed";
  ++tally_.refused_proofs;
}

void Simulation::attach_somebody() {
  auto& sim = fleet_.sims[any_.below(fleet_.sims.size())];
  const std::size_t unit = sim.devices[any_.below(sim.devices.size())];
  if (!sim.gsm && any_.percent(10)) return prefetch(sim, unit);
  if (!sim.gsm && any_.percent(3))  // the card has seen another AuC's vectors
    for (auto& seq : sim.card->authenticator().accepted_seq()) seq += 100'000;
  EXPECT_TRUE(attach(sim, *fleet_.units[unit].device))
      << "IMSI " << sim.imsi << (sim.gsm ? " (SIM)" : "") << " is stranded in device "
      << fleet_.units[unit].device->imei() << " of " << fleet_.kmes[fleet_.units[unit].kme].id;
  ++tally_.attaches;
}

bool Simulation::attach(Fleet::Sim& sim, Device& device) {
  const bool attached = sim.gsm ? attach_sim(sim, device) : attach_usim(sim, device, {});
  if (!attached) return false;
  const auto registered = home_.core().update_location(sim.imsi, device.imei());
  return registered && registered->code == diameter::result::success;
}

// vector: one that the node fetched earlier.
bool Simulation::attach_usim(Fleet::Sim& sim, Device& device, std::optional<diameter::EutranVector> vector) {
  Bytes resync;
  for (int round = 0; round < 2; ++round) {
    if (!vector) {
      const auto answer = home_.core().authentication(sim.imsi, 1, resync);
      if (!answer || answer->vectors.empty()) return false;
      vector = answer->vectors.front();
    }
    const auto result = device.challenge(sim.imsi, *sim.card, vector->rand, vector->autn);
    if (result.verdict == SIMBIONT_ME_SUCCESS)
      return std::equal(vector->xres.begin(), vector->xres.end(), result.res);
    if (result.verdict != SIMBIONT_ME_SYNC_FAILURE) return false;
    ++tally_.resyncs;
    resync.assign(vector->rand.begin(), vector->rand.end());
    resync.insert(resync.end(), result.auts, result.auts + 14);
    vector.reset();
  }
  return false;
}

// No MAC: the node compares SRES, and after its reject the device takes another slot.
bool Simulation::attach_sim(Fleet::Sim& sim, Device& device) {
  for (int tries = 0; tries < 4; ++tries) {
    const auto triplets = home_.core().triplets(sim.imsi, 1);
    if (triplets.empty()) return false;
    const auto result = device.challenge_gsm(sim.imsi, *sim.card, triplets[0].rand);
    if (result.verdict == SIMBIONT_ME_SUCCESS &&
        std::equal(triplets[0].sres.begin(), triplets[0].sres.end(), result.res))
      return true;
    ++tally_.second_tries;
    device.gsm_rejected();
  }
  return false;
}

// A vector that waits in the node while keys change, for less than a vector's life.
void Simulation::prefetch(Fleet::Sim& sim, std::size_t unit) {
  const auto answer = home_.core().authentication(sim.imsi, 1, {});
  ASSERT_TRUE(answer && !answer->vectors.empty()) << sim.imsi;
  after(static_cast<std::int64_t>(any_.below(23 * hour)),
        [this, &sim, unit, vector = answer->vectors.front()] {
          EXPECT_TRUE(attach_usim(sim, *fleet_.units[unit].device, vector))
              << "IMSI " << sim.imsi << ": a vector fetched earlier strands it";
          ++tally_.prefetched;
        });
}

// Somebody else's device, with keys of other fleets perhaps, and the IMEI that belongs to the SIM.
void Simulation::thieve() {
  auto& sim = fleet_.sims[any_.below(fleet_.sims.size())];
  Device* device = &thief_;
  if (any_.percent(50)) {
    auto& other = fleet_.units[any_.below(fleet_.units.size())];
    if (other.kme != fleet_.units[sim.devices[0]].kme) device = other.device.get();
  }
  if (sim.gsm) {
    const auto triplets = home_.core().triplets(sim.imsi, 1);
    ASSERT_FALSE(triplets.empty());
    const auto result = device->challenge_gsm(sim.imsi, *sim.card, triplets[0].rand);
    EXPECT_FALSE(result.verdict == SIMBIONT_ME_SUCCESS &&
                 std::equal(triplets[0].sres.begin(), triplets[0].sres.end(), result.res))
        << "a device without the K_ME attached with SIM " << sim.imsi;
    device->gsm_rejected();
  } else {
    const auto answer = home_.core().authentication(sim.imsi, 1, {});
    ASSERT_TRUE(answer && !answer->vectors.empty()) << sim.imsi;
    const auto result =
        device->challenge(sim.imsi, *sim.card, answer->vectors[0].rand, answer->vectors[0].autn);
    EXPECT_EQ(result.verdict, SIMBIONT_ME_MAC_FAILURE)
        << "a device without the K_ME attached with " << sim.imsi;
  }
  ++tally_.refused_thieves;
}

// Every roll-over came to its end without force: one epoch in use, and everybody on it.
void Simulation::judge_the_end() {
  clock_.advance_ms(3 * day);
  home_.kill_and_start();
  home_.api().on_time();
  for (const Kme& kme : fleet_.kmes) {
    const auto progress = *home_.store().epoch_progress(kme.id, kme.goal);
    EXPECT_EQ(progress.confirmed, kme.devices.size()) << kme.id;
    EXPECT_EQ(progress.moved, progress.imsis) << kme.id;
    for (const auto& epoch : stored(kme).epochs) {
      EXPECT_EQ(binding::name(epoch.state), epoch.number == kme.goal ? "ACTIVE" : "RETIRED") << kme.id;
      EXPECT_EQ(epoch.key.empty(), epoch.number != kme.goal) << kme.id << " keeps the key of a past epoch";
    }
  }
  for (auto& sim : fleet_.sims)
    for (const std::size_t unit : sim.devices)
      EXPECT_TRUE(attach(sim, *fleet_.units[unit].device)) << sim.imsi << " is stranded in the end";
}

TEST(RolloverSimulation, strands_no_device_and_lets_none_in_without_the_k_me) {
  const std::uint64_t seed = environment("SIMBIONT_SEED", std::random_device{}());
  const auto devices = static_cast<std::size_t>(environment("SIMBIONT_DEVICES", 300));
  const auto rollovers = static_cast<int>(environment("SIMBIONT_ROLLOVERS", 3));
  std::cout << "SIMBIONT_SEED=" << seed << " SIMBIONT_DEVICES=" << devices
            << " SIMBIONT_ROLLOVERS=" << rollovers << std::endl;
  hss::set_log_level(hss::LogLevel::off);
  const simbiont::test::TempDir directory;
  Simulation simulation(seed, devices, rollovers, directory.file(""));
  simulation.run();
  if (!testing::Test::HasFailure()) simulation.judge_the_end();
  const Tally& tally = simulation.tally();
  std::cout << tally.attaches << " attaches, " << tally.prefetched << " with vectors fetched earlier, "
            << tally.second_tries << " SIM challenges answered under the other slot, " << tally.resyncs
            << " resynchronisations; " << tally.refused_thieves << " thieves, " << tally.refused_proofs
            << " forged or replayed proofs, " << tally.refused_updates << " such updates refused; "
            << tally.lost << " messages lost, " << simulation.kills() << " kills of the HSS, "
            << tally.restarts << " restarts of devices; retire refused " << tally.refused_retires << " times"
            << std::endl;
  EXPECT_FALSE(testing::Test::HasFailure()) << "replay with SIMBIONT_SEED=" << seed;
  EXPECT_GT(tally.attaches, devices * static_cast<std::size_t>(rollovers));
  EXPECT_GT(simulation.kills(), 5);
  EXPECT_GT(tally.resyncs, 0U);
  EXPECT_GT(tally.refused_thieves, devices);
}

}  // namespace
}  // namespace simbiont::rollover

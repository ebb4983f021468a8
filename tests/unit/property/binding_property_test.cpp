// Over random operators' data: for every IMSI, device and reported IMEI an attach succeeds exactly when the
// device holds the selected K_ME. The oracle is the plain table `Row` below and knows nothing of the HSS but
// DESIGN 4's sentences. SIMBIONT_SEED replays a run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "hss/log.h"
#include "tests/unit/property/home_network.h"

namespace simbiont::property {
namespace {

using binding::Mode;

constexpr const char* foreign_imei = "35999900000017";
constexpr const char* malformed_imei = "n/a";

// What the operator and the nodes said of one IMSI, in the operator's words.
struct Row {
  std::string imsi;
  Mode mode = Mode::off;
  bool suspended = false;
  std::vector<int> devices;   // associated, in the order they were bound
  std::string reported_imei;  // the last well-formed one
  int evidence_device = -1;
  Secret k, opc;
};

struct World {
  std::vector<binding::Kme> kmes;
  std::vector<lab::Device> devices;  // with the keys they hold
  std::vector<int> kme_of;           // device -> index of kmes, as the operator registered it
  std::vector<Row> rows;
  std::map<std::string, usim::Usim> cards;
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(n)); }
  bool chance(int percent) { return below(100) < percent; }
  Secret key(std::size_t size) {
    Bytes octets(size);
    for (auto& octet : octets) octet = static_cast<std::uint8_t>(engine_());
    return Secret(octets);
  }

 private:
  std::mt19937_64 engine_;
};

lab::KeySlot slot_of(const binding::Kme& kme) {
  return {kme.id, *lab::scheme(binding::name(kme.algorithm)), kme.epochs.front().key};
}

World make_world(Generator& any) {
  World world;
  const int kmes = 2 + any.below(4);
  for (int i = 0; i < kmes; ++i) {
    const auto algorithm = static_cast<binding::TransformAlgorithm>(any.below(3));
    world.kmes.push_back({"kme-" + std::to_string(i),
                          algorithm,
                          {{1, binding::EpochState::active, any.key(binding::key_size(algorithm))}}});
  }
  const int devices = 3 + any.below(6);
  for (int i = 0; i < devices; ++i) {
    lab::Device device;
    device.imei = Imei::from_key(35'000'000'000'000ULL + static_cast<std::uint64_t>(i)).digits14();
    world.kme_of.push_back(any.below(kmes));
    device.slots = {slot_of(world.kmes[static_cast<std::size_t>(world.kme_of.back())])};
    if (any.chance(20))
      device.slots.push_back(slot_of(world.kmes[static_cast<std::size_t>(any.below(kmes))]));
    if (any.chance(15)) device.slots.clear();  // a device of the fleet that lost its key
    world.devices.push_back(std::move(device));
  }
  world.devices.push_back({"phone", foreign_imei, {}, true});  // a thief's
  for (int i = 0; i < 1 + any.below(5); ++i) {
    Row row;
    row.imsi = "00101000000000" + std::to_string(i);
    row.k = any.key(16);
    row.opc = any.key(16);
    world.cards.emplace(row.imsi, usim::Usim({row.imsi, row.k, row.opc}));
    world.rows.push_back(std::move(row));
  }
  return world;
}

// DESIGN 4 in the words of an operator: the index of the KME, -1 for a plain vector, nullopt for no vector.
std::optional<int> selected(const World& world, const Row& row) {
  if (row.suspended) return std::nullopt;
  if (row.mode != Mode::enforce) return -1;
  if (row.devices.empty()) return std::nullopt;
  const auto kme = [&](int device) { return world.kme_of[static_cast<std::size_t>(device)]; };
  std::set<int> different;
  for (const int device : row.devices) different.insert(kme(device));
  if (different.size() == 1) return *different.begin();
  for (const int device : row.devices)
    if (world.devices[static_cast<std::size_t>(device)].imei == row.reported_imei) return kme(device);
  for (const int device : row.devices)
    if (device == row.evidence_device) return kme(device);
  return kme(row.devices.front());
}

bool holds(const lab::Device& device, const binding::Kme& kme) {
  for (const lab::KeySlot& slot : device.slots)
    if (slot.id == kme.id) return true;
  return false;
}

class Play {
 public:
  explicit Play(std::uint64_t seed)
      : any_(seed),
        world_(make_world(any_)),
        store_(store::make_memory_store()),
        home_(*store_, clock_, random_, "mme.example") {
    store::Changes changes;
    for (const auto& kme : world_.kmes) changes.emplace_back(store::PutKme{kme, false});
    for (std::size_t i = 0; i < world_.kme_of.size(); ++i)
      changes.emplace_back(
          store::PutDevice{{imei(static_cast<int>(i)), kme_id(static_cast<int>(i)), 1}, false});
    for (const Row& row : world_.rows) {
      store::Subscriber subscriber{*Imsi::parse(row.imsi), {}, {}, {}, {0x80, 0}, 0, {}, {}};
      subscriber.k = row.k;
      subscriber.opc = row.opc;
      changes.emplace_back(store::PutSubscriber{subscriber, false});
    }
    EXPECT_TRUE(store_->commit(changes).ok());
  }

  void step() {
    Row& row = world_.rows[static_cast<std::size_t>(any_.below(static_cast<int>(world_.rows.size())))];
    clock_.advance_ms(1 + any_.below(5'000));
    if (any_.chance(25)) return rebind(row);
    if (any_.chance(10)) return desynchronise(row);
    attach(row);
  }
  int attached() const { return attached_; }
  int refused() const { return refused_; }

 private:
  Imei imei(int device) const { return *Imei::parse(world_.devices[static_cast<std::size_t>(device)].imei); }
  std::string kme_id(int device) const {
    return world_.kmes[static_cast<std::size_t>(world_.kme_of[static_cast<std::size_t>(device)])].id;
  }

  // The operator's next wish for this IMSI, written as the admin handlers write it.
  void rebind(Row& row) {
    row.mode = any_.chance(50) ? Mode::off : Mode::observe;
    if (any_.chance(70)) row.mode = Mode::enforce;
    row.suspended = any_.chance(10);
    if (any_.chance(70)) {
      row.devices.clear();
      for (int device = 0; device < static_cast<int>(world_.kme_of.size()); ++device)
        if (any_.chance(30))
          row.devices.insert(row.devices.begin() + any_.below(static_cast<int>(row.devices.size()) + 1),
                             device);
    }
    auto now = store_->subscriber(*Imsi::parse(row.imsi));
    binding::Binding wanted = (*now)->binding;
    wanted.mode = row.mode;
    wanted.suspended_at = row.suspended ? clock_.unix_ms() : 0;
    wanted.violated_at = 0;
    wanted.associations.clear();
    for (const int device : row.devices) wanted.associations.push_back({imei(device), kme_id(device), 1});
    if (!row.devices.empty() && any_.chance(20)) {  // `use`
      const int device =
          row.devices[static_cast<std::size_t>(any_.below(static_cast<int>(row.devices.size())))];
      wanted.reported = binding::Hint{imei(device), clock_.unix_ms()};
      row.reported_imei = world_.devices[static_cast<std::size_t>(device)].imei;
    }
    const store::Changes changes{store::PutBinding{*Imsi::parse(row.imsi), wanted}};
    ASSERT_TRUE(store_->commit(changes).ok());
    home_.core().committed(changes);
  }

  // The card has seen vectors of another AuC's: its SQN is ahead, of all that a play's rebinds may skip, too
  // (the rest of a block each).
  void desynchronise(Row& row) {
    auto& accepted = world_.cards.at(row.imsi).accepted_seq();
    const auto ahead = 2'000'000U + static_cast<unsigned>(any_.below(100'000));
    for (auto& seq : accepted) seq += ahead;
    desynchronised_.insert(row.imsi);
  }

  std::string declared(const Row& row, const lab::Device& device) {
    if (any_.chance(60)) return device.imei;
    if (any_.chance(25)) return foreign_imei;
    if (any_.chance(25)) return malformed_imei;
    if (any_.chance(20) || row.devices.empty()) return "";
    return world_.devices[static_cast<std::size_t>(row.devices.front())].imei;  // forged
  }

  void attach(Row& row) {
    const int index = any_.below(static_cast<int>(world_.devices.size()));
    const lab::Device& device = world_.devices[static_cast<std::size_t>(index)];
    const auto kme = selected(world_, row);
    const std::string imei_declared = declared(row, device);
    const std::size_t before = home_.rands().size();
    const auto report = lab::attach(home_, {device,
                                            world_.cards.at(row.imsi),
                                            imei_declared,
                                            {0x00, 0xf1, 0x10},
                                            static_cast<std::uint32_t>(1 + any_.below(5))});
    ASSERT_TRUE(report.ok()) << report.error().message;
    const bool expected =
        kme && (*kme < 0 ? true : holds(device, world_.kmes[static_cast<std::size_t>(*kme)]));
    ASSERT_EQ(report->outcome == lab::AttachOutcome::attached, expected)
        << row.imsi << " mode " << binding::name(row.mode) << " device " << device.imei << " declares '"
        << imei_declared << "' outcome " << lab::name(report->outcome);
    if (!kme) {
      EXPECT_EQ(report->outcome, lab::AttachOutcome::no_vector);
    } else if (!expected) {
      EXPECT_EQ(report->outcome, lab::AttachOutcome::mac_failure);
    }
    judge_rands(row, before);
    expected ? ++attached_ : ++refused_;
    if (expected) learn(row, *report, *kme, imei_declared);
  }

  void judge_rands(const Row& row, std::size_t before) {
    for (std::size_t i = before; i < home_.rands().size(); ++i) {
      const Block& rand = home_.rands()[i];
      EXPECT_EQ(random_.gave(rand), row.mode != Mode::enforce)
          << "plain RAND on the wire, or none in a plain mode";
      EXPECT_TRUE(seen_.insert(to_hex(rand)).second) << "RAND repeats";
    }
  }

  // What the HSS may have learnt of this attach.
  void learn(Row& row, const lab::AttachReport& report, int kme, const std::string& imei_declared) {
    EXPECT_EQ(report.resynchronised, desynchronised_.erase(row.imsi) != 0);
    const auto evidence = [&](const std::string& reported) {
      int device = -1;
      for (const int candidate : row.devices) {
        if (world_.kme_of[static_cast<std::size_t>(candidate)] != kme) continue;
        if (device < 0 || world_.devices[static_cast<std::size_t>(candidate)].imei == reported)
          device = candidate;
      }
      if (device >= 0) row.evidence_device = device;
    };
    if (kme >= 0 && report.resynchronised) evidence(row.reported_imei);
    const bool well_formed = imei_declared.size() == 14;
    if (kme >= 0) evidence(well_formed ? imei_declared : "");
    if (well_formed) row.reported_imei = imei_declared;
  }

  Generator any_;
  World world_;
  ManualClock clock_;
  RecordingRandom random_;
  std::unique_ptr<store::Store> store_;
  CoreHome home_;
  std::set<std::string> desynchronised_;
  std::set<std::string> seen_;
  int attached_ = 0, refused_ = 0;
};

TEST(BindingProperty, an_attach_succeeds_exactly_when_the_device_holds_the_selected_k_me) {
  const char* given = std::getenv("SIMBIONT_SEED");  // NOLINT(concurrency-mt-unsafe)
  const std::uint64_t first = given != nullptr ? std::strtoull(given, nullptr, 0) : std::random_device{}();
  hss::set_log_level(hss::LogLevel::off);
  const int worlds = given != nullptr ? 1 : 60;
  int attached = 0;
  int refused = 0;
  for (int i = 0; i < worlds; ++i) {
    const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
    SCOPED_TRACE("SIMBIONT_SEED=" + std::to_string(seed));
    Play play(seed);
    for (int step = 0; step < 150 && !testing::Test::HasFailure(); ++step) play.step();
    if (testing::Test::HasFailure()) FAIL() << "replay with SIMBIONT_SEED=" << seed;
    attached += play.attached();
    refused += play.refused();
  }
  std::cout << worlds << " operators, " << attached << " attaches, " << refused << " refusals; seeds from "
            << first << "\n";
  EXPECT_GT(attached, worlds * 10);
  EXPECT_GT(refused, worlds * 10);
}

}  // namespace
}  // namespace simbiont::property

// The fleet of the simulation and what its operator knows of it: who holds which key, who may use which SIM.
#pragma once

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/rollover/device.h"
#include "tests/unit/rollover/home.h"

namespace simbiont::rollover {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return engine_() % n; }
  bool percent(unsigned p) { return below(100) < p; }
  Bytes octets(std::size_t size) {
    Bytes out(size);
    for (auto& octet : out) octet = static_cast<std::uint8_t>(engine_());
    return out;
  }
  Secret key(std::size_t size) { return Secret(octets(size)); }

 private:
  std::mt19937_64 engine_;
};

struct Kme {
  std::string id;
  std::uint8_t algorithm = 0;  // as the ME library counts them
  std::map<std::uint64_t, Bytes> keys;
  std::vector<std::size_t> devices;
  std::uint64_t goal = 1;  // the epoch of the roll-over under way, or of the last one
  bool rolling = false, activated = true;
  int left = 0;                          // roll-overs to come
  std::map<std::uint64_t, UnixMs> over;  // when an epoch was seen RETIRED
};

struct Fleet {
  struct Unit {
    std::unique_ptr<Device> device;
    std::size_t kme = 0;
    bool gsm = false;            // a SIM is among its cards: its slots turn by command
    std::vector<Bytes> updates;  // that it was ever sent
  };
  struct Sim {
    std::string imsi;
    bool gsm = false;
    std::vector<std::size_t> devices;
    std::unique_ptr<Card> card;
  };
  std::vector<Kme> kmes;
  std::vector<Unit> units;
  std::vector<Sim> sims;
};

inline std::size_t key_size(std::uint8_t algorithm) { return algorithm == SIMBIONT_ME_AES256 ? 32 : 16; }

inline Fleet make_fleet(Chance& any, std::size_t devices, int rollovers) {
  Fleet fleet;
  for (std::size_t i = 0; i < std::max<std::size_t>(4, devices / 40); ++i) {
    Kme kme;
    kme.id = "fleet-" + std::to_string(i);
    kme.algorithm = static_cast<std::uint8_t>(any.below(3));
    kme.keys[1] = any.octets(key_size(kme.algorithm));
    kme.left = rollovers;
    fleet.kmes.push_back(std::move(kme));
  }
  for (std::size_t i = 0; i < devices; ++i) {
    Fleet::Unit unit;
    unit.kme = any.below(fleet.kmes.size());
    unit.device = std::make_unique<Device>(Imei::from_key(35'000'000'000'000ULL + i).digits14(),
                                           any.octets(32), any.percent(50));
    Kme& kme = fleet.kmes[unit.kme];
    unit.device->give(kme.id, 1, kme.algorithm, kme.keys[1]);
    kme.devices.push_back(i);
    fleet.units.push_back(std::move(unit));
  }
  const auto add_sim = [&](std::vector<std::size_t> owners) {
    Fleet::Sim sim;
    sim.imsi = "00101" + std::to_string(1'000'000'000 + fleet.sims.size());
    sim.gsm = any.percent(25);
    sim.devices = std::move(owners);
    sim.card = std::make_unique<Card>(usim::Profile{sim.imsi, any.key(16), any.key(16)});
    for (const std::size_t each : sim.devices) fleet.units[each].gsm |= sim.gsm;
    fleet.sims.push_back(std::move(sim));
  };
  for (std::size_t i = 0; i < devices; ++i) {
    add_sim({i});
    const auto& neighbours = fleet.kmes[fleet.units[i].kme].devices;
    if (any.percent(15)) add_sim({i});               // several IMSIs in a device
    if (any.percent(15) && neighbours.size() > 2) {  // several devices for an IMSI
      std::vector<std::size_t> owners{i};
      for (int more = 0; more < 2; ++more) {
        const std::size_t other = neighbours[any.below(neighbours.size())];
        if (std::find(owners.begin(), owners.end(), other) == owners.end()) owners.push_back(other);
      }
      add_sim(std::move(owners));
    }
  }
  return fleet;
}

inline store::Changes provision(const Fleet& fleet) {
  store::Changes changes;
  for (const Kme& kme : fleet.kmes)
    changes.emplace_back(store::PutKme{{kme.id,
                                        static_cast<binding::TransformAlgorithm>(kme.algorithm),
                                        {{1, binding::EpochState::active, Secret(kme.keys.at(1))}}}});
  const auto imei = [&](std::size_t unit) { return *Imei::parse(fleet.units[unit].device->imei()); };
  for (std::size_t i = 0; i < fleet.units.size(); ++i)
    changes.emplace_back(store::PutDevice{{imei(i), fleet.kmes[fleet.units[i].kme].id, 1}});
  for (const auto& sim : fleet.sims) {
    const Imsi imsi = *Imsi::parse(sim.imsi);
    const usim::Profile& profile = sim.card->authenticator().profile();
    const auto algorithm = sim.gsm ? aka::Algorithm::gsm_milenage : aka::Algorithm::milenage;
    changes.emplace_back(
        store::PutSubscriber{{imsi, algorithm, profile.k, profile.opc, {0x80, 0}, 0, {}, {"internet"}}});
    binding::Binding bound;
    bound.mode = binding::Mode::enforce;
    for (const std::size_t unit : sim.devices) bound.associations.push_back({imei(unit), "", 1});
    changes.emplace_back(store::PutBinding{imsi, bound});
  }
  return changes;
}

}  // namespace simbiont::rollover

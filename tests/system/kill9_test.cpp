// Kill -9 while AIRs and ULRs are in flight on 8 connections, again and again: whatever was answered holds.
// The SQNs are read out of the received vectors with the card's own Milenage.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "aka/sqn.h"
#include "diameter/s6a.h"
#include "lab/me.h"
#include "lab/mme.h"
#include "tests/system/operator_site.h"
#include "usim/milenage.h"

namespace simbiont::system_test {
namespace {

constexpr std::size_t connections = 8;
constexpr std::size_t imsi_count = 200;
constexpr std::size_t window = 24;  // requests in flight on a connection

std::uint64_t environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct Sim {
  std::string imsi;
  Secret k, opc;
  bool bound = false;
  std::uint32_t updates_sent = 0;      // a ULR's number stands in its Visited-PLMN-Id
  std::uint32_t updates_answered = 0;  // the highest that was answered
  std::map<std::uint32_t, std::string> sent_by;
  std::set<std::uint64_t> sqns;
  std::map<unsigned, std::uint64_t> highest;  // per IND
};

// The number of a ULR as a PLMN of six digits.
Plmn plmn_of(std::uint32_t number) { return *Plmn::parse(std::to_string(100'000 + number)); }

struct Vectors {
  std::size_t sim;
  std::vector<diameter::EutranVector> vectors;
};

// What one connection did until the HSS died under it.
struct Drive {
  std::string host;
  std::vector<Vectors> received;                               // in order of arrival
  std::vector<std::pair<std::size_t, std::uint32_t>> updated;  // SIM and number of each ULR answered
  std::size_t refused = 0, unexpected = 0;
  std::string failure;
};

class Kill9 : public ::testing::Test {
 protected:
  void SetUp() override {
    seed_ = environment("SIMBIONT_SEED", std::random_device{}());
    std::cout << "SIMBIONT_SEED=" << seed_ << std::endl;
    random_.seed(seed_);
    name_hosts();
    provision();
  }

  Secret random_key() {
    Block key;
    for (auto& octet : key) octet = static_cast<std::uint8_t>(random_());
    return Secret(key);
  }

  // One IND a connection, so that the order of SQNs under it is the order on that connection.
  void name_hosts() {
    std::set<unsigned> taken;
    for (unsigned i = 1; hosts_.size() < connections; ++i) {
      std::string host = "mme" + std::to_string(i) + ".visited.example";
      if (taken.insert(aka::ind_of_node(host)).second) hosts_.push_back(std::move(host));
    }
  }

  void provision() {
    k_me_ = random_key();
    std::string subscribers = "imsi,k,opc,sqn\n", bindings = "imsi,imei\n";
    for (std::size_t i = 0; i < imsi_count; ++i) {
      Sim sim{"00101" + std::to_string(1'000'000'000 + i),
              random_key(),
              random_key(),
              i % 2 == 1,
              0,
              0,
              {},
              {},
              {}};
      subscribers += sim.imsi + "," + to_hex(sim.k.reveal()) + "," + to_hex(sim.opc.reveal()) + ",0\n";
      if (sim.bound) bindings += sim.imsi + ",35000000000001\n";
      sims_.push_back(std::move(sim));
    }
    // Few whole subscribers at hand, so that ordinary requests take the fast paths.
    site_.write("hss.toml", "[cache]\nentries = 2\n");
    ASSERT_EQ(site_.cli({"init"}).status, 0);
    const auto import = [this](const char* noun, const std::string& csv) {
      return site_.cli({"import", noun, site_.write("import.csv", csv)}).status;
    };
    ASSERT_EQ(import("subscribers", subscribers), 0);
    ASSERT_EQ(import("kmes", "id,key\nfleet," + to_hex(k_me_.reveal()) + "\n"), 0);
    ASSERT_EQ(import("devices", "imei,kme\n35000000000001,fleet\n"), 0);
    ASSERT_EQ(import("bindings", bindings), 0);
  }

  // Each SIM registers through one connection a round, another one in the next: its ULRs have an order.
  bool registers_here(std::size_t sim, std::size_t connection, unsigned round) const {
    return (sim + round) % connections == connection;
  }

  Bytes next_ulr(lab::Mme& mme, std::size_t index, const std::string& session) {
    Sim& sim = sims_[index];
    const std::uint32_t number = ++sim.updates_sent;
    sim.sent_by[number] = mme.config().self.host;
    diameter::Ulr ulr;
    ulr.routing = {
        session, mme.config().self.host, mme.config().self.realm, {}, mme.config().destination_realm};
    ulr.user_name = sim.imsi;
    ulr.rat_type = 1004;
    ulr.flags = diameter::ulr_flag::s6a;
    ulr.visited_plmn = plmn_of(number).octets;
    if (sim.bound) ulr.terminal = diameter::TerminalInformation{"350000000000014", "01"};
    Bytes frame;
    diameter::encode_ulr(ulr, mme.ids(), frame);
    return frame;
  }

  void drive(std::size_t connection, unsigned round, std::uint64_t seed, Drive& out);
  void take(Drive& out, const lab::Mme::Answer& answer, std::size_t sim, std::uint32_t update);
  void run_round(unsigned round);
  void judge_vectors(const Drive& drive);
  std::uint64_t sqn_of(const Sim& sim, const diameter::EutranVector& vector);
  void judge_registrations(unsigned round);

  std::uint64_t seed_ = 0;
  std::mt19937_64 random_;
  OperatorSite site_;
  Secret k_me_;
  std::vector<Sim> sims_;
  std::vector<std::string> hosts_;
  std::atomic<std::size_t> opened_ = 0, answered_ = 0;  // connections and answers of this round
  std::size_t vectors_ = 0, updates_ = 0, registrations_read_ = 0;
};

void Kill9::take(Drive& out, const lab::Mme::Answer& answer, std::size_t sim, std::uint32_t update) {
  if (update != 0) {
    const auto ula = diameter::decode_ula(answer.frame);
    if (!ula.message || ula.message->code != diameter::result::success) {
      ++out.refused;
    } else {
      out.updated.emplace_back(sim, update);
    }
    return;
  }
  auto aia = diameter::decode_aia(answer.frame);
  if (!aia.message || aia.message->code != diameter::result::success || aia.message->vectors.empty()) {
    ++out.refused;
  } else {
    out.received.push_back({sim, std::move(aia.message->vectors)});
  }
}

// Keeps `window` requests in flight until the connection is lost.
void Kill9::drive(std::size_t connection, unsigned round, std::uint64_t seed, Drive& out) {
  std::mt19937_64 random(seed);
  lab::MmeConfig config;
  config.self = {out.host, "visited.example"};
  config.visited_plmn = *Plmn::parse("001-01");
  auto mme = lab::Mme::connect({"127.0.0.1", site_.port()}, config);
  if (!mme) {
    out.failure = mme.error().message;
    ++opened_;
    return;
  }
  ++opened_;
  struct Asked {
    std::size_t sim;
    std::uint32_t update;  // 0: an AIR
  };
  std::map<lab::Mme::Ticket, Asked> asked;
  bool open = true;
  for (unsigned sent = 0; open || !asked.empty();) {
    while (open && asked.size() < window) {
      const std::size_t sim = random() % imsi_count;
      const bool update = registers_here(sim, connection, round) && random() % 2 == 0;
      const std::string session = out.host + ";" + std::to_string(round) + ";" + std::to_string(++sent);
      const auto ticket =
          update ? (*mme)->send_frame(next_ulr(**mme, sim, session))
                 : (*mme)->send_air({sims_[sim].imsi, static_cast<std::uint32_t>(1 + random() % 3), {}});
      if (!ticket) {
        open = false;
        break;
      }
      asked[*ticket] = {sim, update ? sims_[sim].updates_sent : 0};
    }
    const auto answer = (*mme)->wait_any(60'000);
    if (!answer) break;  // the connection is lost, and every answer that came before has been taken
    const auto question = asked.find(answer->ticket);
    if (question == asked.end()) {
      ++out.unexpected;
      continue;
    }
    take(out, *answer, question->second.sim, question->second.update);
    ++answered_;
    asked.erase(question);
  }
  out.unexpected += (*mme)->unexpected_answers();
}

std::uint64_t Kill9::sqn_of(const Sim& sim, const diameter::EutranVector& vector) {
  const lab::KeySlot slot{"fleet", lab::Scheme::aes128, k_me_};
  const usim::Milenage card(sim.k, sim.opc,
                            sim.bound ? lab::decrypt_rand(slot, sim.imsi, vector.rand) : vector.rand);
  const auto ak = card.f2_f5().ak;
  ByteArray<6> sqn;
  for (std::size_t i = 0; i < sqn.size(); ++i) sqn[i] = vector.autn[i] ^ ak[i];
  const auto mac = card.f1(sqn, {vector.autn[6], vector.autn[7]}).mac_a;
  EXPECT_TRUE(std::equal(mac.begin(), mac.end(), vector.autn.begin() + 8))
      << sim.imsi << ": a vector no card accepts";
  return load_be(sqn);
}

void Kill9::judge_vectors(const Drive& drive) {
  for (const Vectors& answer : drive.received) {
    Sim& sim = sims_[answer.sim];
    for (const auto& vector : answer.vectors) {
      ++vectors_;
      const std::uint64_t sqn = sqn_of(sim, vector);
      const unsigned ind = aka::Sqn{sqn}.ind();
      ASSERT_EQ(ind, aka::ind_of_node(drive.host));
      ASSERT_TRUE(sim.sqns.insert(sqn).second) << sim.imsi << ": SQN " << sqn << " twice";
      auto [highest, first] = sim.highest.try_emplace(ind, sqn);
      if (!first) {
        ASSERT_GT(sqn, highest->second) << sim.imsi << " IND " << ind;
        highest->second = sqn;
      }
    }
  }
}

void Kill9::judge_registrations(unsigned round) {
  std::map<std::string, nlohmann::json> rows;
  for (auto& row : site_.rows({"subscriber", "list"})) rows[row.at("imsi").get<std::string>()] = row;
  ASSERT_EQ(rows.size(), imsi_count);
  for (const Sim& sim : sims_) {
    const auto& row = rows.at(sim.imsi);
    const std::string plmn = row.at("plmn").get<std::string>();
    if (sim.updates_sent == 0) {
      ASSERT_EQ(plmn, "");
      continue;
    }
    std::uint32_t stored = 0;  // the number of the ULR that is in force
    for (std::uint32_t n = sim.updates_sent; n > 0 && stored == 0; --n) {
      if (plmn_of(n).str() == plmn) stored = n;
    }
    ASSERT_GE(stored, sim.updates_answered)
        << sim.imsi << " in round " << round << ": an answered ULR is lost, plmn " << plmn;
    if (stored != 0) {
      ASSERT_EQ(row.at("mme").get<std::string>(), sim.sent_by.at(stored));
    }
    ++registrations_read_;
  }
}

void Kill9::run_round(unsigned round) {
  ASSERT_TRUE(site_.start()) << site_.log();
  std::array<Drive, connections> drives;
  std::vector<std::thread> threads;
  opened_ = 0;
  answered_ = 0;
  for (std::size_t i = 0; i < connections; ++i) {
    drives[i].host = hosts_[i];
    threads.emplace_back(
        [this, i, round, seed = random_(), &drive = drives[i]] { this->drive(i, round, seed, drive); });
  }
  // However slow the machine is, something was answered before the kill.
  const auto begun = std::chrono::steady_clock::now();
  while ((opened_ < connections || answered_ < 4 * connections) &&
         std::chrono::steady_clock::now() - begun < std::chrono::seconds(60))
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(20 + random_() % 200));
  site_.kill_9();
  for (auto& thread : threads) thread.join();
  for (const Drive& drive : drives) {
    ASSERT_EQ(drive.failure, "") << drive.host;
    EXPECT_EQ(drive.refused, 0U) << drive.host;
    EXPECT_EQ(drive.unexpected, 0U) << drive.host;
    judge_vectors(drive);
    updates_ += drive.updated.size();
    for (const auto& [sim, number] : drive.updated) {
      sims_[sim].updates_answered = std::max(sims_[sim].updates_answered, number);
    }
  }
  judge_registrations(round);
}

TEST_F(Kill9, no_answered_registration_is_lost_and_every_sqn_received_is_unique_and_rises) {
  const auto kills = static_cast<unsigned>(environment("SIMBIONT_KILLS", 50));
  for (unsigned round = 0; round < kills; ++round) {
    run_round(round);
    if (HasFatalFailure() || HasFailure()) break;
  }
  std::cout << kills << " kills: " << vectors_ << " vectors received, " << updates_
            << " registrations answered, " << registrations_read_ << " registrations read back" << std::endl;
  EXPECT_GT(vectors_, kills * connections);
  EXPECT_GT(updates_, kills);
  ASSERT_TRUE(site_.start()) << site_.log();
  EXPECT_EQ(site_.stop(), 0);
}

}  // namespace
}  // namespace simbiont::system_test

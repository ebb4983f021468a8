// Values, chance and commits that a test holds in its hand.
#pragma once

#include <deque>
#include <random>
#include <utility>
#include <vector>

#include "base/digits.h"
#include "base/secret.h"
#include "crypto/random.h"
#include "hss/committer.h"

namespace simbiont::test {

inline Imsi imsi_of(std::string_view digits) { return *Imsi::parse(digits); }
inline Imei imei_of(std::string_view digits) { return *Imei::parse(digits); }
inline Secret secret_of(std::string_view hex) { return *Secret::from_hex(hex); }

class SeededRandom final : public crypto::RandomSource {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out) octet = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mt19937_64 engine_;
};

class ManualCommitter final : public hss::Committer {
 public:
  explicit ManualCommitter(store::Store& store) : store_(store) {}
  void submit(store::Changes group, Done done) override {
    queue_.push_back({std::move(group), std::move(done)});
  }
  void submit_later(const Imsi&, store::Changes group) override { submit(std::move(group), nullptr); }
  // Commits what is queued as one transaction; false when there was nothing. broken: every group fails with
  // io.
  bool pump() {
    if (queue_.empty()) return false;
    ++batches;
    auto jobs = std::exchange(queue_, {});
    std::vector<store::Changes> groups;
    groups.reserve(jobs.size());
    for (auto& job : jobs) groups.push_back(job.group);
    std::vector<Status> statuses(groups.size(), Status(error(Errc::io, "disk full")));
    if (!broken) statuses = store_.commit(groups);
    for (std::size_t i = 0; i < jobs.size(); ++i)
      if (jobs[i].done) jobs[i].done(statuses[i]);
    return true;
  }
  std::size_t queued() const { return queue_.size(); }
  std::size_t batches = 0;
  bool broken = false;

 private:
  struct Job {
    store::Changes group;
    Done done;
  };
  store::Store& store_;
  std::deque<Job> queue_;
};

}  // namespace simbiont::test

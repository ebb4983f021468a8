#include "hss/token_requests.h"

#include <utility>

#include "hss/services.h"

namespace simbiont::hss {

TokenWork::~TokenWork() {
  for (auto& each : rands) zeroise(each.plain.octets);
  for (auto& each : inverted) zeroise(each.rand.octets);
}

std::span<const binding::HiddenRand> TokenRequests::rands(const Request& request) {
  return request.work == nullptr ? std::span<const binding::HiddenRand>() : request.work->rands;
}

std::span<const Inverted> TokenRequests::inverted(const Request& request) {
  return request.work == nullptr ? std::span<const Inverted>() : request.work->inverted;
}

bool TokenRequests::has_rands(const Request& request, const Imsi& imsi, const KeyChoice& key,
                              std::size_t count) {
  if (key.token == nullptr) return true;
  auto work = request.work;
  // After a change of the binding the RANDs are under another key: they are made anew.
  if (work != nullptr && work->pair == key.pair && work->rands.size() == count) return true;
  if (work == nullptr) work = std::make_shared<TokenWork>();
  TokenJob job(imsi);
  job.algorithm = key.algorithm;
  job.key = *key.token;
  job.rands.resize(count);
  for (auto& each : job.rands) services_.random.fill(each.plain.octets);
  work->pair = key.pair;
  park(request, imsi, std::move(work), std::move(job));
  return false;
}

bool TokenRequests::has_inverted(const Request& request, const Entry& entry, const ResyncInfo& info) {
  if (request.work != nullptr && request.work->has_inverted) return true;
  TokenJob job(entry.imsi());
  const auto kmes = entry.kme_views();
  const auto last = services_.cache.last_pair(entry);
  for (const binding::KeyPair& pair : binding::resync_pairs(entry.state.binding, last, kmes)) {
    for (const binding::Kme* kme : kmes) {
      const binding::Epoch* epoch = kme->id == pair.kme ? kme->find(pair.epoch) : nullptr;
      if (epoch != nullptr && epoch->token)
        job.inversions.push_back({pair, kme->algorithm, *epoch->token, info.rand});
    }
  }
  if (job.inversions.empty() || desk_ == nullptr || desk_->lost()) return true;
  auto work = request.work == nullptr ? std::make_shared<TokenWork>() : request.work;
  park(request, entry.imsi(), std::move(work), std::move(job));
  return false;
}

void TokenRequests::park(const Request& request, const Imsi& imsi, std::shared_ptr<TokenWork> work,
                         TokenJob job) {
  if (work->failed) return refuse(request, imsi, "it failed");
  if (desk_ == nullptr) return refuse(request, imsi, "none is configured");
  if (desk_->lost()) return refuse(request, imsi, "it cannot be had");
  if (request.runs >= Services::max_runs) return refuse(request, imsi, "the request ran too often");
  const std::uint64_t number = ++last_;
  if (!desk_->submit(std::move(job),
                     [this, number](TokenJob finished) { done(number, std::move(finished)); }))
    return refuse(request, imsi, "too many requests wait for it");
  waiting_.emplace(number,
                   Waiting{request.link, Bytes(request.frame.begin(), request.frame.end()), request.runs + 1,
                           std::move(work), services_.clock.monotonic_ms() + desk_->timeout_ms()});
}

void TokenRequests::done(std::uint64_t number, TokenJob job) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return;  // given up
  TokenWork& work = *found->second.work;
  if (!job.inversions.empty()) {
    work.has_inverted = true;
    work.inverted = std::move(job.inverted);
  } else if (job.status) {
    work.rands = std::move(job.rands);
  } else {
    work.failed = true;
  }
  run_again(number);
}

void TokenRequests::run_again(std::uint64_t number) {
  auto node = waiting_.extract(number);
  const Waiting& waiting = node.mapped();
  services_.run({waiting.link, waiting.frame, waiting.runs, false, waiting.work});
}

void TokenRequests::on_time() {
  if (waiting_.empty()) return;
  const MonotonicMs now = services_.clock.monotonic_ms();
  std::vector<std::uint64_t> late;
  for (const auto& [number, waiting] : waiting_)
    if (waiting.until <= now) late.push_back(number);
  for (const std::uint64_t number : late) {
    waiting_.at(number).work->failed = true;
    run_again(number);
  }
}

void TokenRequests::refuse(const Request& request, const Imsi& imsi, const std::string& why) {
  services_.raise(EventKind::token_lost, imsi, "the token: " + why);
  services_.refuse(request, diameter::result::authentication_data_unavailable,
                   std::string(info(EventKind::token_lost).kind));
}

}  // namespace simbiont::hss

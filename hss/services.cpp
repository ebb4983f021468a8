#include "hss/services.h"

#include <utility>

#include "hss/eap_message.h"
#include "hss/log.h"

namespace simbiont::hss {
namespace {

constexpr std::size_t max_host_size = 255;  // RFC 1035 2.3.4

std::string key_of(const store::Event& event) { return event.kind + '|' + event.imsi + '|' + event.detail; }

}  // namespace

Services::Services(const CoreConfig& config_, store::Store& store_, const Clock& clock_,
                   crypto::RandomSource& random_, Committer& committer_, Outlet& outlet_)
    : config(config_),
      store(store_),
      clock(clock_),
      random(random_),
      committer(committer_),
      outlet(outlet_),
      ulr_notes(config),
      cache(store_, ulr_notes, config_.cached_subscribers, config_.cached_entries),
      policy(config_.limits, clock_) {}

void Services::refuse(const Request& request, diameter::ResultCode code, std::string message) {
  refuse(request, diameter::Refusal{code, {}, std::move(message)});
}

void Services::refuse(const Request& request, const diameter::Refusal& refusal) {
  if (request.link == eap_link) return outlet.send(eap_link, eap_failure(request.frame));
  if (log_enabled(LogLevel::debug))
    log(LogLevel::debug, "refused",
        {{"link", std::to_string(request.link)},
         {"command", std::to_string(diameter::read_header(request.frame).command)},
         {"result", std::to_string(refusal.code.value)},
         {"experimental", refusal.code.experimental ? "yes" : "no"},
         {"reason", refusal.message}});
  Bytes answer;
  diameter::encode_refusal(request.frame, config.self, refusal, answer);
  outlet.send(request.link, answer);
}

void Services::raise(EventKind kind, const Imsi& imsi, const std::string& detail) {
  const auto row = event(kind, imsi, detail);
  if (!row) return;
  raised(*row);
  committer.submit({*row}, nullptr);
}

std::optional<store::AddEvent> Services::event(EventKind kind, const Imsi& imsi,
                                               const std::string& detail) const {
  const store::AddEvent row{{0, clock.unix_ms(), std::string(info(kind).kind), imsi.str(), detail}};
  const auto last = raised_.find(key_of(row.event));
  if (last != raised_.end() && clock.monotonic_ms() - last->second < quiet_ms) return std::nullopt;
  return row;
}

void Services::raised(const store::AddEvent& committed) {
  if (raised_.size() >= max_remembered_events) raised_.clear();
  raised_[key_of(committed.event)] = clock.monotonic_ms();
  log(LogLevel::warn, committed.event.kind,
      {{"imsi", committed.event.imsi}, {"detail", committed.event.detail}});
}

void Services::commit(const std::shared_ptr<Entry>& entry, store::Changes group, Done done) {
  const auto pending = std::make_shared<PendingCommit>();
  cache.begin_commit(*entry, pending);
  committer.submit(std::move(group), [this, pending, done = std::move(done), imsi = entry->imsi(),
                                      watched = std::weak_ptr<Entry>(entry)](const Status& status) {
    std::shared_ptr<Entry> alive = watched.lock();
    if (alive != nullptr && alive->hot == nullptr) alive.reset();
    if (alive != nullptr) cache.end_commit(*alive);
    if (!status.ok()) cache.forget(imsi);
    done(status, alive.get());
    finish(pending, status);
  });
}

// A subscriber that went meanwhile is no failure of the store: its requests run again and find that out.
void Services::finish(const std::shared_ptr<PendingCommit>& pending, const Status& status) {
  const bool failed = !status.ok() && status.error().code != Errc::not_found;
  if (failed) log(LogLevel::error, "commit-failed", {{"reason", status.error().message}});
  if (pending == nullptr) return;
  std::vector<Parked> waiting = std::move(pending->waiting);
  pending->waiting.clear();
  parked_ -= waiting.size();
  for (const Parked& request : waiting) run({request.link, request.frame, request.runs, failed});
}

void Services::park(Entry& entry, const Request& request) {
  if (request.runs >= max_runs || parked_ >= config.max_parked)
    return refuse(request, diameter::result::too_busy, "too busy");
  entry.pending->waiting.push_back(
      {request.link, Bytes(request.frame.begin(), request.frame.end()), request.runs + 1});
  ++parked_;
}

std::shared_ptr<Entry> Services::entry_of(const Request& request, std::string_view user_name) {
  using namespace diameter::result;
  const auto refused = [&](diameter::ResultCode code, const char* why) {
    refuse(request, code, why);
    return nullptr;
  };
  const auto imsi = Imsi::parse(user_name);
  if (!imsi) return refused(user_unknown, "");
  if (request.store_failed || request.runs >= max_runs) return refused(unable_to_comply, "the store failed");
  const auto found = cache.find(*imsi);
  if (!found) {
    raise(EventKind::store_failed, *imsi, found.error().message);
    return refused(unable_to_comply, "the store failed");
  }
  if (*found == nullptr) return refused(user_unknown, "");
  if ((*found)->pending == nullptr) return *found;
  park(**found, request);
  return nullptr;
}

bool Services::accept(const Request& request, const diameter::Routing& routing) {
  if (!routing.destination_host.empty() && !same_host(routing.destination_host, config.self.host)) {
    refuse(request, diameter::result::unable_to_deliver, "Destination-Host is not this HSS");
    return false;
  }
  if (routing.origin_host.empty() || routing.origin_host.size() > max_host_size ||
      routing.origin_realm.size() > max_host_size) {
    refuse(request, diameter::result::invalid_avp_value, "Origin-Host or Origin-Realm");
    return false;
  }
  routes.learn(routing.origin_host, request.link);
  return true;
}

}  // namespace simbiont::hss

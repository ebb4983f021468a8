#include "hss/services.h"

#include <utility>

#include "hss/eap_message.h"
#include "hss/log.h"

namespace simbiont::hss {
namespace {

constexpr std::size_t max_host_size = 255;  // RFC 1035 2.3.4

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
      policy(config_.limits, clock_),
      token(*this),
      duplicates(clock_),
      auts_storms(config_.signals.auts_storm) {}

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

std::optional<store::AddEvent> Services::event(EventKind kind, const Imsi& imsi, const std::string& detail) {
  const store::AddEvent row = event_row(kind, imsi, detail);
  if (!filter_of(row.event.kind).admit(row.event, clock.monotonic_ms())) return std::nullopt;
  return row;
}

store::AddEvent Services::event_row(EventKind kind, const Imsi& imsi, const std::string& detail) const {
  return {{0, clock.unix_ms(), std::string(info(kind).kind), imsi.str(), detail}};
}

void Services::raised(const store::AddEvent& committed) {
  filter_of(committed.event.kind).stored(committed.event, clock.monotonic_ms());
  log(LogLevel::warn, committed.event.kind,
      {{"imsi", committed.event.imsi}, {"detail", committed.event.detail}});
}

void Services::settle_events() {
  const MonotonicMs now = clock.monotonic_ms();
  if (now - settled_at_ < settle_ms) return;
  settled_at_ = now;
  for (EventFilter* filter : {&events_, &evidence_})
    for (store::Event& row : filter->settle(now, clock.unix_ms()))
      committer.submit({store::AddEvent{std::move(row)}}, nullptr);
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
  for (const Parked& request : waiting)
    run({request.link, request.frame, request.runs, failed, request.work});
}

void Services::park(Entry& entry, const Request& request) {
  if (request.runs >= max_runs || parked_ >= config.max_parked)
    return refuse(request, diameter::result::too_busy, "too busy");
  entry.pending->waiting.push_back(
      {request.link, Bytes(request.frame.begin(), request.frame.end()), request.runs + 1, request.work});
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

EventKind Services::unusable(const Entry& entry) const {
  return !entry.kmes_complete && token.lost() ? EventKind::token_lost : EventKind::key_unusable;
}

EventKind Services::failed_resync(const Entry& entry) const {
  bool in_token = !entry.kmes_complete;
  for (const auto& kme : entry.kmes) in_token = in_token || kme->use == binding::KeyUse::token;
  return in_token && token.lost() ? EventKind::token_lost : EventKind::resync_failed;
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

void Services::remember(const Request& request, const diameter::Routing& routing, std::uint32_t said) {
  duplicates.remember(ulr_notes.registrant(routing.origin_host, routing.origin_realm),
                      diameter::read_header(request.frame).end_to_end, said);
}

std::optional<std::uint32_t> Services::said_before(const Request& request, const diameter::Routing& routing) {
  const diameter::Header header = diameter::read_header(request.frame);
  if ((header.flags & diameter::Header::retransmit_bit) == 0) return std::nullopt;
  return duplicates.find(ulr_notes.registrant(routing.origin_host, routing.origin_realm), header.end_to_end);
}

}  // namespace simbiont::hss

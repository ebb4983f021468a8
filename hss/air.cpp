// An AIR step by step: decode; find the subscriber; resynchronise if asked; choose the key; have enough SEQs
// reserved and the node noted, durably; make the vectors; answer. What is not durable yet is committed first,
// and the request then runs again from the top.
#include "hss/air.h"

#include <algorithm>
#include <utility>

#include "hss/log.h"
#include "hss/reservation.h"

namespace simbiont::hss {

using diameter::result::authentication_data_unavailable;

namespace {

// Vectors of each kind.
struct Granted {
  std::uint32_t eutran = 0, utran = 0, geran = 0;
};

}  // namespace

struct AirProcedure::Run {
  const Request& request;
  const diameter::Air& air;
  std::shared_ptr<Entry> entry;
  std::vector<const binding::Kme*> kmes;
  Granted counts;
  std::optional<ResyncProof> proof;
  KeyChoice key;
  std::uint64_t first_seq = 0;

  NodeId node = no_node;

  std::uint32_t count() const { return counts.eutran + counts.utran; }
  HotRecord& hot() const { return *entry->hot; }
  bool resync_raises() const { return proof && proof->sqn_ms.seq() >= hot().next; }
  bool plain() const { return !key.pair.has_value(); }
};

namespace {

constexpr std::uint32_t max_vectors = 5;  // of a kind; TS 29.272 5.2.3.1.3: what an HSS gives is its choice

std::uint32_t granted(const std::optional<diameter::Air::Requested>& requested) {
  return requested ? std::min(requested->vectors, max_vectors) : 0;
}

// 1409 asks for what the card can do: a SIM's triplets, else quintets. A SIM has nothing for E-UTRAN.
Granted granted(const diameter::Air& air, aka::Algorithm algorithm) {
  if (algorithm == aka::Algorithm::gsm_milenage) return {0, 0, granted(air.utran_geran)};
  return {granted(air.eutran), granted(air.utran_geran), 0};
}

// Re-Synchronization-Info stands in one of the two; empty: in none.
ByteView resync_of(const diameter::Air& air) {
  if (air.eutran && !air.eutran->resync.empty()) return air.eutran->resync;
  return air.utran_geran ? air.utran_geran->resync : ByteView();
}

}  // namespace

void AirProcedure::run(const Request& request) {
  const auto decoded = diameter::decode_air(request.frame);
  if (!decoded.message) return services_.refuse(request, decoded.refusal);
  const diameter::Air& air = *decoded.message;
  if (!services_.accept(request, air.routing)) return;
  const auto imsi = Imsi::parse(air.user_name);
  if (!imsi) return services_.refuse(request, diameter::result::user_unknown);
  if (request.store_failed) return services_.refuse(request, authentication_data_unavailable);

  const auto found = services_.cache.find(*imsi);
  if (!found) {
    services_.raise(EventKind::store_failed, *imsi, found.error().message);
    return services_.refuse(request, authentication_data_unavailable);
  }
  if (*found == nullptr) return services_.refuse(request, diameter::result::user_unknown);

  Run run{request,
          air,
          *found,
          (*found)->kme_views(),
          granted(air, (*found)->state.subscriber.algorithm),
          {},
          {},
          0,
          services_.nodes.intern(air.routing.origin_host)};
  // A SIM may not use E-UTRAN (TS 33.401 6.1.1); beside 1409, 1408 goes without an answer.
  if (run.count() + run.counts.geran == 0)
    return services_.refuse(request, diameter::result::unknown_eps_subscription);
  if (!resynchronise(run) || !choose(run)) return;
  run.first_seq = std::max(run.hot().next, run.proof ? run.proof->sqn_ms.seq() + 1 : 0);
  if (run.first_seq + run.count() - 1 > aka::seq_max)
    return refuse(run, EventKind::sqn_exhausted, "next SEQ " + std::to_string(run.first_seq));
  if (needs_commit(run.hot(), run.first_seq, run.count(), run.node, run.plain(), services_.clock.unix_ms()) ||
      run.resync_raises())
    return reserve(run);
  answer(run);
}

// TS 33.102 6.3.5. False when the request was refused.
bool AirProcedure::resynchronise(Run& run) {
  const ByteView resync = resync_of(run.air);
  if (resync.empty()) return true;
  const store::SubscriberState& state = run.entry->state;
  run.proof =
      Auc::verify(state.subscriber, state.binding, run.kmes, services_.cache.last_pair(*run.entry),
                  ResyncInfo::from(resync), services_.clock.unix_ms(), services_.config.vector_life_ms);
  if (!run.proof) {
    refuse(run, EventKind::resync_failed, "node " + std::string(run.air.routing.origin_host));
    return false;
  }
  const std::uint64_t seq_ms = run.proof->sqn_ms.seq();
  if (run.hot().next > seq_ms + aka::seq_delta) {
    refuse(run, EventKind::sqn_behind,
           "card's SQN " + std::to_string(run.proof->sqn_ms.value) + ", HSS's " +
               std::to_string(aka::Sqn::make(run.hot().next - 1, 0).value));
    return false;
  }
  return true;
}

bool AirProcedure::choose(Run& run) {
  auto key = choose_key(run.entry->state.binding, run.kmes, run.proof ? run.proof->pair : std::nullopt);
  if (!key) {
    refuse(run, EventKind::key_unusable, key.error().message);
    return false;
  }
  run.key = *std::move(key);
  return true;
}

// Parks the request behind a commit that makes it answerable.
void AirProcedure::reserve(Run& run) {
  if (run.entry->pending != nullptr) return services_.park(*run.entry, run.request);
  Reservation wanted = plan_reservation(run.hot(), run.first_seq, run.count(), services_);
  note_node(wanted, run.air.routing, run.plain(), services_);
  if (run.resync_raises() && run.proof->pair) {
    const binding::Binding& bound = run.entry->state.binding;
    const auto reported = bound.reported ? std::optional(bound.reported->imei) : std::nullopt;
    if (const auto device = device_of(bound, run.proof->pair->kme, reported))
      wanted.evidence = binding::Hint{*device, services_.clock.unix_ms()};
  }
  commit_reservation(run.entry, std::move(wanted), services_);
  services_.park(*run.entry, run.request);
}

void AirProcedure::answer(Run& run) {
  Entry& entry = *run.entry;
  const VectorOrder order{entry.state.subscriber,
                          entry.state.binding,
                          run.kmes,
                          run.key.pair,
                          run.first_seq,
                          run.counts.eutran,
                          run.counts.utran,
                          run.air.routing.origin_host,
                          Plmn{run.air.visited_plmn},
                          run.counts.geran};
  entry.hot->skip_to(run.first_seq + run.count());
  auto vectors = auc_.issue(order);
  if (!vectors) return refuse(run, EventKind::key_unusable, vectors.error().message);
  const KeyRef key = services_.cache.keys().take(run.key);
  services_.cache.answered(*entry.hot, key, run.node);
  services_.cache.keys().release(key);

  diameter::Aia aia;
  aia.code = diameter::result::success;
  aia.vectors = std::move(vectors->eutran);
  aia.utran = std::move(vectors->utran);
  aia.geran = std::move(vectors->geran);
  Bytes message;
  diameter::encode_aia(run.request.frame, services_.config.self, aia, message);
  services_.outlet.send(run.request.link, message);
  if (runs_low(*entry.hot)) reserve_ahead(*entry.hot, services_);
}

void AirProcedure::refuse(Run& run, EventKind kind, const std::string& detail) {
  services_.raise(kind, run.entry->imsi(), detail);
  services_.refuse(run.request, authentication_data_unavailable, std::string(info(kind).kind));
}

}  // namespace simbiont::hss

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
  std::uint32_t kinds() const {
    using namespace store::vectors_for;
    return (counts.eutran != 0 ? eutran : 0) | (counts.utran + counts.geran != 0 ? utran_geran : 0);
  }
  // The store knows that the node holds such vectors.
  bool is_noted(UnixMs now) const {
    using namespace store::vectors_for;
    if ((kinds() & eutran) != 0 && !hot().is_noted(node, plain(), now, store::node_note_life_ms))
      return false;
    return (kinds() & utran_geran) == 0 ||
           entry->is_noted_utran(node, plain(), now, store::node_note_life_ms);
  }
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
  if (binding::is_special(run.entry->state.binding) && !admit(run)) return;
  if (!resynchronise(run) || !choose(run)) return;
  run.first_seq = std::max(run.hot().next, run.proof ? run.proof->sqn_ms.seq() + 1 : 0);
  if (run.first_seq + run.count() - 1 > aka::seq_max)
    return refuse(run, EventKind::sqn_exhausted, "next SEQ " + std::to_string(run.first_seq));
  if (lacks_seqs(run.hot(), run.first_seq, run.count()) || !run.is_noted(services_.clock.unix_ms()) ||
      run.resync_raises())
    return reserve(run);
  answer(run);
}

// Mode learn, policy rotate, suspended. False when the request was refused or waits.
bool AirProcedure::admit(Run& run) {
  const binding::Binding& binding = run.entry->state.binding;
  if (binding.suspended_at != 0) {
    refuse(run, EventKind::suspended_asked, "node " + std::string(run.air.routing.origin_host));
    return false;
  }
  // One vector an answer: what is tried must be what is answered.
  Granted& counts = run.counts;
  counts = {std::min(counts.eutran, 1U), counts.eutran > 0 ? 0U : std::min(counts.utran, 1U),
            std::min(counts.geran, 1U)};
  const auto step =
      modes_.before_answer(*run.entry, run.air.routing.origin_host, !resync_of(run.air).empty());
  if (step) modes_.take(run.entry, *step, run.request);
  return !step;
}

// A device that can make an AUTS under a pair has its K_ME. False when the request waits.
bool AirProcedure::prove(Run& run) {
  const auto step = modes_.proved(*run.entry, run.proof->pair);
  if (step) modes_.take(run.entry, *step, run.request);
  return !step;
}

// TS 33.102 6.3.5. False when the request was refused.
bool AirProcedure::resynchronise(Run& run) {
  const ByteView resync = resync_of(run.air);
  if (resync.empty()) return true;
  if (run.request.runs == 0 &&
      services_.auts_storms.count(run.entry->imsi().key(), services_.clock.monotonic_ms()))
    services_.raise(EventKind::auts_storm, run.entry->imsi(),
                    std::to_string(services_.config.signals.auts_storm) +
                        " within ten minutes, the last by node " + std::string(run.air.routing.origin_host));
  const store::SubscriberState& state = run.entry->state;
  const ResyncInfo info = ResyncInfo::from(resync);
  if (!services_.token.has_inverted(run.request, *run.entry, info)) return false;
  run.proof = Auc::verify(state.subscriber, state.binding, run.kmes, services_.cache.last_pair(*run.entry),
                          info, services_.clock.unix_ms(), services_.config.vector_life_ms,
                          TokenRequests::inverted(run.request));
  if (!run.proof) {
    refuse(run, services_.failed_resync(*run.entry), "node " + std::string(run.air.routing.origin_host));
    return false;
  }
  run.hot().airs = 0;  // the card that K belongs to is there
  const std::uint64_t seq_ms = run.proof->sqn_ms.seq();
  if (run.hot().next > seq_ms + aka::seq_delta) {
    refuse(run, EventKind::sqn_behind,
           "card's SQN " + std::to_string(run.proof->sqn_ms.value) + ", HSS's " +
               std::to_string(aka::Sqn::make(run.hot().next - 1, 0).value));
    return false;
  }
  return !binding::is_special(state.binding) || !run.resync_raises() || prove(run);
}

bool AirProcedure::choose(Run& run) {
  const binding::Binding& binding = run.entry->state.binding;
  std::optional<binding::KeyPair> preferred;
  if (run.proof)
    preferred = run.proof->pair;
  else if (binding.turned)
    preferred = modes_.turned_pair(*run.entry, run.air.routing.origin_host);
  auto key = choose_key(binding, run.kmes, preferred);
  if (!key) {
    refuse(run, services_.unusable(*run.entry), key.error().message);
    return false;
  }
  run.key = *std::move(key);
  return true;
}

// Parks the request behind a commit that makes it answerable.
void AirProcedure::reserve(Run& run) {
  if (run.entry->pending != nullptr) return services_.park(*run.entry, run.request);
  Reservation wanted = plan_reservation(run.hot(), run.first_seq, run.count(), services_);
  note_node(wanted, run.air.routing, run.kinds(), run.plain(), services_);
  if (run.resync_raises() && run.proof->pair) {
    const binding::Binding& bound = run.entry->state.binding;
    const auto reported = bound.reported ? std::optional(bound.reported->imei) : std::nullopt;
    if (const auto device = device_of(bound, run.proof->pair->kme, reported))
      wanted.evidence = binding::Hint{*device, services_.clock.unix_ms(), run.proof->pair->epoch};
    if (wanted.evidence && (!bound.evidence || bound.evidence->imei != wanted.evidence->imei))
      services_.raise(EventKind::key_evidence, run.entry->imsi(), "IMEI " + wanted.evidence->imei.str());
  }
  commit_reservation(run.entry, std::move(wanted), services_);
  services_.park(*run.entry, run.request);
}

// Attach after attach that does not come to its end: told once, until something is heard of the card again.
// The node that holds the registration authenticates without a ULR as it likes.
void AirProcedure::suspect(Run& run) {
  HotRecord& hot = run.hot();
  const std::uint64_t limit = services_.config.signals.airs_without_ulr;
  if (limit == 0 || hot.airs != limit || hot.last_node != run.node) return;
  hot.airs = HotRecord::airs_told;
  const auto& at = run.entry->state.registration;
  if (at && same_host(at->host, run.air.routing.origin_host)) return;
  services_.raise(EventKind::airs_without_ulr, run.entry->imsi(),
                  std::to_string(limit) + " AIRs of node " + std::string(run.air.routing.origin_host) +
                      " PLMN " + Plmn{run.air.visited_plmn}.str());
}

void AirProcedure::answer(Run& run) {
  suspect(run);
  Entry& entry = *run.entry;
  const std::size_t wanted = std::size_t{run.count()} + run.counts.geran;
  if (!services_.token.has_rands(run.request, entry.imsi(), run.key, wanted)) return;
  const VectorOrder order{entry.state.subscriber,
                          entry.state.binding,
                          run.kmes,
                          run.key.pair,
                          run.first_seq,
                          run.counts.eutran,
                          run.counts.utran,
                          run.air.routing.origin_host,
                          Plmn{run.air.visited_plmn},
                          run.counts.geran,
                          TokenRequests::rands(run.request)};
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
  if (binding::is_special(entry.state.binding)) modes_.answered(entry, run.air.routing.origin_host);
  if (runs_low(*entry.hot)) reserve_ahead(*entry.hot, services_);
}

void AirProcedure::refuse(Run& run, EventKind kind, const std::string& detail) {
  services_.raise(kind, run.entry->imsi(), detail);
  services_.refuse(run.request, authentication_data_unavailable, std::string(info(kind).kind));
}

}  // namespace simbiont::hss

#include "hss/eap.h"

#include "hss/modes.h"
#include "hss/reservation.h"

namespace simbiont::hss {
namespace {

// IND follows it, and the note of what the last answer was made under. No Origin-Host has a blank.
constexpr std::string_view eap_node = "eap server";

}  // namespace

struct EapProcedure::Run {
  const Request& request;
  const EapRequest& eap;
  std::shared_ptr<Entry> entry;
  std::vector<const binding::Kme*> kmes;
  binding::Binding binding;  // no trial is made here
  KeyChoice key;
  std::uint64_t first_seq = 0;

  HotRecord& hot() const { return *entry->hot; }
};

void EapProcedure::run(const Request& request) {
  const auto eap = read_eap(request.frame);
  if (!eap) return;
  const auto imsi = Imsi::parse(eap->imsi);
  if (!imsi || request.store_failed) return fail(*eap);
  const auto found = services_.cache.find(*imsi);
  if (!found) {
    services_.raise(EventKind::store_failed, *imsi, found.error().message);
    return fail(*eap);
  }
  if (*found == nullptr) return fail(*eap);
  // A resynchronisation may be on its way to the store.
  if ((*found)->pending != nullptr) return services_.park(**found, request);

  Run run{request,
          *eap,
          *found,
          (*found)->kme_views(),
          without_trial((*found)->state.binding),
          {},
          (*found)->hot->next};
  if (eap->kind == EapKind::resynchronisation) return resynchronise(run);
  auto key = choose_key(run.binding, run.kmes, std::nullopt);
  if (!key)
    return fail(run,
                run.binding.suspended_at != 0 ? EventKind::suspended_asked : services_.unusable(*run.entry),
                key.error().message);
  run.key = *std::move(key);
  if (eap->kind == EapKind::triplets) return answer_triplets(run);
  if (run.first_seq > aka::seq_max)
    return fail(run, EventKind::sqn_exhausted, "next SEQ " + std::to_string(run.first_seq));
  if (run.hot().left == 0) {
    commit_reservation(run.entry, plan_reservation(run.hot(), run.first_seq, 1, services_), services_);
    return services_.park(*run.entry, request);
  }
  answer_quintet(run);
}

// TS 33.102 6.3.5. Nothing is answered; the request that follows waits for the commit.
void EapProcedure::resynchronise(Run& run) {
  const store::SubscriberState& state = run.entry->state;
  if (!services_.token.has_inverted(run.request, *run.entry, run.eap.resync)) return;
  const auto proof = Auc::verify(
      state.subscriber, state.binding, run.kmes, services_.cache.last_pair(*run.entry), run.eap.resync,
      services_.clock.unix_ms(), services_.config.vector_life_ms, TokenRequests::inverted(run.request));
  if (!proof)
    return services_.raise(services_.failed_resync(*run.entry), run.entry->imsi(), std::string(eap_node));
  const std::uint64_t seq_ms = proof->sqn_ms.seq();
  if (run.first_seq > seq_ms + aka::seq_delta)
    return services_.raise(EventKind::sqn_behind, run.entry->imsi(),
                           "card's SQN " + std::to_string(proof->sqn_ms.value) + ", HSS's " +
                               std::to_string(aka::Sqn::make(run.first_seq - 1, 0).value));
  if (seq_ms < run.first_seq || seq_ms >= aka::seq_max) return;
  Reservation wanted = plan_reservation(run.hot(), seq_ms + 1, 1, services_);
  const auto& reported = state.binding.reported;
  if (proof->pair) {
    const auto device =
        device_of(state.binding, proof->pair->kme, reported ? std::optional(reported->imei) : std::nullopt);
    if (device) wanted.evidence = binding::Hint{*device, services_.clock.unix_ms(), proof->pair->epoch};
  }
  commit_reservation(run.entry, std::move(wanted), services_);
}

VectorOrder EapProcedure::order_of(const Run& run) const {
  const store::SubscriberState& state = run.entry->state;
  const std::uint32_t count = run.eap.kind == EapKind::triplets ? run.eap.triplets : 1;
  return {state.subscriber,
          run.binding,
          run.kmes,
          run.key.pair,
          run.first_seq,
          0,
          count,
          eap_node,
          {},
          0,
          TokenRequests::rands(run.request)};
}

void EapProcedure::answer_triplets(Run& run) {
  if (!services_.token.has_rands(run.request, run.entry->imsi(), run.key, run.eap.triplets)) return;
  const auto triplets = auc_.issue_triplets(order_of(run));
  if (!triplets) return fail(run, EventKind::key_unusable, triplets.error().message);
  Bytes answer = eap_answer(run.eap, *triplets);
  services_.outlet.send(eap_link, answer);
  zeroise(answer);
}

void EapProcedure::answer_quintet(Run& run) {
  if (!services_.token.has_rands(run.request, run.entry->imsi(), run.key, 1)) return;
  run.hot().skip_to(run.first_seq + 1);
  auto quintets = auc_.issue_quintets(order_of(run));
  if (!quintets) return fail(run, EventKind::key_unusable, quintets.error().message);
  answered(run);
  diameter::UtranVector& quintet = quintets->front();
  Bytes answer = eap_answer(run.eap, quintet);
  services_.outlet.send(eap_link, answer);
  for (const std::span<std::uint8_t> secret :
       {std::span<std::uint8_t>(answer), std::span<std::uint8_t>(quintet.ck),
        std::span<std::uint8_t>(quintet.ik)})
    zeroise(secret);
  if (runs_low(run.hot())) reserve_ahead(run.hot(), services_);
}

// A resynchronisation tries this pair first.
void EapProcedure::answered(Run& run) {
  const KeyRef key = services_.cache.keys().take(run.key);
  services_.cache.answered(run.hot(), key, services_.nodes.intern(eap_node));
  services_.cache.keys().release(key);
}

void EapProcedure::fail(const EapRequest& request) {
  if (const Bytes answer = eap_failure(request); !answer.empty()) services_.outlet.send(eap_link, answer);
}

void EapProcedure::fail(Run& run, EventKind kind, const std::string& detail) {
  services_.raise(kind, run.entry->imsi(), detail);
  fail(run.eap);
}

}  // namespace simbiont::hss

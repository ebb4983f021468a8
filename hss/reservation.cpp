#include "hss/reservation.h"

#include <algorithm>
#include <utility>

#include "hss/log.h"

namespace simbiont::hss {
namespace {

// A block that did not last this long is followed by a larger one: in the end an IMSI costs a write in ten
// minutes or more, like the note of its node.
constexpr std::uint32_t quick_s = 600;
constexpr std::uint64_t growth = 4;

std::uint32_t seconds(MonotonicMs now) { return static_cast<std::uint32_t>(now / 1000); }

store::Changes changes_of(const Entry& entry, const Reservation& reservation, UnixMs plain_dead_before) {
  store::Changes changes;
  if (reservation.top > entry.hot->reserved_to())
    changes.push_back(store::RaiseSeq{entry.imsi(), reservation.top});
  const UnixMs at = reservation.noted_at;
  if (reservation.node != no_node)
    changes.push_back(
        store::PutVectorNode{{entry.imsi(), reservation.host, reservation.realm, reservation.plain ? at : 0,
                              reservation.plain ? 0 : at, reservation.kinds},
                             plain_dead_before});
  if (reservation.evidence) changes.push_back(store::SetEvidence{entry.imsi(), *reservation.evidence});
  return changes;
}

void extend(HotRecord& record, std::uint64_t top, std::uint64_t block, MonotonicMs now) {
  if (top <= record.reserved_to()) return;
  record.extend_to(top);
  record.block = static_cast<std::uint32_t>(block);
  record.reserved_at = seconds(now);
}

void apply(Entry& entry, const Reservation& reservation, Services& services) {
  extend(*entry.hot, reservation.top, reservation.block, services.clock.monotonic_ms());
  entry.hot->skip_to(reservation.skip_to);
  if (reservation.node != no_node && (reservation.kinds & store::vectors_for::eutran) != 0)
    entry.hot->note(reservation.node, reservation.plain, reservation.noted_at);
  if (reservation.node != no_node && (reservation.kinds & store::vectors_for::utran_geran) != 0)
    entry.note_utran(reservation.node, reservation.plain, reservation.noted_at);
  if (!reservation.evidence) return;
  entry.state.binding.evidence = reservation.evidence;
  services.cache.choose_key_again(entry);
}

}  // namespace

bool lacks_seqs(const HotRecord& record, std::uint64_t first_seq, std::uint32_t count) {
  return first_seq + count > record.next + record.left;
}

bool needs_commit(const HotRecord& record, std::uint64_t first_seq, std::uint32_t count, NodeId node,
                  bool plain, UnixMs now) {
  return lacks_seqs(record, first_seq, count) || !record.is_noted(node, plain, now, store::node_note_life_ms);
}

Reservation plan_reservation(const HotRecord& record, std::uint64_t first_seq, std::uint32_t count,
                             const Services& services) {
  const CoreConfig& config = services.config;
  const bool quick =
      record.block != 0 && seconds(services.clock.monotonic_ms()) - record.reserved_at < quick_s;
  const std::uint64_t wanted = quick ? record.block * growth : config.sqn_block_min;
  Reservation plan;
  plan.skip_to = first_seq;
  plan.block = std::max<std::uint64_t>(std::clamp(wanted, config.sqn_block_min, config.sqn_block_max), count);
  plan.top = record.reserved_to();
  if (first_seq + count - 1 > plan.top) plan.top = std::min(first_seq - 1 + plan.block, aka::seq_max);
  return plan;
}

void note_node(Reservation& reservation, const diameter::Routing& node, std::uint32_t kinds, bool plain,
               Services& services) {
  reservation.kinds = kinds;
  reservation.host = node.origin_host;
  reservation.realm = node.origin_realm;
  reservation.node = services.nodes.intern(node.origin_host);
  reservation.plain = plain;
  reservation.noted_at = services.clock.unix_ms();
}

void commit_reservation(const std::shared_ptr<Entry>& entry, Reservation reservation, Services& services) {
  store::Changes changes =
      changes_of(*entry, reservation,
                 store::vectors_dead_before(services.clock.unix_ms(), services.config.vector_life_ms));
  services.commit(entry, std::move(changes),
                  [&services, imsi = entry->imsi(), reservation = std::move(reservation)](
                      const Status& status, Entry* alive) {
                    if (status.ok() && alive != nullptr) apply(*alive, reservation, services);
                    if (!status.ok() && status.error().code == Errc::refused)
                      services.raise(EventKind::too_many_nodes, imsi, status.error().message);
                  });
}

bool runs_low(const HotRecord& record) {
  return record.left < record.block / 2 && (record.flags & HotRecord::reserving) == 0 &&
         record.reserved_to() < aka::seq_max;
}

// Nobody waits for it: it needs no Entry, and an answer that does not wait for it may leave meanwhile.
void reserve_ahead(HotRecord& record, Services& services) {
  const Reservation plan = plan_reservation(record, record.reserved_to() + 1, 1, services);
  record.set(HotRecord::reserving, true);
  const Imsi imsi = Imsi::from_key(record.imsi);
  services.committer.submit(
      {store::RaiseSeq{imsi, plan.top}},
      [&services, imsi, serial = record.serial, top = plan.top, block = plan.block](const Status& status) {
        HotRecord* same = services.cache.hot().find(imsi.key());
        if (same == nullptr || same->serial != serial) return;
        same->set(HotRecord::reserving, false);
        if (status.ok()) return extend(*same, top, block, services.clock.monotonic_ms());
        log(LogLevel::error, "commit-failed", {{"reason", status.error().message}});
        services.cache.forget(imsi);
      });
}

}  // namespace simbiont::hss

#include "hss/reservation.h"

#include <algorithm>
#include <utility>

namespace simbiont::hss {
namespace {

constexpr std::int64_t quick_ms = 10'000;       // two blocks within this time: the next is twice as large
constexpr std::int64_t note_life_ms = 600'000;  // an older note is written again before an answer
constexpr std::size_t max_nodes = 16;           // notes remembered an entry; the store keeps them all

const NotedNode* find_node(const std::vector<NotedNode>& nodes, std::string_view host) {
  const auto found = std::find_if(nodes.begin(), nodes.end(),
                                  [&](const NotedNode& node) { return same_host(node.host, host); });
  return found == nodes.end() ? nullptr : &*found;
}

void remember(std::vector<NotedNode>& nodes, const NotedNode& node) {
  std::erase_if(nodes, [&](const NotedNode& old) { return same_host(old.host, node.host); });
  if (nodes.size() >= max_nodes) nodes.erase(nodes.begin());
  nodes.push_back(node);
}

store::Changes changes_of(const Entry& entry, const Reservation& reservation) {
  store::Changes changes;
  if (reservation.top > entry.reserved_to) changes.push_back(store::RaiseSeq{entry.imsi(), reservation.top});
  for (const NotedNode& node : reservation.nodes)
    changes.push_back(
        store::PutVectorNode{{entry.imsi(), node.host, node.realm, node.plain_at, node.bound_at}});
  if (reservation.evidence) changes.push_back(store::SetEvidence{entry.imsi(), *reservation.evidence});
  return changes;
}

void apply(Entry& entry, const Reservation& reservation, MonotonicMs now) {
  if (reservation.top > entry.reserved_to) {
    entry.reserved_to = reservation.top;
    entry.reserved_at = now;
    entry.block = reservation.block;
  }
  entry.next = std::max(entry.next, reservation.skip_to);
  for (const NotedNode& node : reservation.nodes) remember(entry.nodes, node);
  if (reservation.evidence) entry.state.binding.evidence = reservation.evidence;
}

}  // namespace

bool needs_commit(const Entry& entry, std::uint64_t first_seq, std::uint32_t count, std::string_view node,
                  bool plain, UnixMs now) {
  if (first_seq + count - 1 > entry.reserved_to) return true;
  const NotedNode* noted = find_node(entry.nodes, node);
  return noted == nullptr || (plain ? noted->plain_at : noted->bound_at) + note_life_ms <= now;
}

Reservation plan_reservation(const Entry& entry, std::uint64_t first_seq, std::uint32_t count,
                             const Services& services) {
  const CoreConfig& config = services.config;
  const bool quick = entry.block != 0 && services.clock.monotonic_ms() - entry.reserved_at < quick_ms;
  const std::uint64_t wanted = quick ? entry.block * 2 : config.sqn_block_min;
  Reservation plan;
  plan.skip_to = first_seq;
  plan.block = std::max<std::uint64_t>(std::clamp(wanted, config.sqn_block_min, config.sqn_block_max), count);
  plan.top = entry.reserved_to;
  if (first_seq + count - 1 > entry.reserved_to)
    plan.top = std::min(first_seq - 1 + plan.block, aka::seq_max);
  return plan;
}

void note_node(Reservation& reservation, const Entry& entry, const diameter::Routing& node, bool plain,
               UnixMs now) {
  NotedNode note{std::string(node.origin_host), std::string(node.origin_realm), 0, 0};
  if (const NotedNode* known = find_node(entry.nodes, node.origin_host)) {
    note.plain_at = known->plain_at;
    note.bound_at = known->bound_at;
  }
  (plain ? note.plain_at : note.bound_at) = now;
  reservation.nodes.push_back(std::move(note));
}

void commit_reservation(const std::shared_ptr<Entry>& entry, Reservation reservation, Services& services) {
  store::Changes changes = changes_of(*entry, reservation);
  services.commit(entry, std::move(changes),
                  [&services, reservation = std::move(reservation)](const Status& status, Entry* alive) {
                    if (status.ok() && alive != nullptr)
                      apply(*alive, reservation, services.clock.monotonic_ms());
                  });
}

}  // namespace simbiont::hss

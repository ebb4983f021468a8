// The operator's events, in one table: what happened, what it means for the subscriber, what to do.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace simbiont::hss {

enum class EventKind : std::uint8_t {
  imei_mismatch,
  imei_new,
  imei_malformed,
  key_unusable,
  resync_failed,
  sqn_behind,
  sqn_exhausted,
  store_failed,
  too_many_nodes,
  token_lost,
  tac_changed,
  airs_without_ulr,
  auts_storm,
  key_evidence,
  events_dropped,
  learn_trial,
  learn_failed,
  learned,
  rotated,
  suspended_asked,
  association_ends,
  association_ended,
};

struct EventInfo {
  std::string_view kind;  // as stored and shown: "imei-mismatch"
  std::string_view cause;
  std::string_view effect;
  std::string_view action;
};

std::span<const EventInfo> event_table();
const EventInfo& info(EventKind kind);
// nullptr for a kind this table does not know.
const EventInfo* find_event(std::string_view kind);

}  // namespace simbiont::hss

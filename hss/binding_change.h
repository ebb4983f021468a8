// How the binding of an IMSI changes (DESIGN 4): one place for operators' commands, the import, and what the
// HSS changes by itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace simbiont::hss {

// not_found without the subscriber, invalid_argument when it is no IMSI.
Result<store::SubscriberState> find_subscriber(store::Store& store, std::string_view imsi);

// The number of a KME's ACTIVE epoch; not_found without the KME, refused when no epoch is ACTIVE.
Result<binding::EpochNumber> active_epoch(store::Store& store, const std::string& kme);

// Adds the device at the end, under the IMSI's epoch in force of its KME; nothing when it is associated
// already.
Status associate(store::Store& store, binding::Binding& binding, const Imei& imei);

struct Moment {
  UnixMs now = 0;
  std::int64_t vector_life_ms = 0;
};

// Owes a CLR (subscription withdrawal) to the registered node and to every node that may still hold vectors
// of the subscriber: plain ones, or any. hosts: those nodes, the registered one first.
enum class Held : std::uint8_t { plain, any };
Status owe_clrs(store::Store& store, const store::SubscriberState& state, Held held, std::uint32_t clr_flags,
                Moment moment, store::Changes& changes, std::vector<std::string>& hosts);

// Whether a SIM's key changes: triplets have no MAC that would tell the ME to try another key, so those that
// nodes hold must go (DESIGN 4).
bool strands_triplets(const store::Subscriber& subscriber, const binding::Binding& before,
                      const binding::Binding& after);

// Appends what turns `before` into `after`: the pairs of associations that are gone become former ones, and
// when the IMSI leaves plain vectors, every node that may still hold some is owed a CLR (withdrawal, with
// re-attach) and the registration goes; for a SIM whenever its key changes, to every node that may hold any.
// clr_hosts: those nodes, the registered one first.
Status change_binding(store::Store& store, const store::SubscriberState& before, binding::Binding after,
                      Moment moment, store::Changes& changes, std::vector<std::string>& clr_hosts);

}  // namespace simbiont::hss

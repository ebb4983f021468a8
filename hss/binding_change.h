// How the binding of an IMSI changes (DESIGN 4): one place for operators' commands, the import, and what the
// HSS changes by itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "hss/epoch_rules.h"
#include "store/store.h"

namespace simbiont::hss {

// not_found without the subscriber, invalid_argument when it is no IMSI.
Result<store::SubscriberState> find_subscriber(store::Store& store, std::string_view imsi);

// The number of a KME's ACTIVE epoch; not_found without the KME, refused when no epoch is ACTIVE.
Result<binding::EpochNumber> active_epoch(store::Store& store, const std::string& kme);

// Adds the device at the end; nothing when it is associated already. change_binding() finds its epoch.
Status associate(store::Store& store, binding::Binding& binding, const Imei& imei);

struct Moment {
  UnixMs now = 0;
  std::int64_t vector_life_ms = 0;
  bool clr_on_move = false;  // whether vectors made under an epoch that moves are called back
};

// Owes a CLR (subscription withdrawal) to the registered MME and SGSN and to every node that may still hold
// vectors of the subscriber: plain ones, or any; over S6a or S6d, as they registered or as the vectors went.
// hosts: those nodes, the registered ones first.
enum class Held : std::uint8_t { plain, any };
Status owe_clrs(store::Store& store, const store::SubscriberState& state, Held held, std::uint32_t clr_flags,
                Moment moment, store::Changes& changes, std::vector<std::string>& hosts);

// Both, the MME's and the SGSN's.
void end_registrations(const store::SubscriberState& state, store::Changes& changes);

// Whether a SIM's key changes: triplets have no MAC that would tell the ME to try another key, so those that
// nodes hold must go (DESIGN 4).
bool strands_triplets(const store::Subscriber& subscriber, const binding::Binding& before,
                      const binding::Binding& after);

// after.former: the pairs of before's associations, and of a trial that answers were made under, that are
// gone, then before's former ones; newest first, without repetition, without what is in use again.
void keep_former(const binding::Binding& before, binding::Binding& after);

// Appends what turns `before` into `after`: the epochs in force follow EpochRules::settle, the pairs of
// associations that are gone become former ones, and when the IMSI leaves plain vectors, every node that may
// still hold some is owed a CLR (withdrawal, with re-attach) and the registrations go; to every node that
// may hold any when a REVOKED pair goes, for a SIM whenever its key changes, with clr_on_move whenever its
// epoch does, and when the IMSI is suspended (without re-attach). A trial ends with mode learn, and a
// violation with mode enforce. refused when the IMSI would leave plain vectors and none of its devices has
// confirmed its epoch. clr_hosts: those nodes, the registered one first.
Status change_binding(store::Store& store, const store::SubscriberState& before, binding::Binding after,
                      Moment moment, store::Changes& changes, std::vector<std::string>& clr_hosts);
Status change_binding(EpochRules& rules, store::Store& store, const store::SubscriberState& before,
                      binding::Binding after, Moment moment, store::Changes& changes,
                      std::vector<std::string>& clr_hosts);

}  // namespace simbiont::hss

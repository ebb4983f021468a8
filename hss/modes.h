// What mode learn, policy rotate and a violation add to AIR, ULR and NOR (DESIGN 4). Off the fast path: an
// IMSI in such a mode never has a usable key in its HotRecord, and what violates is never ordinary.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hss/add.h"
#include "hss/services.h"

namespace simbiont::hss {

class ClrProcedure;

// One move of an IMSI's binding that the HSS makes by itself: committed with what caused it.
struct BindingStep {
  binding::Binding after;
  store::Changes changes;               // PutBinding, and what the change owes; at last the events
  std::vector<store::AddEvent> events;  // are among the changes
  bool ends_registrations = false;

  // To be called once changes and events are there: `after` is what is put.
  void close();
};

class Modes {
 public:
  Modes(Services& services, ClrProcedure& clr) : services_(services), clr_(clr) {}

  // AIR, before its key is chosen: what must be durable first; none: go on. resync: with
  // Re-Synchronization-Info.
  std::optional<BindingStep> before_answer(const Entry& entry, std::string_view host, bool resync);
  // The pair that policy rotate turned to, where it holds for this node.
  std::optional<binding::KeyPair> turned_pair(const Entry& entry, std::string_view host) const;
  void answered(const Entry& entry, std::string_view host);
  // An AUTS verified under `pair`.
  std::optional<BindingStep> proved(const Entry& entry, const std::optional<binding::KeyPair>& pair);

  // ULR: `fresh` is the registration that it makes, of `node`; seen what ADD reported with it. An event that
  // the step has is taken out of `seen`.
  std::optional<BindingStep> registered(const Entry& entry, store::ServingNode node,
                                        const store::Registration& fresh, Add& seen);
  // ADD of a NOR.
  std::optional<BindingStep> reported(const Entry& entry, Add& seen);

  // A trial's end without evidence.
  BindingStep end_trial(const store::SubscriberState& state, const std::string& why);
  bool is_overdue(const binding::Learning& learning) const;

  // Commits the step and runs the request again after it.
  void take(const std::shared_ptr<Entry>& entry, const BindingStep& step, const Request& request);
  // What was committed holds from now on.
  void taken(Entry& entry, const BindingStep& step);

 private:
  struct Attempts {
    NodeId node = no_node;
    unsigned count = 0;
  };
  static constexpr unsigned attempts_before_turn = 2;
  static constexpr std::size_t max_watched = 65536;

  BindingStep step_to(const Imsi& imsi, binding::Binding after, EventKind kind,
                      const std::string& detail) const;
  std::optional<BindingStep> before_trial(const Entry& entry);
  std::optional<BindingStep> turn(const Entry& entry, std::string_view host);
  bool waits_for_turn(const Entry& entry, std::string_view host) const;
  bool is_proof(const Entry& entry, const store::Registration& fresh, const Add& seen) const;
  void end_turn(const Entry& entry, const store::Registration& fresh, const Add& seen,
                binding::Binding& after) const;
  std::optional<BindingStep> name_trial(const Entry& entry, Add& seen);
  std::optional<BindingStep> lock(const Entry& entry, const store::SubscriberState& state);
  std::optional<binding::Trial> candidate(const Entry& entry, const Imei& imei);

  Services& services_;
  ClrProcedure& clr_;
  std::unordered_map<Imsi, Attempts> attempts_;  // AIRs in a row without ULR or AUTS; a restart forgets them
};

// For an EAP server, from which neither ADD nor ULR comes: no trial is made there, the IMSI is plain.
binding::Binding without_trial(binding::Binding binding);

}  // namespace simbiont::hss

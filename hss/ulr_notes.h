// What UlrNotes of many subscribers have in common, each once: the answers to their ULRs, and the nodes that
// register them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "diameter/ulr_fast.h"
#include "hss/core_config.h"
#include "hss/ulr_note.h"
#include "store/store.h"

namespace simbiont::hss {

// Subscription-Data of TS 29.272 7.3.2, whole and without PDP contexts.
diameter::SubscriptionData subscription_of(const store::Subscriber& subscriber, const CoreConfig& config);
// GPRS-Subscription-Data: a PDP context for each APN.
std::vector<diameter::SubscriptionData::Pdp> pdp_contexts_of(const store::Subscriber& subscriber);
// The answer to a ULR; nullptr: without the subscription.
diameter::Ula ula_of(const store::Subscriber* subscriber, const CoreConfig& config);

class UlrNotes {
 public:
  explicit UlrNotes(const CoreConfig& config);

  // not ordinary: several associations, a special mode, an SGSN, features, or no room for one more
  // subscription or node.
  UlrNote describe(const store::SubscriberState& state);
  // The number of a node by its names as they were sent; 0: no room for one more.
  std::uint32_t registrant(std::string_view host, std::string_view realm);
  // note: an ordinary one.
  const diameter::UlaTemplate& answer(const UlrNote& note, bool data) const {
    return data ? answers_[note.subscription - 1] : without_data_;
  }

 private:
  static constexpr std::size_t max_subscriptions = 4096, max_registrants = 65536;

  std::uint32_t subscription(const store::Subscriber& subscriber);

  const CoreConfig& config_;
  diameter::UlaTemplate without_data_;
  std::vector<diameter::UlaTemplate> answers_;
  std::unordered_map<std::string, std::uint32_t> subscriptions_, registrants_;
};

}  // namespace simbiont::hss

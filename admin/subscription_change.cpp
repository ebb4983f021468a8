#include "admin/subscription_change.h"

#include <algorithm>

#include "diameter/subscription.h"
#include "store/contexts.h"

namespace simbiont::admin {
namespace {

namespace part = store::update_part;
using Numbers = std::vector<std::uint32_t>;

Numbers missing(const Numbers& from, const Numbers& in) {
  Numbers out;
  for (const std::uint32_t number : from)
    if (std::find(in.begin(), in.end(), number) == in.end()) out.push_back(number);
  return out;
}

std::uint32_t first(const Numbers& numbers) { return numbers.empty() ? 0 : numbers.front(); }

// The same for every node.
struct Difference {
  bool new_msisdn = false, no_msisdn = false;
  bool default_apn = false;
  Numbers came, gone;  // Context-Identifiers
  bool no_apns = false;
};

Difference difference(const store::Subscriber& before, const store::Subscriber& after) {
  const Numbers contexts = store::contexts_after({before.apns, before.contexts}, after.apns);
  Difference out;
  out.new_msisdn = before.msisdn != after.msisdn && !after.msisdn.empty();
  out.no_msisdn = !before.msisdn.empty() && after.msisdn.empty();
  out.came = missing(contexts, before.contexts);
  out.gone = missing(before.contexts, contexts);
  out.default_apn = first(contexts) != first(before.contexts) && !contexts.empty();
  out.no_apns = contexts.empty();
  return out;
}

class Teller {
 public:
  Teller(const Imsi& imsi, const Difference& what, UnixMs now, store::Changes& changes, Told& told)
      : imsi_(imsi), what_(what), now_(now), changes_(changes), told_(told) {}

  // The IDR goes first: an APN is not taken away while it is the default one.
  void tell(const store::Registration& at, store::ServingNode node) {
    const bool apns = !what_.came.empty() || what_.default_apn;
    const bool pdp = at.gprs_data && (apns || !what_.gone.empty()) && !what_.no_apns;
    const std::uint32_t said =
        (what_.new_msisdn ? part::msisdn : 0) | (apns ? part::apns : 0) | (pdp ? part::pdp_contexts : 0);
    if (said != 0) owe(store::UpdateKind::insert, at, node, said, what_.came, told_.idr);

    const bool able = (at.features_2 & diameter::feature::removal_of_msisdn) != 0;
    const std::uint32_t deleted =
        (what_.no_msisdn && able ? part::msisdn : 0) | (what_.gone.empty() ? 0 : part::apns);
    if (deleted != 0) owe(store::UpdateKind::remove, at, node, deleted, what_.gone, told_.dsr);
    if (what_.no_msisdn && !able) name(told_.later, at.host);
  }

 private:
  void owe(store::UpdateKind kind, const store::Registration& at, store::ServingNode node,
           std::uint32_t parts, const Numbers& contexts, std::vector<std::string>& hosts) {
    changes_.push_back(store::OweUpdate{{0, kind, imsi_, at.host, at.realm, node, parts, contexts, now_}});
    name(hosts, at.host);
  }
  static void name(std::vector<std::string>& hosts, const std::string& host) {
    if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
  }

  const Imsi& imsi_;
  const Difference& what_;
  const UnixMs now_;
  store::Changes& changes_;
  Told& told_;
};

}  // namespace

void owe_updates(const store::SubscriberState& before, const store::Subscriber& after, UnixMs now,
                 store::Changes& changes, Told& told) {
  const Difference what = difference(before.subscriber, after);
  Teller teller(after.imsi, what, now, changes, told);
  for (const auto node : {store::ServingNode::mme, store::ServingNode::sgsn})
    if (const auto& at = before.at(node)) teller.tell(*at, node);
}

}  // namespace simbiont::admin

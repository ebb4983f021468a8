// Subscription-Data and Supported-Features as structures: what ULA and IDR tell a node.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace simbiont::diameter {

// Supported-Features (TS 29.229 6.3.29) of vendor 3GPP: feature lists 1 and 2 of TS 29.272 7.3.10.
struct Features {
  std::uint32_t list_1 = 0, list_2 = 0;

  friend bool operator==(const Features&, const Features&) = default;
  Features operator&(const Features& other) const { return {list_1 & other.list_1, list_2 & other.list_2}; }
};
namespace feature {
inline constexpr std::uint32_t partial_purge = 1U << 29;      // list 1: PUR-Flags say which part purged
inline constexpr std::uint32_t removal_of_msisdn = 1U << 23;  // list 2: DSR-Flags may withdraw the MSISDN
}  // namespace feature
// What this HSS can do.
inline constexpr Features our_features{feature::partial_purge, feature::removal_of_msisdn};

struct SubscriptionData {  // TS 29.272 7.3.2, what a node needs to serve a subscriber
  std::string msisdn;      // digits
  std::uint32_t ambr_uplink = 0, ambr_downlink = 0;  // bit/s
  struct Apn {
    std::uint32_t context_identifier;
    std::string name;
    std::uint32_t ambr_uplink, ambr_downlink;
  };
  std::vector<Apn> apns;
  std::uint32_t default_context = 0;  // 0: that of the first APN
  // False: only those that are new or changed (7.3.33); the node keeps the others.
  bool all_apns = true;
  struct Pdp {
    std::uint32_t context_identifier;
    std::string name;
  };
  std::vector<Pdp> pdp_contexts = {};  // GPRS-Subscription-Data, 7.3.72: always all of them
  // False: an IDR of what changed: without status, access mode and AMBR.
  bool whole = true;
};

}  // namespace simbiont::diameter

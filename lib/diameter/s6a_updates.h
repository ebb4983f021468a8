// What an HSS tells the nodes that serve a subscriber when its subscription changes: IDR (idr.cpp), DSR
// (dsr.cpp), RSR (rsr.cpp) of TS 29.272. Views of a decoded message point into its frame.
#pragma once

#include <optional>
#include <vector>

#include "diameter/s6a.h"

namespace simbiont::diameter {

struct Idr {
  Routing routing;
  std::string_view user_name;
  SubscriptionData data;
  std::optional<Features> features;
};
struct Ida {
  Routing routing;
  ResultCode code;
  std::optional<Features> features;
};

namespace dsr_flag {  // TS 29.272 7.3.25
inline constexpr std::uint32_t complete_apn_profile = 1U << 1, pdn_contexts = 1U << 3,
                               complete_pdp_list = 1U << 5, msisdn = 1U << 23;
}
struct Dsr {
  Routing routing;
  std::string_view user_name;
  std::uint32_t flags = 0;
  std::vector<std::uint32_t> contexts;  // Context-Identifiers
  std::optional<Features> features;
};
struct Dsa {
  Routing routing;
  ResultCode code;
};

struct Rsr {
  Routing routing;
  std::optional<Features> features;
};
struct Rsa {
  Routing routing;
  ResultCode code;
};

Decoded<Idr> decode_idr(ByteView frame);
Decoded<Ida> decode_ida(ByteView frame);
Decoded<Dsr> decode_dsr(ByteView frame);
Decoded<Dsa> decode_dsa(ByteView frame);
Decoded<Rsr> decode_rsr(ByteView frame);
Decoded<Rsa> decode_rsa(ByteView frame);
void encode_idr(const Idr& message, Ids ids, Bytes& out);
void encode_dsr(const Dsr& message, Ids ids, Bytes& out);
void encode_rsr(const Rsr& message, Ids ids, Bytes& out);
void encode_ida(ByteView request, const Identity& self, const Ida& message, Bytes& out);
void encode_dsa(ByteView request, const Identity& self, const Dsa& message, Bytes& out);
void encode_rsa(ByteView request, const Identity& self, const Rsa& message, Bytes& out);

}  // namespace simbiont::diameter

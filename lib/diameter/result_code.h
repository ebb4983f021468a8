// Results of RFC 6733 7.1 and TS 29.272 7.4.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace simbiont::diameter {

// Result-Code, or Experimental-Result-Code of vendor 3GPP.
struct ResultCode {
  std::uint32_t value = 2001;
  bool experimental = false;
  friend bool operator==(const ResultCode&, const ResultCode&) = default;
};
namespace result {
inline constexpr ResultCode success{2001, false}, command_unsupported{3001, false},
    unable_to_deliver{3002, false}, application_unsupported{3007, false}, invalid_hdr_bits{3008, false},
    invalid_avp_bits{3009, false}, too_busy{3004, false}, unknown_peer{3010, false},
    election_lost{4003, false}, avp_unsupported{5001, false}, invalid_avp_value{5004, false},
    missing_avp{5005, false}, avp_occurs_too_many_times{5009, false}, no_common_application{5010, false},
    unsupported_version{5011, false}, unable_to_comply{5012, false}, invalid_avp_length{5014, false},
    invalid_message_length{5015, false}, authentication_data_unavailable{4181, true},
    user_unknown{5001, true}, roaming_not_allowed{5004, true}, unknown_serving_node{5423, true},
    unknown_eps_subscription{5420, true}, equipment_unknown{5422, true};
}

// Why a request cannot be taken: the answer's result and its Failed-AVP (whole AVP; empty for none).
struct Refusal {
  ResultCode code;
  Bytes failed_avp;
  std::string message;  // Error-Message; empty for none
};

}  // namespace simbiont::diameter

// hostapd's external AuC interface (hostapd.conf: eap_sim_db=unix:PATH), one datagram each way:
//   SIM-REQ-AUTH IMSI N       SIM-RESP-AUTH IMSI Kc:SRES:RAND ...      | FAILURE
//   AKA-REQ-AUTH IMSI         AKA-RESP-AUTH IMSI RAND AUTN IK CK RES   | FAILURE
//   AKA-AUTS IMSI AUTS RAND   no answer; the next request gets it
// In the HSS a frame is the client's own address, a zero octet and the datagram.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "hss/auc.h"

namespace simbiont::hss {

enum class EapKind : std::uint8_t { triplets, quintet, resynchronisation };

struct EapRequest {
  EapKind kind = EapKind::quintet;
  std::string_view client;  // in the frame
  std::string_view imsi;    // digits, or what stands in their place
  std::uint32_t triplets = 0;
  ResyncInfo resync;
};

inline constexpr std::size_t max_eap_datagram = 512;
inline constexpr std::uint32_t max_triplets = 5;

// nullopt: it is none of the three.
std::optional<EapRequest> read_eap(ByteView frame);

// Frames to send.
Bytes eap_answer(const EapRequest& request, const diameter::UtranVector& quintet);
Bytes eap_answer(const EapRequest& request, const std::vector<Triplet>& triplets);
Bytes eap_failure(const EapRequest& request);
// Empty when the frame wants no answer.
Bytes eap_failure(ByteView frame);

}  // namespace simbiont::hss

// The attach of TS 23.401 5.3.2.1 as far as HSS, MME, ME and UICC take part in it: AIR, AKA, perhaps a
// resynchronisation, ULR.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "diameter/s6a.h"
#include "lab/me.h"
#include "usim/usim.h"

namespace simbiont::lab {

struct AuthenticationAnswer {
  diameter::ResultCode code;
  std::vector<diameter::EutranVector> vectors;
};

struct LocationAnswer {
  diameter::ResultCode code;
  std::optional<diameter::SubscriptionData> data;
};

// The home network as an MME sees it. An Error: no answer, or one that is none.
class HomeNetwork {
 public:
  virtual ~HomeNetwork() = default;
  // resync: RAND || AUTS (30 octets), or empty.
  virtual Result<AuthenticationAnswer> authentication(std::string_view imsi, std::uint32_t vectors,
                                                      ByteView resync) = 0;
  virtual Result<LocationAnswer> update_location(std::string_view imsi, std::string_view imei) = 0;
};

struct AttachRequest {
  const Device& device;
  usim::Usim& card;
  std::string declared_imei;  // what the ME tells the MME: it may lie
  ByteArray<3> visited_plmn{};
  std::uint32_t vectors = 1;
};

enum class AttachOutcome : std::uint8_t {
  attached,
  no_vector,       // AIA without success or without vector
  mac_failure,     // the UICC's 9862 for every try of the ME
  sync_failure,    // again, after a resynchronisation
  wrong_res,       // RES is not XRES
  me_refused,      // separation bit, or a card that answers otherwise
  wrong_kasme,     // RES agrees, KASME does not: the first protected message would fail
  update_refused,  // ULA without success
};
std::string_view name(AttachOutcome);

struct AttachReport {
  AttachOutcome outcome = AttachOutcome::no_vector;
  std::vector<diameter::ResultCode> aia;               // of each AIR
  std::vector<std::vector<std::uint16_t>> challenges;  // status words of each challenge
  bool resynchronised = false;                         // the card sent AUTS
  std::optional<bool> kasme_agrees;                    // once the card accepted
  std::optional<LocationAnswer> ula;
};

Result<AttachReport> attach(HomeNetwork& home, const AttachRequest& request);

}  // namespace simbiont::lab
